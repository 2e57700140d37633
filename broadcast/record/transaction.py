"""One transaction on a connection of its own, from BEGIN to COMMIT or ROLLBACK, in a task that nobody's cancellation
reaches: whoever is cancelled leaves, and the connection is given back in order behind them. It knows no statement.
`Database` makes one per transaction and holds its task.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any

from sqlalchemy import CursorResult, Executable
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from broadcast.core.errors import Outage

Result = CursorResult[*tuple[Any, ...]]


class Transaction:
    """What a caller says its statements to, one behind the other. `mode` is what BEGIN is told; `turn` is waited for
    first and kept until the end."""

    def __init__(self, engine: AsyncEngine, mode: str, turn: AbstractAsyncContextManager[Any] | None) -> None:
        self._engine = engine
        self._mode = mode
        self._turn = turn or nullcontext()
        self._begun: asyncio.Future[AsyncConnection] = asyncio.get_running_loop().create_future()
        self._kept: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._said: asyncio.Task[Result] | None = None

    async def execute(self, statement: Executable, values: Mapping[str, Any] | None = None) -> Result:
        """What the statement gives; it goes on where its caller is cancelled. Raises SQLAlchemy and OS errors."""
        connection = self._begun.result()
        if self._said is not None:
            await asyncio.wait([self._said])
        self._said = asyncio.create_task(connection.execute(statement, values), name="record statement")
        return await asyncio.shield(self._said)

    async def run(self) -> None:
        """Begin, wait until it is to end, and end. Raises SQLAlchemy and OS errors, Outage where it was cancelled."""
        try:
            await self._run()
        except asyncio.CancelledError:
            # It is this task that was cancelled, not the caller, who must not take it for their own.
            raise Outage("record", "closed") from None

    @asynccontextmanager
    async def body(self, running: asyncio.Task[None]) -> AsyncIterator["Transaction"]:
        """The caller's side of `running`, the task of `run`: kept when the block ends, undone when it raises."""
        try:
            first: list[asyncio.Future[Any]] = [running, self._begun]
            await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                running.result()
            yield self
            if not self._kept.done():
                self._kept.set_result(True)
            await asyncio.shield(running)
        finally:
            if not self._kept.done():
                self._kept.set_result(False)

    async def _run(self) -> None:
        async with self._turn:
            if self._kept.done():
                return
            async with self._engine.connect() as connection:
                await connection.execution_options(begin=self._mode)
                async with connection.begin() as transaction:
                    self._begun.set_result(connection)
                    kept = await self._kept
                    if self._said is not None:
                        await asyncio.wait([self._said])
                    if not kept:
                        await transaction.rollback()
