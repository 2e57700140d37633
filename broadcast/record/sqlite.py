"""What is SQLite's own in the record plane: how a connection is tuned, and the threads that the driver works in.

The driver gives each connection a thread, and ends it without waiting where a connection could not be opened or was
given up; such a thread may still answer a loop that is gone. So they are remembered, and waited for at the end.
"""

import asyncio
import sqlite3
import threading
import time
import weakref
from typing import Any, Literal

from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine

BUSY_TIMEOUT_MS = 2_000

Synchronous = Literal["FULL", "NORMAL"]


class Threads:
    """Those of one engine. `opening` goes to sqlite3 as its `factory`, which is called in the connection's thread."""

    def __init__(self) -> None:
        known: weakref.WeakSet[threading.Thread] = weakref.WeakSet()
        self._known = known

        class Opening(sqlite3.Connection):
            def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401  # sqlite3's own
                known.add(threading.current_thread())
                super().__init__(*given, **named)

        self.opening = Opening

    async def ended(self, within_s: float) -> bool:
        """Wait until none is at work any more, `within_s` at most; whether that is so."""
        end = time.monotonic() + within_s
        for thread in list(self._known):
            await asyncio.to_thread(thread.join, max(0.0, end - time.monotonic()))
        return not any(thread.is_alive() for thread in self._known)


def tune(engine: AsyncEngine, synchronous: Synchronous) -> None:
    """WAL, so that readers never wait; and our own BEGIN: the driver's comes too late to keep a read and the write that
    follows from it in one transaction. `synchronous` is what a power cut may cost."""

    @event.listens_for(engine.sync_engine, "connect")
    def connected(raw: Any, _record: object) -> None:  # noqa: ANN401  # the driver's own type
        raw.isolation_level = None
        cursor = raw.cursor()
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "journal_mode=WAL",
            f"synchronous={synchronous}",
            "foreign_keys=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begun(connection: Connection) -> None:
        connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get('begin', 'DEFERRED')}")
