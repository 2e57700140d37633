"""Members who are sent the same bytes: built once, written to each transport, and paced when the node is busy.

It decides nothing of what is said or to whom. Rosters hold one per encoding, stages one per group of viewers; all
share the hub's `Pace`.
"""

import asyncio
import math
from collections import deque
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Generic, Protocol, TypeVar

from liveserver.gateway import metrics

WINDOW_MAX_S = 0.1
ROOM_TO_SPARE = 0.3
BUSY = 0.8
RECENT_S = 0.5
_SPAN_S = 0.25


class Pace:
    """How busy this process is with writing, and how long writes may wait for company because of it."""

    __slots__ = ("_at", "_share")

    def __init__(self) -> None:
        self._share = 0.0
        self._at = 0.0

    def spent(self, took_s: float, now: float) -> None:
        """Writing took so long, until `now`."""
        self._share = self._decayed(now) + took_s / _SPAN_S
        self._at = now

    def window_s(self, now: float) -> float:
        """0 while there is room to spare, up to `WINDOW_MAX_S` when writing takes all there is."""
        share = self._decayed(now)
        return max(0.0, min(1.0, (share - ROOM_TO_SPARE) / (BUSY - ROOM_TO_SPARE))) * WINDOW_MAX_S

    def _decayed(self, now: float) -> float:
        return self._share * math.exp(-max(0.0, now - self._at) / _SPAN_S)


class Outlet(Protocol):
    """Where one member's bytes go."""

    @property
    def write(self) -> Callable[[bytes], None]: ...


Seat = TypeVar("Seat", bound=Outlet)


class Audience(Generic[Seat]):
    """A set of members. Whoever is added gets what is sent from then on, and nothing that was sent before."""

    __slots__ = ("_bins", "_flush_at", "_loop", "_pace", "_pending", "_timer", "_writes", "last_at")

    def __init__(self, pace: Pace, loop: asyncio.AbstractEventLoop) -> None:
        self._pace = pace
        self._loop = loop
        self._writes: dict[Seat, Callable[[bytes], None]] = {}
        self._pending: list[bytes] = []
        self._timer: asyncio.TimerHandle | None = None
        self._flush_at = -math.inf
        self._bins: deque[tuple[float, int]] = deque()
        self.last_at = -math.inf

    def __len__(self) -> int:
        return len(self._writes)

    def __iter__(self) -> Iterator[Seat]:
        return iter(self._writes)

    def __contains__(self, seat: Seat) -> bool:
        return seat in self._writes

    def add(self, seat: Seat) -> None:
        """Take a member in."""
        self.flush()
        self._writes[seat] = seat.write

    def remove(self, seat: Seat) -> None:
        """Let a member go, after what was sent so far; who isn't there is no matter."""
        if seat in self._writes:
            self.flush()
            del self._writes[seat]

    def send(self, data: bytes) -> None:
        """Write `data` to everyone: now, or within the pace's window together with what else comes."""
        if not self._writes:
            return
        now = self._loop.time()
        self.last_at = now
        self._bins.append((now, len(data)))
        while self._bins[0][0] < now - RECENT_S:
            self._bins.popleft()
        if self._timer is not None:
            self._pending.append(data)
            return
        wait_s = self._flush_at + self._pace.window_s(now) - now
        if wait_s <= 0:
            self._write(data, now)
            return
        self._pending.append(data)
        self._timer = self._loop.call_later(wait_s, self.flush)

    def flush(self) -> None:
        """Write what waits."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._pending:
            data = b"".join(self._pending)
            self._pending.clear()
            self._write(data, self._loop.time())

    def recent_bytes(self, now: float) -> int:
        """What each member was sent within the last half second."""
        return sum(size for at, size in self._bins if at >= now - RECENT_S)

    def _write(self, data: bytes, now: float) -> None:
        began = perf_counter()
        for write in self._writes.values():
            write(data)
        self._flush_at = now
        self._pace.spent(perf_counter() - began, now)
        metrics.DELIVERIES.inc(len(self._writes))
