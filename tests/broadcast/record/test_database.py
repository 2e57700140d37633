"""Transactions outlive whoever is cancelled in the middle of one, and nothing outlives the database."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, select

from broadcast.core.errors import Outage
from broadcast.record import database as module
from broadcast.record.database import Database
from tests.waiting import until

TABLES = MetaData()
THINGS = Table("things", TABLES, Column("id", Integer, primary_key=True))


def at(path: Path) -> Database:
    return Database(f"sqlite+aiosqlite:///{path}", TABLES, lock=1, pool_max=4, synchronous="NORMAL")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = at(tmp_path / "record.db")
    await made.open()
    yield made
    await made.close()


def workers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if "_connection_worker_thread" in thread.name]


async def put(database: Database, number: int) -> bool:
    async with database.writing() as transaction:
        return await database.insert_new(transaction, THINGS, {"id": number})


async def put_two(database: Database, number: int) -> None:
    async with database.writing() as transaction:
        await database.insert_new(transaction, THINGS, {"id": 2 * number})
        await database.insert_new(transaction, THINGS, {"id": 2 * number + 1})


async def kept(database: Database) -> list[int]:
    async with database.reading() as transaction:
        return list((await transaction.execute(select(THINGS.c.id).order_by(THINGS.c.id))).scalars())


async def test_a_file_that_cannot_be_opened_leaves_no_thread_behind(tmp_path: Path) -> None:
    begun = set(workers())
    for _ in range(60):
        nowhere = at(tmp_path / "no" / "such" / "folder.db")
        with pytest.raises(Outage):
            await nowhere.open()
        await nowhere.close()
        assert set(workers()) <= begun, "a thread that outlives its loop answers nobody, with a traceback"


@pytest.mark.parametrize("times", [1, 2])
async def test_whoever_is_cancelled_at_whatever_moment_leaves_a_whole_transaction_or_none_and_no_thread(
    tmp_path: Path, times: int
) -> None:
    begun = set(workers())
    for turn in range(60):
        # A database of its own each time: the moments of connecting, too, are moments to be cancelled at.
        database = at(tmp_path / f"{turn % 4}.db")
        await database.open()
        await database.close()
        database = at(tmp_path / f"{turn % 4}.db")
        task = asyncio.create_task(put_two(database, turn))
        for _ in range(turn):
            await asyncio.sleep(0)
        for _ in range(times):
            task.cancel()
            await asyncio.sleep(0)
        await asyncio.wait([task])
        assert len(await kept(database)) % 2 == 0
        await database.close()
        await until(lambda: set(workers()) <= begun, 1)


async def test_who_is_cancelled_leaves_at_once_and_closing_waits_for_what_they_left(tmp_path: Path) -> None:
    database = at(tmp_path / "record.db")
    await database.open()
    holder = sqlite3.connect(tmp_path / "record.db", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    writer = asyncio.create_task(put(database, 1))
    await until(lambda: database._turn is not None and database._turn.locked())
    writer.cancel()
    async with asyncio.timeout(1):
        await asyncio.wait([writer])
    closing = asyncio.create_task(database.close())
    done, _ = await asyncio.wait([closing], timeout=0.1)
    assert not done
    holder.execute("ROLLBACK")
    await closing
    await until(lambda: not workers(), 1)
    assert holder.execute("SELECT count(*) FROM things").fetchone() == (0,)
    holder.close()


async def test_what_takes_too_long_to_close_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OP_DEADLINE_S", 0.05)
    database = at(tmp_path / "record.db")
    entered, leave = asyncio.Event(), asyncio.Event()

    async def stay() -> None:
        monkeypatch.setattr(module, "OP_DEADLINE_S", 5.0)
        async with database.writing():
            monkeypatch.setattr(module, "OP_DEADLINE_S", 0.05)
            entered.set()
            await leave.wait()

    staying = asyncio.create_task(stay())
    await entered.wait()
    await database.close()
    leave.set()
    with pytest.raises(Outage, match="closed"):
        await staying
    await until(lambda: not workers(), 1)


async def test_writers_take_turns_also_behind_one_who_gave_up(database: Database) -> None:
    written = await asyncio.gather(*(put(database, number) for number in range(20)))
    assert written == [True] * 20
    quitter, heir = asyncio.create_task(put(database, 20)), asyncio.create_task(put(database, 21))
    for _ in range(3):
        await asyncio.sleep(0)
    quitter.cancel()
    assert await heir
    await asyncio.wait([quitter])
    assert set(await kept(database)) - {20} == {*range(20), 21}


async def test_a_writer_who_gives_up_in_the_queue_never_begins(database: Database) -> None:
    async with database.writing() as transaction:
        quitter = asyncio.create_task(put(database, 2))
        await asyncio.sleep(0)
        quitter.cancel()
        await asyncio.wait([quitter])
        assert await database.insert_new(transaction, THINGS, {"id": 1})
    assert await kept(database) == [1]


async def test_what_was_raised_undoes_what_was_said_before(database: Database) -> None:
    async def half() -> None:
        async with database.writing() as transaction:
            await database.insert_new(transaction, THINGS, {"id": 1})
            raise LookupError

    with pytest.raises(LookupError):
        await half()
    assert await kept(database) == []
    assert await put(database, 1)
    assert not await put(database, 1)


async def test_a_statement_behind_one_that_was_given_up_waits_for_it(database: Database) -> None:
    async with database.writing() as transaction:
        first = asyncio.create_task(database.insert_new(transaction, THINGS, {"id": 1}))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.wait([first])
        await database.insert_new(transaction, THINGS, {"id": 2})
    assert await kept(database) == [1, 2]


async def test_a_closed_database_is_an_outage_and_can_be_closed_again(tmp_path: Path) -> None:
    database = at(tmp_path / "record.db")
    await database.open()
    await database.close()
    with pytest.raises(Outage, match="closed"):
        await put(database, 1)
    await database.close()


async def test_an_answer_that_does_not_come_in_time_is_an_outage(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "OP_DEADLINE_S", 0.05)
    async with asyncio.timeout(5):
        with pytest.raises(Outage, match="in time"):
            async with database.reading():
                await asyncio.Event().wait()
