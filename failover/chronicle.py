"""Writes incidents and their steps into the record, in order and in the background, so that no decision waits for a
database. It decides nothing; what the record cannot take now is tried again, within bounds. The guard owns one.
"""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog

from broadcast.core.errors import Outage

WAITING_MAX = 2_000
RETRY_MIN_S = 0.2
RETRY_MAX_S = 5.0

log = structlog.get_logger(__name__)


class Timeline(Protocol):
    """Where incidents are kept. Raises Outage; doing anything twice is harmless."""

    async def open_incident(self, incident: str, event: str, room: str, cause: str, at_ms: int) -> None: ...

    async def add_step(self, key: str, incident: str, number: int, what: str, text: str, at_ms: int) -> None: ...

    async def close_incident(self, incident: str, at_ms: int) -> None: ...


class Chronicle:
    """A queue in front of the record. `away` says since when it has not answered, in words; empty when it does."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._waiting: deque[Callable[[], Awaitable[None]]] = deque(maxlen=WAITING_MAX)
        self._more = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._task: asyncio.Task[None] | None = None
        self.away = ""

    def start(self) -> None:
        """Begin to write, in the background."""
        self._task = asyncio.create_task(self._write_on(), name="chronicle")

    async def close(self, within_s: float = 1.0) -> None:
        """Write what waits, if that takes no longer than `within_s`, and end."""
        if self._task is None:
            return
        try:
            async with asyncio.timeout(within_s):
                await self._idle.wait()
        except TimeoutError:
            log.warning("the record is away; some lines of a timeline are lost", lines=len(self._waiting))
        self._task.cancel()
        await asyncio.wait([self._task])

    def opened(self, incident: str, event: str, room: str, cause: str, at_ms: int) -> None:
        """An incident began."""
        self._put(lambda: self._timeline.open_incident(incident, event, room, cause, at_ms))

    def step(self, key: str, incident: str, number: int, what: str, text: str, at_ms: int) -> None:
        """A line of its timeline."""
        self._put(lambda: self._timeline.add_step(key, incident, number, what, text, at_ms))

    def closed(self, incident: str, at_ms: int) -> None:
        """It ended."""
        self._put(lambda: self._timeline.close_incident(incident, at_ms))

    def _put(self, work: Callable[[], Awaitable[None]]) -> None:
        if len(self._waiting) == WAITING_MAX:
            log.error("too much waits for the record; the oldest line of a timeline is lost", lines=WAITING_MAX)
        self._waiting.append(work)
        self._idle.clear()
        self._more.set()

    async def _write_on(self) -> None:
        while True:
            while self._waiting:
                await self._write(self._waiting.popleft())
                self.away = ""
            self._idle.set()
            self._more.clear()
            await self._more.wait()

    async def _write(self, work: Callable[[], Awaitable[None]]) -> None:
        pause_s = RETRY_MIN_S
        while True:
            try:
                await work()
            except Outage as outage:
                self.away = str(outage)
                await asyncio.sleep(pause_s * (0.5 + random.random()))  # noqa: S311  # jitter
                pause_s = min(pause_s * 2, RETRY_MAX_S)
                continue
            except Exception:  # a bug: one line that cannot be written must not keep back all that follow
                log.exception("a line of a timeline cannot be written")
            return
