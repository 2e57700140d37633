"""Writes a leader's drafts to the logs, one after the other, under its lease; what the log cannot take now is tried
again for as long as the lease allows. It decides nothing. A term owns one, and drops it when it ends.
"""

import asyncio
import random
from collections import deque
from collections.abc import Callable
from dataclasses import replace

import structlog

from broadcast.core.entries import Draft, Lease
from broadcast.core.errors import Outage
from broadcast.core.position import LogId
from broadcast.log.port import Log, Refused

log = structlog.get_logger(__name__)

WAITING_MAX = 1_000
RETRY_MIN_S = 0.05
RETRY_MAX_S = 0.5


class Writer:
    """A queue with one hand. `refused` is called once, when the log says that somebody else leads or when too much
    waits; nothing is written after that."""

    def __init__(self, log: Log, lease: Lease, may_act: Callable[[], bool], refused: Callable[[str], None]) -> None:
        self._log = log
        self._lease = lease
        self._may_act = may_act
        self._refused = refused
        self._waiting: deque[tuple[LogId, Draft] | Callable[[], None]] = deque()
        self._more = asyncio.Event()
        self._done = False
        self.written = 0
        self.task = asyncio.create_task(self._write_on(), name="writer")
        self.task.add_done_callback(self._ended)

    def put(self, log: LogId, draft: Draft) -> None:
        """Write `draft`, after all that was put before."""
        self._put((log, replace(draft, lease=self._lease)))

    def then(self, call: Callable[[], None]) -> None:
        """Call, when all that was put before has been written."""
        self._put(call)

    def stop(self) -> None:
        """Write no more; what waits is dropped, and found undone by whoever leads next."""
        self._done = True
        self._waiting.clear()
        self.task.cancel()

    def _put(self, item: tuple[LogId, Draft] | Callable[[], None]) -> None:
        if self._done:
            return
        if len(self._waiting) >= WAITING_MAX:
            self._give_up("too much waits to be written")
            return
        self._waiting.append(item)
        self._more.set()

    async def _write_on(self) -> None:
        while not self._done:
            while self._waiting and not self._done:
                item = self._waiting.popleft()
                if callable(item):
                    item()
                else:
                    await self._write(*item)
            self._more.clear()
            await self._more.wait()

    async def _write(self, log: LogId, draft: Draft) -> None:
        pause_s = RETRY_MIN_S
        while self._may_act() and not self._done:
            try:
                answer = await self._log.append(log, draft)
            except Outage:
                await asyncio.sleep(pause_s * (0.5 + random.random()))  # noqa: S311  # jitter
                pause_s = min(pause_s * 2, RETRY_MAX_S)
                continue
            if isinstance(answer, Refused):
                self._give_up(f"the log refused: {answer.code}")
            else:
                self.written += 1
            return
        self._give_up("the lease ended before it could be written")

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            log.error("the writer died", exc_info=task.exception())
            self._give_up("the writer died")

    def _give_up(self, why: str) -> None:
        if not self._done:
            self._done = True
            self._waiting.clear()
            self._refused(why)
