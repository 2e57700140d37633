"""What is SQLite's own: two processes on one file, and a file that another one is writing to."""

import asyncio
import sqlite3
import sys
from pathlib import Path

import pytest

from broadcast.core.errors import Outage
from broadcast.record import sqlite as module
from liveserver.store.database import Database
from liveserver.store.event import EventRow, EventStore

_WRITER = """
import asyncio, sys
from liveserver.store.database import Database
from liveserver.store.tip import TipRow, TipStore

async def main(path, who):
    database = Database(f"sqlite+aiosqlite:///{path}")
    await database.open()
    tips = TipStore(database)
    for n in range(40):
        given = ("demo", "demo", "m", "Ada", "attendee", 5, "EUR", "", f"k{n}", "sandbox", "pending", 1)
        await tips.enter(TipRow(f"{who}-{n}", *given))
    await database.close()

asyncio.run(main(sys.argv[1], sys.argv[2]))
"""


async def test_two_processes_create_and_fill_one_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "live.db"
    running = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", _WRITER, str(path), who, stderr=asyncio.subprocess.PIPE
        )
        for who in ("first", "second")
    ]
    for process in running:
        _, complaint = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 0, complaint.decode()
    with sqlite3.connect(path) as connection:
        keys = connection.execute("SELECT key, count(*) FROM tips GROUP BY key").fetchall()
        journal = connection.execute("PRAGMA journal_mode").fetchone()
    connection.close()
    assert sorted(keys) == sorted((f"k{n}", 1) for n in range(40))
    assert journal == ("wal",)


async def test_a_file_that_another_program_holds_is_an_outage_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUSY_TIMEOUT_MS", 50)
    path = tmp_path / "live.db"
    database = Database(f"sqlite+aiosqlite:///{path}")
    await database.open()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    event = EventRow("demo", "T", "H", None, guests=True, plan="", created_at_ms=1)
    with pytest.raises(Outage, match="locked"):
        await EventStore(database).add(event)
    holder.execute("ROLLBACK")
    holder.close()
    assert await EventStore(database).add(event)
    await database.close()


async def test_a_broken_file_is_an_outage_not_a_crash(tmp_path: Path) -> None:
    path = tmp_path / "live.db"
    path.write_bytes(b"this is no database at all, whatever its name says" * 40)
    database = Database(f"sqlite+aiosqlite:///{path}")
    with pytest.raises(Outage, match="not a database"):
        await database.open()
    await database.close()
