"""One open ear on a log's channel: a bounded queue between whoever hears and whoever listens.

It never reads a log and never mends a loss: when it overflows or the channel is lost it says so, after what was heard
before. Both makes of the log feed it; `follow` listens.
"""

import asyncio
from collections import deque

from broadcast.core.entries import Entry
from broadcast.core.errors import Outage
from broadcast.core.passing import Passing

EAR_MAX = 4_096


class Ear:
    """A `Subscription`. Waiting for the next item may be cancelled; nothing is lost by it."""

    def __init__(self, limit: int = EAR_MAX) -> None:
        self._limit = limit
        self._items: deque[Entry | Passing] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._outage: Outage | None = None
        self._ended = False

    def hear(self, item: Entry | Passing) -> None:
        """Queue one item; an ear that is full or done takes nothing more."""
        if self._ended or self._outage is not None:
            return
        if len(self._items) >= self._limit:
            self.lose(Outage("log", f"a reader is {self._limit} items behind"))
            return
        self._items.append(item)
        self._wake()

    def lose(self, outage: Outage) -> None:
        """The channel is lost: what was heard is still given out, then `outage` is raised."""
        if self._outage is None:
            self._outage = outage
            self._wake()

    def end(self) -> None:
        """The log was closed: iteration ends once what was heard is given out."""
        self._ended = True
        self._wake()

    def __aiter__(self) -> "Ear":
        return self

    async def __anext__(self) -> Entry | Passing:
        while not self._items:
            if self._ended:
                raise StopAsyncIteration
            if self._outage is not None:
                raise Outage(self._outage.what, self._outage.detail)
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        return self._items.popleft()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
