"""The record plane's connection: SQLite in a file or in memory, or PostgreSQL, by URL. It decides nothing and knows no
row: it creates the tables, opens transactions within a deadline, and says `Outage("record")` where the plane is away.
Each process that keeps records has one, with tables of its own.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import MetaData, Table, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.schema import CreateIndex, CreateTable

from broadcast.core.errors import Outage
from broadcast.record.sqlite import Synchronous, Threads, tune
from broadcast.record.transaction import Transaction

OP_DEADLINE_S = 3.0
OPEN_DEADLINE_S = 10.0
LATE_S = 1.0


class Database:
    """One pool of connections, from construction to `close`. `url` as SQLAlchemy takes it
    (`sqlite+aiosqlite:///var/live.db`, `postgresql+asyncpg://…`). `lock` is the number under which processes that
    create the same tables wait for one another (PostgreSQL); `synchronous` what a power cut may cost (SQLite)."""

    def __init__(self, url: str, tables: MetaData, *, lock: int, pool_max: int, synchronous: Synchronous) -> None:
        self._tables = tables
        self._lock = lock
        self._sqlite = url.startswith("sqlite")
        self._threads = Threads()
        if self._sqlite:
            self._engine = create_async_engine(url, connect_args={"factory": self._threads.opening})
            tune(self._engine, synchronous)
        else:
            self._engine = create_async_engine(
                url,
                pool_size=pool_max,
                max_overflow=0,
                pool_timeout=OP_DEADLINE_S,
                pool_pre_ping=True,
                connect_args={"timeout": OP_DEADLINE_S, "command_timeout": OP_DEADLINE_S},
            )
        # SQLite has one writer at a time: those of this process wait here, in order, not in its busy loop.
        self._turn = asyncio.Lock() if self._sqlite else None
        self._running: set[asyncio.Task[None]] = set()
        self._closed = False

    async def open(self) -> None:
        """Create what is missing. Several processes may do so at once on one database. Raises Outage."""
        end = asyncio.get_running_loop().time() + OPEN_DEADLINE_S
        while True:
            try:
                return await self._create()
            except Outage as outage:
                # A file that another process is just turning into WAL answers "locked" without waiting.
                if "locked" not in outage.detail or asyncio.get_running_loop().time() > end:
                    raise
                await asyncio.sleep(random.uniform(0.02, 0.1))  # noqa: S311  # jitter

    async def close(self) -> None:
        """Release every connection, once what is under way on it has ended, with or without whoever asked for it."""
        self._closed = True
        if self._running:
            await asyncio.wait(self._running, timeout=OP_DEADLINE_S)
        if self._running:
            late = list(self._running)
            for task in late:
                task.cancel()
            await asyncio.wait(late, timeout=LATE_S)
        await self._engine.dispose()
        await self._threads.ended(LATE_S)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Transaction]:
        """One transaction that may write; it is kept when the block ends, undone when it raises. Raises Outage."""
        async with self._within("IMMEDIATE", self._turn) as transaction:
            yield transaction

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Transaction]:
        """One transaction that reads. Raises Outage."""
        async with self._within("DEFERRED", None) as transaction:
            yield transaction

    async def insert_new(self, transaction: Transaction, table: Table, row: dict[str, Any]) -> bool:
        """Insert `row` unless one of its unique keys is taken; whether it was inserted."""
        insert = sqlite.insert if self._sqlite else postgresql.insert
        done = await transaction.execute(insert(table).values(**row).on_conflict_do_nothing())
        return done.rowcount == 1

    async def _create(self) -> None:
        async with self.writing() as transaction:
            if not self._sqlite:
                await transaction.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": self._lock})
            for table in self._tables.sorted_tables:
                await transaction.execute(CreateTable(table, if_not_exists=True))
                for index in table.indexes:
                    await transaction.execute(CreateIndex(index, if_not_exists=True))

    @asynccontextmanager
    async def _within(self, mode: str, turn: asyncio.Lock | None) -> AsyncIterator[Transaction]:
        if self._closed:
            raise Outage("record", "closed")
        transaction = Transaction(self._engine, mode, turn)
        running = asyncio.create_task(transaction.run(), name="record transaction")
        self._running.add(running)
        running.add_done_callback(self._ended)
        try:
            async with asyncio.timeout(OP_DEADLINE_S), transaction.body(running):
                yield transaction
        except (SQLAlchemyError, OSError) as fault:
            raise Outage("record", _said(fault)) from fault

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            # Whoever is there to hear of its fault has been told; nobody else has to be.
            task.exception()


def _said(fault: BaseException) -> str:
    if isinstance(fault, TimeoutError):
        return "no answer in time"
    return str(getattr(fault, "orig", None) or fault)[:200] or type(fault).__name__
