"""What the gateways know, asked no more often and no more fully than needed."""

from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from broadcast.token import node_token
from failover.directory import Contact, Directory
from tests.failover.conftest import serving
from tests.failover.neighbours import SECRET, Gateway

ADA = {"id": "c1", "address": "ada@example.org", "confirmed": True}
BEN = {"id": "c2", "address": "ben@example.org", "confirmed": False}


@pytest.fixture
def gateways() -> tuple[Gateway, Gateway]:
    return Gateway(contacts=[ADA]), Gateway(contacts=[ADA])


@pytest.fixture
async def directory(gateways: tuple[Gateway, Gateway]) -> AsyncIterator[Directory]:
    path = "/api/v1/node/events/{event}/contacts"
    one, two = (Starlette(routes=[Route(path, gateway.list_contacts)]) for gateway in gateways)
    async with serving(one) as first, serving(two) as second:
        made = Directory([first, second], lambda: node_token("g1", SECRET, 2_000_000_000), lambda: None)
        yield made
        await made.close()


async def test_a_list_that_has_not_changed_is_not_sent_again_whichever_gateway_is_asked(
    directory: Directory, gateways: tuple[Gateway, Gateway]
) -> None:
    one, two = gateways
    one.etag = two.etag = '"a1"'
    ada = Contact(id="c1", address="ada@example.org", confirmed=True)
    assert await directory.refresh_contacts("demo") == (ada,)
    # Had the gateway sent its list, this would be in it.
    one.contacts = two.contacts = [ADA, BEN]
    assert await directory.refresh_contacts("demo") == (ada,)
    one.away = True
    assert await directory.refresh_contacts("demo") == (ada,)
    assert (one.asked, two.asked) == (["", '"a1"', '"a1"'], ['"a1"'])
    assert directory.answers()
    two.etag = '"a2"'
    assert [each.id for each in await directory.refresh_contacts("demo")] == ["c1", "c2"]


async def test_a_gateway_that_names_no_list_is_asked_for_all_of_it(
    directory: Directory, gateways: tuple[Gateway, Gateway]
) -> None:
    one, _ = gateways
    one.etag = '"a1"'
    await directory.refresh_contacts("demo")
    one.etag, one.contacts = "", [BEN]
    assert [each.id for each in await directory.refresh_contacts("demo")] == ["c2"]
    one.etag = "x" * 1_000
    await directory.refresh_contacts("demo")
    await directory.refresh_contacts("demo")
    assert one.asked == ["", '"a1"', "", ""]


async def test_what_is_forgotten_is_asked_for_anew(directory: Directory, gateways: tuple[Gateway, Gateway]) -> None:
    one, two = gateways
    one.etag = two.etag = '"a1"'
    await directory.refresh_contacts("demo")
    directory.forget("demo")
    assert directory.contacts("demo") == ()
    assert len(await directory.refresh_contacts("demo")) == 1
    assert one.asked == ["", ""]


async def test_while_no_gateway_answers_what_was_heard_last_holds(
    directory: Directory, gateways: tuple[Gateway, Gateway]
) -> None:
    await directory.refresh_contacts("demo")
    for gateway in gateways:
        gateway.away = True
    assert len(await directory.refresh_contacts("demo")) == 1
