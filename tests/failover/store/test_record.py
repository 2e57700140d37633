"""What the guard writes down, and claims."""

import asyncio
from pathlib import Path

import pytest

from broadcast.core.errors import Outage
from failover.core.notices import Answer, Fate, NoticeKey
from failover.store.database import Database
from failover.store.record import Record

KEY = NoticeKey("i1", "2", "c1")


async def claim(record: Record, holder: str, now_ms: int = 0) -> Answer:
    return await record.claim(KEY, "demo", "ada@example.org", holder, now_ms, hold_ms=100)


async def test_an_incident_is_kept_with_its_steps_in_order_and_twice_is_once(record: Record) -> None:
    for _ in range(2):
        await record.open_incident("i1", "demo", "demo", "main_failed", 1_000)
        await record.add_step("i1:1:cut", "i1", 1, "cut", "Second camera.", 1_002)
        await record.add_step("i1:1:opened", "i1", 0, "opened", "It left.", 1_001)
        await record.close_incident("i1", 2_000)
    await record.close_incident("i1", 3_000)
    await record.open_incident("i2", "other", "other", "forced", 5_000)
    (incident,) = await record.incidents("demo")
    assert (incident["opened_at_ms"], incident["closed_at_ms"], incident["cause"]) == (1_000, 2_000, "main_failed")
    assert [step["what"] for step in incident["steps"]] == ["opened", "cut"]
    assert [each["id"] for each in await record.incidents(None)] == ["i2", "i1"]


async def test_what_one_step_brought_about_in_one_millisecond_stands_as_it_followed(record: Record) -> None:
    await record.open_incident("i1", "demo", "demo", "main_failed", 1_000)
    for what in ("recovered", "notice", "decided", "cut", "closed"):
        await record.add_step(f"i1:2:{what}", "i1", 2, what, what, 2_000)
    (incident,) = await record.incidents("demo")
    assert [step["what"] for step in incident["steps"]] == ["decided", "cut", "recovered", "notice", "closed"]


async def test_only_one_wins_a_claim_however_many_ask(record: Record) -> None:
    answers = await asyncio.gather(*(claim(record, f"g{number}") for number in range(8)))
    assert sorted(answers) == sorted([Answer.WON, *[Answer.BUSY] * 7])


async def test_a_claim_that_was_never_begun_is_free_when_its_time_is_over(record: Record) -> None:
    assert await claim(record, "g1", 0) is Answer.WON
    assert await claim(record, "g2", 50) is Answer.BUSY
    assert await claim(record, "g2", 101) is Answer.WON
    assert not await record.begin(KEY, "g1", 102, hold_ms=100)
    assert await record.begin(KEY, "g2", 102, hold_ms=100)


async def test_one_that_was_being_sent_when_its_holder_vanished_is_unsure_for_ever(record: Record) -> None:
    await record.open_incident("i1", "demo", "demo", "main_failed", 0)
    await claim(record, "g1", 0)
    await record.begin(KEY, "g1", 10, hold_ms=100)
    assert await claim(record, "g2", 50) is Answer.BUSY
    assert await claim(record, "g2", 200) is Answer.SETTLED
    (incident,) = await record.incidents("demo")
    assert [(missed["address"], missed["fate"]) for missed in incident["not_reached"]] == [
        ("ada@example.org", "unsure")
    ]


async def test_a_pause_keeps_the_claim(record: Record) -> None:
    await claim(record, "g1", 0)
    await record.begin(KEY, "g1", 10, hold_ms=100)
    await record.pause(KEY, "g1", 20, hold_ms=100, why="busy")
    assert await claim(record, "g2", 50) is Answer.BUSY
    assert await record.begin(KEY, "g1", 60, hold_ms=100)


async def test_what_is_settled_stays_so_and_is_counted(record: Record) -> None:
    await record.open_incident("i1", "demo", "demo", "main_failed", 0)
    await claim(record, "g1")
    await record.settle(KEY, "g2", Fate.LOST, "not mine to say", "smtp")
    await record.settle(KEY, "g1", Fate.REACHED, "", "smtp")
    assert await claim(record, "g2", 10_000) is Answer.SETTLED
    (incident,) = await record.incidents("demo")
    assert (incident["reached"], incident["not_reached"]) == (1, [])
    assert await record.fates("i1") == {"reached": 1}


async def test_mail_is_kept_newest_first(record: Record) -> None:
    row = {"event": "demo", "recipient": "a@example.org", "subject": "s", "text": "t", "status": "sent"}
    row |= {"lane": "outbox", "incident": "i1", "step": "2"}
    await record.keep_mail({**row, "at_ms": 1})
    await record.keep_mail({**row, "at_ms": 2})
    assert [mail["at_ms"] for mail in await record.mails()] == [2, 1]


async def test_several_processes_may_make_the_tables_at_once(tmp_path: Path) -> None:
    databases = [Database(f"sqlite+aiosqlite:///{tmp_path / 'shared.db'}") for _ in range(6)]
    await asyncio.gather(*(database.open() for database in databases))
    assert await Record(databases[0]).mails() == []
    for database in databases:
        await database.close()


async def test_a_database_that_cannot_be_had_is_an_outage(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'no' / 'such' / 'folder.db'}")
    with pytest.raises(Outage) as caught:
        await database.open()
    assert caught.value.what == "record"
    with pytest.raises(Outage):
        await Record(database).mails()
    await database.close()
