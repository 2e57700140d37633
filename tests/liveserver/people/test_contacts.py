"""The list that guards ask for: what is signed into it, for whom, and that nothing waits for it."""

import asyncio
from dataclasses import replace

from liveserver.people.contacts import SLICE, ContactBook
from liveserver.people.links import CONFIRM_S, Links
from liveserver.store.contact import ContactRow

SECRET = "0123456789abcdef" * 2
NOW_S = 1_700_000_000.0
DAY_S = 86_400
ADA = ContactRow("c-1", "demo", "ada@example.org", "Ada", "m-1", "attendee", "en", int(NOW_S * 1000))


class Shelf:
    """Contacts as they are given."""

    def __init__(self, contacts: list[ContactRow]) -> None:
        self.contacts = contacts
        self.since_ms = 0

    async def add(self, contact: ContactRow, *, unconfirmed_max: int) -> bool:
        raise NotImplementedError

    async def confirm(self, contact: str, now_ms: int) -> ContactRow | None:
        raise NotImplementedError

    async def of_event(self, event: str, limit: int, unconfirmed_since_ms: int) -> list[ContactRow]:
        return self.contacts

    async def sum_of_event(self, event: str, unconfirmed_since_ms: int) -> str:
        self.since_ms = unconfirmed_since_ms
        return f"{len(self.contacts)}"


async def _nobody(_event: str) -> None:
    raise NotImplementedError


def book(contacts: list[ContactRow], now_s: float = NOW_S, url: str = "http://live.test", secret: str = SECRET):
    links = Links(secret, url, clock=lambda: now_s)
    return ContactBook(Shelf(contacts), links, _nobody, clock=lambda: now_s)


async def test_while_thousands_of_links_are_signed_everything_else_on_the_loop_goes_on() -> None:
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    turning = asyncio.create_task(turn())
    contacts = [replace(ADA, id=f"c-{n}", confirmed_at_ms=n % 2 or None) for n in range(40 * SLICE)]
    listed = await book(contacts).of_event("demo", "demo.backup")
    turning.cancel()
    assert [each.contact for each in listed] == contacts
    assert turns >= 40


async def test_each_gets_the_one_link_that_is_of_use_to_them() -> None:
    waiting, known = await book([ADA, replace(ADA, id="c-2", confirmed_at_ms=1)]).of_event("demo", "demo.backup")
    assert waiting.confirm_url.startswith("http://live.test/api/v1/contacts/confirm?token=")
    assert waiting.backup_url == ""
    assert known.backup_url.startswith("http://live.test/e/demo.backup?t=")
    assert known.confirm_url == ""


async def test_the_mark_of_a_list_holds_for_a_day_and_for_what_its_links_are_made_of() -> None:
    mark = await book([ADA]).mark("demo", "demo.backup")
    midnight_s = NOW_S - NOW_S % DAY_S
    assert await book([ADA], midnight_s).mark("demo", "demo.backup") == mark
    others = [
        await book([ADA], midnight_s + DAY_S).mark("demo", "demo.backup"),
        await book([ADA, ADA]).mark("demo", "demo.backup"),
        await book([ADA], url="http://other.test").mark("demo", "demo.backup"),
        await book([ADA], secret=SECRET[::-1]).mark("demo", "demo.backup"),
        await book([ADA]).mark("demo", "demo"),
        await book([ADA]).mark("other", "demo.backup"),
    ]
    assert len({mark, *others}) == 7


async def test_who_has_not_confirmed_in_time_is_not_counted() -> None:
    shelf = Shelf([ADA])
    await ContactBook(shelf, Links(SECRET, ""), _nobody, clock=lambda: NOW_S).mark("demo", "demo")
    assert shelf.since_ms == int((NOW_S - CONFIRM_S) * 1000)
