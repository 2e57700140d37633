"""What the record plane promises, on every make of it: SQLite in a file, and PostgreSQL where it is installed."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import delete

from broadcast.core.errors import Outage
from liveserver.store.contact import ContactRow, ContactStore
from liveserver.store.database import Database
from liveserver.store.event import EventRow, EventStore
from liveserver.store.tables import RECORD
from liveserver.store.tip import CONFIRMED, PENDING, REFUSED, TipRow, TipStore
from tests.postgres_server import PROGRAMS, PostgresServer
from tests.waiting import until

MAKES = ["sqlite", *(["postgresql"] if PROGRAMS else [])]

EVENT = EventRow("demo", "A workshop", "Ada", 1_700_000_000_000, guests=True, plan="version = 1", created_at_ms=5)
CONTACT = ContactRow("c-1", "demo", "ada@example.org", "Ada", "m-1", "attendee", "en", consent_at_ms=1_000)
TIP = TipRow("t-1", "demo", "demo", "m-1", "Ada", "attendee", 500, "EUR", "", "k-1", "sandbox", PENDING, 1_000)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    if "postgresql" not in MAKES:
        yield ""
        return
    with PostgresServer() as running:
        yield running.url


@pytest.fixture(params=MAKES)
def url(request: pytest.FixtureRequest, server: str, tmp_path: Path) -> str:
    return server if request.param == "postgresql" else f"sqlite+aiosqlite:///{tmp_path / 'live.db'}"


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    opened = Database(url)
    await opened.open()
    async with opened.writing() as connection:
        for table in RECORD.sorted_tables:
            await connection.execute(delete(table))
    yield opened
    await opened.close()


async def test_an_event_is_kept_as_it_was_given(database: Database) -> None:
    events = EventStore(database)
    assert await events.add(EVENT)
    assert await events.find("demo") == EVENT
    assert await events.find("other") is None


async def test_an_events_id_is_taken_once(database: Database) -> None:
    events = EventStore(database)
    took = await asyncio.gather(*(events.add(replace(EVENT, title=f"Title {n}")) for n in range(8)))
    assert sorted(took) == [False] * 7 + [True]


async def test_events_are_listed_newest_first_and_no_more_than_asked_for(database: Database) -> None:
    events = EventStore(database)
    for n in range(5):
        await events.add(replace(EVENT, id=f"e{n}", created_at_ms=n))
    assert [event.id for event in await events.newest(3)] == ["e4", "e3", "e2"]


async def test_an_event_that_begins_anew_forgets_its_contacts_and_tips(database: Database) -> None:
    events, contacts, tips = EventStore(database), ContactStore(database), TipStore(database)
    await events.add(EVENT)
    await contacts.add(CONTACT, unconfirmed_max=3)
    await contacts.add(replace(CONTACT, id="c-2", event="other"), unconfirmed_max=3)
    await tips.enter(TIP)
    await events.replace(replace(EVENT, title="Again"))
    assert (await events.find("demo") or EVENT).title == "Again"
    assert await contacts.of_event("demo", 10, 0) == []
    assert len(await contacts.of_event("other", 10, 0)) == 1
    assert await tips.unsettled(1 << 40, 10) == []


async def test_a_contact_is_kept_once_per_member_and_address(database: Database) -> None:
    contacts = ContactStore(database)
    assert await contacts.add(CONTACT, unconfirmed_max=3)
    assert not await contacts.add(replace(CONTACT, id="c-2", name="Somebody else"), unconfirmed_max=3)
    assert await contacts.of_event("demo", 10, 0) == [CONTACT]


async def test_an_address_that_nobody_confirms_is_not_kept_again_and_again(database: Database) -> None:
    contacts = ContactStore(database)
    added = [await contacts.add(replace(CONTACT, id=f"c-{n}", member=f"m-{n}"), unconfirmed_max=3) for n in range(5)]
    assert added == [True, True, True, False, False]


async def test_confirming_keeps_the_one_confirmed_and_drops_its_rivals(database: Database) -> None:
    contacts = ContactStore(database)
    await contacts.add(CONTACT, unconfirmed_max=3)
    await contacts.add(replace(CONTACT, id="c-2", member="m-2"), unconfirmed_max=3)
    confirmed = await contacts.confirm("c-2", 9_000)
    assert confirmed == replace(CONTACT, id="c-2", member="m-2", confirmed_at_ms=9_000)
    assert await contacts.of_event("demo", 10, 0) == [confirmed]
    assert await contacts.confirm("c-2", 10_000) == confirmed
    assert await contacts.confirm("c-1", 10_000) is None


async def test_unconfirmed_contacts_are_listed_for_a_while_only(database: Database) -> None:
    contacts = ContactStore(database)
    await contacts.add(CONTACT, unconfirmed_max=3)
    assert len(await contacts.of_event("demo", 10, 1_000)) == 1
    assert await contacts.of_event("demo", 10, 1_001) == []
    await contacts.confirm("c-1", 1_500)
    assert len(await contacts.of_event("demo", 10, 1_001)) == 1


async def test_the_sum_of_an_events_contacts_is_another_one_once_they_are_others(database: Database) -> None:
    events, contacts = EventStore(database), ContactStore(database)
    sums = [await contacts.sum_of_event("demo", 0)]
    for n in (1, 2):
        await contacts.add(replace(CONTACT, id=f"c-{n}", member=f"m-{n}"), unconfirmed_max=3)
        sums.append(await contacts.sum_of_event("demo", 0))
    await contacts.confirm("c-2", 9_000)
    sums.append(await contacts.sum_of_event("demo", 0))
    assert len(set(sums)) == 4
    await contacts.confirm("c-2", 10_000)
    await contacts.add(replace(CONTACT, id="c-3", event="other"), unconfirmed_max=3)
    assert await contacts.sum_of_event("demo", 0) == await ContactStore(database).sum_of_event("demo", 0) == sums[-1]
    assert await contacts.sum_of_event("other", 1_001) == sums[0]
    await events.replace(EVENT)
    assert await contacts.sum_of_event("demo", 0) == sums[0]


async def test_one_key_is_one_tip_however_many_enter_it_at_once(database: Database) -> None:
    tips = TipStore(database)
    rows = await asyncio.gather(*(tips.enter(replace(TIP, id=f"t-{n}", amount=500 + n)) for n in range(10)))
    assert len({row.id for row in rows}) == 1
    assert len({row.amount for row in rows}) == 1


async def test_the_same_key_of_another_member_or_event_is_another_tip(database: Database) -> None:
    tips = TipStore(database)
    entered = [
        await tips.enter(TIP),
        await tips.enter(replace(TIP, id="t-2", member="m-2")),
        await tips.enter(replace(TIP, id="t-3", event="other")),
    ]
    assert [row.id for row in entered] == ["t-1", "t-2", "t-3"]


async def test_a_tip_is_settled_once_and_for_all(database: Database) -> None:
    tips = TipStore(database)
    await tips.enter(TIP)
    changed = await asyncio.gather(*(tips.settle("t-1", CONFIRMED, 2_000) for _ in range(5)))
    assert sorted(changed) == [False] * 4 + [True]
    assert not await tips.settle("t-1", REFUSED, 3_000)
    (row,) = await tips.unsaid(10)
    assert (row.status, row.confirmed_at_ms) == (CONFIRMED, 2_000)


async def test_what_is_confirmed_and_unsaid_is_listed_until_it_is_said(database: Database) -> None:
    tips = TipStore(database)
    for n in (1, 2, 3):
        await tips.enter(replace(TIP, id=f"t-{n}", key=f"k-{n}"))
    await tips.settle("t-2", CONFIRMED, 2_000)
    await tips.settle("t-1", CONFIRMED, 3_000)
    await tips.settle("t-3", REFUSED, 4_000)
    assert [row.id for row in await tips.unsaid(10)] == ["t-2", "t-1"]
    await tips.announced("t-2", 5_000)
    assert [row.id for row in await tips.unsaid(10)] == ["t-1"]


async def test_pending_tips_are_listed_once_they_are_ripe(database: Database) -> None:
    tips = TipStore(database)
    await tips.enter(TIP)
    assert await tips.unsettled(1_000, 10) == []
    assert [row.id for row in await tips.unsettled(1_001, 10)] == ["t-1"]


async def test_what_was_raised_in_a_transaction_is_undone(database: Database) -> None:
    events = EventStore(database)

    async def half() -> None:
        async with database.writing() as connection:
            await database.insert_new(connection, RECORD.tables["events"], {**_columns(EVENT)})
            raise LookupError

    with pytest.raises(LookupError):
        await half()
    assert await events.find("demo") is None


async def test_whoever_is_cancelled_at_whatever_moment_leaves_a_whole_transaction_or_none(database: Database) -> None:
    events = EventStore(database)
    await events.add(EVENT)
    for moments in range(40):
        beginning_anew = asyncio.create_task(events.replace(replace(EVENT, title=f"Title {moments}")))
        for _ in range(moments):
            await asyncio.sleep(0)
        beginning_anew.cancel()
        await asyncio.wait([beginning_anew])
        found = await events.find("demo")
        assert found is not None
        assert replace(found, title="") == replace(EVENT, title="")
    await events.replace(EVENT)
    assert await events.find("demo") == EVENT


async def test_several_processes_may_open_one_database_at_once(url: str) -> None:
    databases = [Database(url) for _ in range(6)]
    try:
        await asyncio.gather(*(database.open() for database in databases))
        await asyncio.gather(*(database.check() for database in databases))
    finally:
        for database in databases:
            await database.close()


async def test_a_check_creates_what_could_not_be_created_at_the_start(url: str) -> None:
    database = Database(url)
    try:
        await database.check()
        assert await EventStore(database).newest(1) is not None
    finally:
        await database.close()


async def test_a_plane_that_is_away_is_an_outage_of_the_record(tmp_path: Path) -> None:
    for url in (
        f"sqlite+aiosqlite:///{tmp_path}/no/such/folder/live.db",
        f"postgresql+asyncpg://live@/postgres?host={tmp_path}",
    ):
        database = Database(url)
        with pytest.raises(Outage, match="record"):
            await database.open()
        with pytest.raises(Outage, match="record"):
            await EventStore(database).find("demo")
        await database.close()
    # The driver's thread says its last after the refusal, and must not outlive the loop that it says it to.
    await until(lambda: not any("_connection_worker" in thread.name for thread in threading.enumerate()))


def _columns(event: EventRow) -> dict[str, object]:
    return {name: getattr(event, name) for name in EventRow.__slots__}
