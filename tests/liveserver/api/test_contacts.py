"""Leaving an address, and confirming it: nobody learns who else did, nobody is written to who did not ask."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from broadcast.core.entries import Role
from broadcast.core.passing import ContactChanged, Passing
from broadcast.core.position import RoomId, staff_log
from broadcast.token import verify
from liveserver.api import contacts as module
from liveserver.people.links import Confirmation, Links

from .conftest import BASE, SECRET, House, fault

PATH = "/api/v1/events/demo/contacts"
ADA = {"address": "ada@example.org", "name": "Ada", "consent": True}


async def listed(house: House) -> list[dict[str, Any]]:
    answer = await house.get("/api/v1/node/events/demo/contacts", house.token(Role.NODE, "*"))
    assert answer.status_code == 200
    return list(answer.json()["contacts"])


async def confirmed(house: House) -> dict[str, Any]:
    """The only contact, once the link in their mail has been followed."""
    (waiting,) = await listed(house)
    assert waiting["backup_url"] == ""
    assert (await house.get(path_of(waiting["confirm_url"]))).status_code == 200
    (contact,) = await listed(house)
    return contact


async def asked(house: House, tag: str = "") -> tuple[int, str, bytes]:
    """What a guard hears that asks for the contacts and knows the answer of this tag."""
    headers = {**house.token(Role.NODE, "*"), **({"if-none-match": tag} if tag else {})}
    answer = await house.get("/api/v1/node/events/demo/contacts", headers)
    return answer.status_code, answer.headers["etag"], answer.content


def path_of(url: str) -> str:
    return url.removeprefix("http://live.test")


async def test_an_address_is_taken_confirmed_and_listed_for_the_guards(house: House) -> None:
    answer = await house.post(PATH, ADA)
    assert (answer.status_code, answer.json()) == (202, {"status": "accepted"})
    (contact,) = await listed(house)
    assert (contact["address"], contact["name"], contact["confirmed"]) == ("ada@example.org", "Ada", False)
    page = await house.get(path_of(contact["confirm_url"]))
    assert page.status_code == 200
    assert "ada@example.org" in page.text
    (after,) = await listed(house)
    assert (after["confirmed"], after["confirm_url"]) == (True, "")
    assert (await house.get(path_of(contact["confirm_url"]))).status_code == 200


async def test_the_backup_link_names_the_backup_room_and_the_same_person(house: House) -> None:
    mine = house.process.links.token(member="g-77", name="Ada L", role=Role.MODERATOR, event="demo")
    await house.post(PATH, {**ADA, "name": "Somebody Else", "token": mine})
    contact = await confirmed(house)
    assert contact["name"] == "Ada L"
    path, _, token = path_of(contact["backup_url"]).partition("?t=")
    assert path == "/e/demo.backup"
    grant = verify(token, SECRET)
    assert (grant.id, grant.name, grant.role, grant.event) == ("g-77", "Ada L", Role.MODERATOR, "demo")


async def test_who_has_not_joined_yet_gets_the_same_identity_each_time(house: House) -> None:
    for _ in range(3):
        assert (await house.post(PATH, ADA)).status_code == 202
    contact = await confirmed(house)
    grant = verify(contact["backup_url"].partition("?t=")[2], SECRET)
    assert grant.role is Role.ATTENDEE
    assert "ada" not in grant.id


async def test_nothing_of_an_address_becomes_a_name(house: House) -> None:
    await house.post(PATH, {**ADA, "address": "a.private.person@example.org", "name": ""})
    contact = await confirmed(house)
    assert contact["name"] == ""
    assert verify(contact["backup_url"].partition("?t=")[2], SECRET).name == "Guest"


async def test_the_answer_is_the_same_for_known_addresses_and_new_ones(house: House) -> None:
    first = await house.post(PATH, ADA)
    (contact,) = await listed(house)
    await house.get(path_of(contact["confirm_url"]))
    again = await house.post(PATH, ADA)
    assert (first.status_code, first.content) == (again.status_code, again.content)
    (contact,) = await listed(house)
    assert contact["confirmed"] is True


async def test_nobody_fills_a_strangers_mailbox_with_requests(house: House) -> None:
    for n in range(8):
        token = house.process.links.token(member=f"g-{n}", name="X", role=Role.ATTENDEE, event="demo")
        await house.post(PATH, {**ADA, "token": token})
    assert len(await listed(house)) == 3


async def test_a_confirmation_link_opens_nothing_else_and_another_token_confirms_nothing(house: House) -> None:
    await house.post(PATH, ADA)
    (contact,) = await listed(house)
    signed = contact["confirm_url"].partition("token=")[2]
    fault(
        await house.get("/api/v1/events/demo/plan", {"authorization": f"Bearer {signed}"}),
        401,
        "token_invalid",
        "token",
    )
    grant = house.process.links.token(member=contact["id"], name="X", role=Role.ATTENDEE, event="demo")
    for wrong in (grant, signed + "x", "", "x" * 5_000):
        page = await house.get(f"/api/v1/contacts/confirm?token={wrong}")
        assert page.status_code == 410
        assert "no longer works" in page.text


async def test_a_confirmation_link_expires(house: House) -> None:
    await house.post(PATH, ADA)
    (contact,) = await listed(house)
    late = Links(SECRET, BASE, clock=lambda: 0.0).confirm(Confirmation(contact["id"], "demo"))
    assert (await house.get(path_of(late))).status_code == 410
    assert (await listed(house))[0]["confirmed"] is False


async def test_wrong_fields_are_named(house: House) -> None:
    house.process._contacts_rate._times = 1_000
    for change, field in (
        ({"consent": False}, "consent"),
        ({"consent": "yes"}, "consent"),
        ({"address": "ada"}, "address"),
        ({"address": "ada@example.org\r\nBcc: all@example.org"}, "address"),
        ({"address": "a" * 300 + "@example.org"}, "address"),
        ({"name": "x" * 41}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"language": "english"}, "language"),
        ({"extra": 1}, "extra"),
    ):
        fault(await house.post(PATH, {**ADA, **change}), 400, "bad_field", field)
    fault(await house.post(PATH, {"name": "Ada"}), 400, "bad_field", "address")
    fault(await house.post(PATH, {**ADA, "token": "forged"}), 401, "token_invalid", "token")
    other = house.process.links.token(member="x", name="X", role=Role.ATTENDEE, event="other")
    fault(await house.post(PATH, {**ADA, "token": other}), 403, "forbidden", "token")
    fault(await house.post("/api/v1/events/none/contacts", ADA), 404, "not_found", "event")
    assert await listed(house) == []


async def test_who_asks_too_often_is_told_when_to_come_back(house: House) -> None:
    for n in range(module.TIMES):
        assert (await house.post(PATH, {**ADA, "address": f"a{n}@example.org"})).status_code == 202
    answer = await house.post(PATH, ADA)
    fault(answer, 429, "rate_limited")
    assert re.fullmatch(r"\d+", answer.headers["retry-after"])


async def test_a_guard_that_has_the_newest_list_is_told_so_and_nothing_is_signed_for_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    tags = [(await asked(house))[1]]
    await house.post(PATH, ADA)
    tags.append((await asked(house))[1])
    await confirmed(house)
    status, newest, _ = await asked(house, tags[-1])
    assert status == 200
    assert len({*tags, newest}) == 3
    monkeypatch.setattr(Links, "attendee_page", None)
    assert await asked(house, newest) == (304, newest, b"")
    assert await asked(house, newest.removeprefix("W/")) == (304, newest, b"")


async def test_every_gateway_at_one_address_gives_a_list_the_same_tag_and_one_elsewhere_another(
    house: House, tmp_path: Path
) -> None:
    await house.post(PATH, ADA)
    _, tag, _ = await asked(house)
    for more, is_same in (({"NODE_ID": "g2"}, True), ({"PUBLIC_URL": "http://other.test"}, False)):
        other = House(tmp_path, **more)
        assert ((await asked(other, tag))[0] == 304) is is_same
        await other.client.aclose()
        await other.process.close()
        await other.log.close()


async def test_the_guards_are_told_at_once_that_there_is_somebody_new(house: House) -> None:
    async with house.log.subscribe(staff_log(RoomId("demo"))) as heard:
        await house.post(PATH, ADA)
        passing = await asyncio.wait_for(anext(aiter(heard)), 2)
    assert isinstance(passing, Passing)
    assert passing.body == ContactChanged(event="demo")


async def test_only_programs_of_this_deployment_read_contacts_and_plans(house: House) -> None:
    for path in ("/api/v1/node/events", "/api/v1/node/events/demo/contacts"):
        fault(await house.get(path), 401, "token_invalid", "authorization")
        for role in (Role.OPERATOR, Role.HOST, Role.ATTENDEE, Role.PUBLISHER):
            fault(await house.get(path, house.token(role, "*")), 403, "forbidden")


async def test_the_guards_learn_every_event_and_its_plan(house: House) -> None:
    answer = await house.get("/api/v1/node/events", house.token(Role.NODE, "*"))
    (event,) = answer.json()["events"]
    assert set(event) == {"id", "title", "host", "room", "backup_room", "plan", "base_url", "starts_at_ms"}
    assert (event["id"], event["room"], event["backup_room"]) == ("demo", "demo", "demo.backup")
    assert event["base_url"] == "http://other.test"
    gone = await house.get("/api/v1/node/events/none/contacts", house.token(Role.NODE, "*"))
    assert (gone.status_code, gone.json()) == (404, {"contacts": []})
