"""The guard's connection to the record plane, SQLite or PostgreSQL by URL: it creates the guard's tables and runs
transactions within a deadline. It knows no row; whatever fails is an `Outage("record")`. `record` stands on it.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from sqlalchemy import Connection, Table, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.schema import CreateIndex, CreateTable

from broadcast.core.errors import Outage
from failover.store.tables import TABLES

OP_DEADLINE_S = 3.0
OPEN_DEADLINE_S = 10.0
_LOCK = 0x6661696C


class Database:
    """One pool. `url` is SQLAlchemy's (`sqlite+aiosqlite:///live.db`, `postgresql+asyncpg://…`)."""

    def __init__(self, url: str) -> None:
        self._sqlite = url.startswith("sqlite")
        if self._sqlite:
            self._engine = create_async_engine(url)
            event.listen(self._engine.sync_engine, "connect", _tune)
            event.listen(self._engine.sync_engine, "begin", _begin)
        else:
            self._engine = create_async_engine(
                url,
                pool_size=4,
                max_overflow=0,
                pool_timeout=OP_DEADLINE_S,
                pool_pre_ping=True,
                connect_args={"timeout": OP_DEADLINE_S, "command_timeout": OP_DEADLINE_S},
            )
        # SQLite has one writer at a time; those of this process take turns here rather than in its busy loop.
        self._turn = asyncio.Lock()

    async def open(self) -> None:
        """Create what is missing; other processes may be doing the same to the same database. Raises Outage."""
        loop = asyncio.get_running_loop()
        end = loop.time() + OPEN_DEADLINE_S
        while True:
            try:
                return await self._create()
            except Outage as outage:
                # While one process turns the file into WAL, others are told "locked" at once, whatever their patience.
                if "locked" not in outage.detail or loop.time() > end:
                    raise
                await asyncio.sleep(random.uniform(0.02, 0.1))  # noqa: S311  # jitter

    async def close(self) -> None:
        """Release every connection."""
        await self._engine.dispose()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that may write: kept when the block ends, undone when it raises. Raises Outage."""
        async with self._transaction("IMMEDIATE", [self._turn] if self._sqlite else []) as connection:
            yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads. Raises Outage."""
        async with self._transaction("DEFERRED", []) as connection:
            yield connection

    async def insert_new(self, connection: AsyncConnection, table: Table, row: dict[str, Any]) -> bool:
        """Insert `row` unless its key is taken; whether it was inserted."""
        insert = sqlite.insert if self._sqlite else postgresql.insert
        done = await connection.execute(insert(table).values(**row).on_conflict_do_nothing())
        return done.rowcount == 1

    async def _create(self) -> None:
        async with self.write() as connection:
            if not self._sqlite:
                await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            for table in TABLES.sorted_tables:
                await connection.execute(CreateTable(table, if_not_exists=True))
                for index in table.indexes:
                    await connection.execute(CreateIndex(index, if_not_exists=True))

    @asynccontextmanager
    async def _transaction(self, how: str, locks: list[asyncio.Lock]) -> AsyncIterator[AsyncConnection]:
        try:
            async with asyncio.timeout(OP_DEADLINE_S), AsyncExitStack() as held:
                for lock in locks:
                    await held.enter_async_context(lock)
                connection = await held.enter_async_context(self._engine.connect())
                await connection.execution_options(guard_begin=how)
                async with connection.begin():
                    yield connection
        except TimeoutError:
            raise Outage("record", "no answer in time") from None
        except (SQLAlchemyError, OSError) as fault:
            raise Outage("record", str(getattr(fault, "orig", None) or fault)[:200]) from fault


def _tune(raw: Any, _record: object) -> None:  # noqa: ANN401  # the driver's own type
    # Our own BEGIN: the driver's comes too late to keep a read and the write that follows from it together.
    raw.isolation_level = None
    cursor = raw.cursor()
    for pragma in ("busy_timeout=2000", "journal_mode=WAL", "synchronous=NORMAL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get('guard_begin', 'DEFERRED')}")
