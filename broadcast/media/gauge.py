"""Measures one track: packets, pictures, bits and losses over the last second, and how long it has been silent.

It judges nothing and knows no clock. `publication` drives it: with what arrives, and once per tick with the time.
"""

from collections import deque
from dataclasses import dataclass

TICKS_PER_WINDOW = 4


@dataclass(frozen=True, slots=True)
class Reading:
    """One track, as it was at the last tick. Rates are over the last second, `loss` is a share (0 to 1)."""

    silent_ms: int
    packets_per_s: float
    frames_per_s: float
    bitrate_bps: int
    loss: float


@dataclass(frozen=True, slots=True)
class _Mark:
    at: float
    packets: int
    frames: int
    received_bytes: int
    expected: int
    received: int


class Gauge:
    """Counts what arrives on one track; `since` is when it was opened."""

    def __init__(self, since: float) -> None:
        self.heard_at = since
        self._packets = 0
        self._frames = 0
        self._bytes = 0
        self._marks: deque[_Mark] = deque([_Mark(since, 0, 0, 0, 0, 0)], maxlen=TICKS_PER_WINDOW + 1)

    def heard(self, size_bytes: int, now: float) -> None:
        """A packet has come."""
        self.heard_at = now
        self._packets += 1
        self._bytes += size_bytes

    def gave(self) -> None:
        """A whole frame went on to the readers."""
        self._frames += 1

    def read(self, expected: int, received: int, now: float) -> Reading:
        """The last second, at a tick. `expected` and `received` count the track's packets since its beginning."""
        first = self._marks[0]
        mark = _Mark(now, self._packets, self._frames, self._bytes, expected, received)
        self._marks.append(mark)
        span = max(now - first.at, 1e-3)
        due = mark.expected - first.expected
        missing = due - (mark.received - first.received)
        return Reading(
            silent_ms=max(0, round((now - self.heard_at) * 1000)),
            packets_per_s=round((mark.packets - first.packets) / span, 1),
            frames_per_s=round((mark.frames - first.frames) / span, 1),
            bitrate_bps=round((mark.received_bytes - first.received_bytes) * 8 / span),
            loss=round(min(1.0, max(0.0, missing / due)), 4) if due > 0 else 0.0,
        )
