"""The record plane's connection: SQLite in a file or in memory, or PostgreSQL, by URL. It decides nothing and knows no
row: it creates the tables, opens transactions within a deadline, and says `Outage("record")` where the plane is away.
The stores beside it use it; `app` and `embedded` open and close it.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import Any

from sqlalchemy import Connection, Table, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.schema import CreateIndex, CreateTable

from broadcast.core.errors import Outage
from liveserver.store.tables import RECORD

OP_DEADLINE_S = 3.0
OPEN_DEADLINE_S = 10.0
BUSY_TIMEOUT_MS = 2_000
POOL_MAX = 8
_CREATING = 0x6C697665


class Database:
    """One pool of connections to the record plane. `url` as SQLAlchemy takes it (`sqlite+aiosqlite:///var/live.db`,
    `postgresql+asyncpg://…`)."""

    def __init__(self, url: str) -> None:
        self._sqlite = url.startswith("sqlite")
        self._opened = False
        if self._sqlite:
            self._engine = create_async_engine(url)
            _tune_sqlite(self._engine)
        else:
            self._engine = create_async_engine(
                url,
                pool_size=POOL_MAX,
                max_overflow=0,
                pool_timeout=OP_DEADLINE_S,
                pool_pre_ping=True,
                connect_args={"timeout": OP_DEADLINE_S, "command_timeout": OP_DEADLINE_S},
            )
        # SQLite has one writer at a time: those of this process wait here, in order, not in its busy loop.
        self._turn: asyncio.Lock | None = asyncio.Lock() if self._sqlite else None

    async def open(self) -> None:
        """Create what is missing. Several processes may do so at once on one database. Raises Outage."""
        end = asyncio.get_running_loop().time() + OPEN_DEADLINE_S
        while True:
            try:
                async with self.writing() as connection:
                    if not self._sqlite:
                        await connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _CREATING})
                    for table in RECORD.sorted_tables:
                        await connection.execute(CreateTable(table, if_not_exists=True))
                        for index in table.indexes:
                            await connection.execute(CreateIndex(index, if_not_exists=True))
            except Outage as outage:
                # A file that another process is just turning into WAL answers "locked" without waiting.
                if "locked" not in outage.detail or asyncio.get_running_loop().time() > end:
                    raise
                await asyncio.sleep(random.uniform(0.02, 0.1))  # noqa: S311  # jitter
            else:
                self._opened = True
                return

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """One transaction that may write; it is kept when the block ends, undone when it raises. Raises Outage."""
        async with self._within(self._turn) as connection:
            yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """One transaction that reads. Raises Outage."""
        async with self._within(None) as connection:
            yield connection

    async def insert_new(self, connection: AsyncConnection, table: Table, row: dict[str, Any]) -> bool:
        """Insert `row` unless one of its unique keys is taken; whether it was inserted."""
        make = sqlite.insert if self._sqlite else postgresql.insert
        done = await connection.execute(make(table).values(**row).on_conflict_do_nothing())
        return done.rowcount == 1

    async def check(self) -> None:
        """Read one value through a real connection, after creating what was missing at the start. Raises Outage."""
        if not self._opened:
            await self.open()
        async with self.reading() as connection:
            await connection.execute(text("SELECT count(*) FROM events"))

    async def close(self) -> None:
        """Release every connection."""
        await self._engine.dispose()

    @asynccontextmanager
    async def _within(self, turn: asyncio.Lock | None) -> AsyncIterator[AsyncConnection]:
        try:
            async with asyncio.timeout(OP_DEADLINE_S), turn or nullcontext():
                how = "IMMEDIATE" if turn else "DEFERRED"
                async with self._engine.connect() as connection:
                    await connection.execution_options(begin=how)
                    async with connection.begin():
                        yield connection
        except (SQLAlchemyError, OSError) as fault:
            raise Outage("record", _said(fault)) from fault


def _said(fault: BaseException) -> str:
    if isinstance(fault, TimeoutError):
        return "no answer in time"
    return str(getattr(fault, "orig", None) or fault)[:200] or type(fault).__name__


def _tune_sqlite(engine: AsyncEngine) -> None:
    """WAL, so that readers never wait; FULL, because a confirmed tip outlives a power cut; and our own BEGIN: the
    driver's comes too late to keep a read and the write that follows from it in one transaction."""

    @event.listens_for(engine.sync_engine, "connect")
    def connected(raw: Any, _record: object) -> None:  # noqa: ANN401  # the driver's own type
        raw.isolation_level = None
        cursor = raw.cursor()
        for pragma in (f"busy_timeout={BUSY_TIMEOUT_MS}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begun(connection: Connection) -> None:
        connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get('begin', 'DEFERRED')}")
