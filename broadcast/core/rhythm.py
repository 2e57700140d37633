"""How often a feed's packets come, when the last one did, and how long a silence may last that is none. It judges no
source and holds no packet; whoever receives the feed drives it, and the programme machine reads its pulse.
"""

from dataclasses import dataclass

from broadcast.core.entries import Kind, Order

PAUSE_MEMORY_S = 10.0
PAUSE_ROOM = 1.5
PAUSE_MAX_S = 0.5


@dataclass(frozen=True, slots=True)
class Pulse:
    """One feed as last heard: when its last packet came (monotonic seconds), its usual interval, and the longest pause
    after which it came back by itself of late (seconds)."""

    source: str
    kind: Kind
    last_at: float
    usual_s: float
    pause_s: float = 0.0


class Rhythm:
    """Keeps one feed's pulse: cheap enough for every packet. The usual interval is taken from the source's own
    timeline, so that a burst on joining does not count; it grows sooner than it shrinks. A pause is what a receiver
    waits; it fades in `PAUSE_MEMORY_S`, and the longest count as `PAUSE_MAX_S`."""

    __slots__ = ("_last_us", "last_at", "pause_s", "usual_s")

    def __init__(self) -> None:
        self.last_at: float | None = None
        self.usual_s = 0.0
        self.pause_s = 0.0
        self._last_us = 0

    def beat(self, now: float, time_us: int) -> None:
        """A packet came at `now`, with `time_us` on its source's timeline."""
        if self.last_at is not None:
            waited_s = now - self.last_at
            self.pause_s = max(min(waited_s, PAUSE_MAX_S), self.pause_s * (1 - min(waited_s / PAUSE_MEMORY_S, 1)))
            interval_s = min(abs(time_us - self._last_us) / 1e6, 2.0)
            self.usual_s += (interval_s - self.usual_s) * (0.25 if interval_s > self.usual_s else 0.05)
        self._last_us = time_us
        self.last_at = now


def patience_s(order: Order, pulse: Pulse) -> float:
    """How long the feed may be silent: the larger of the order's time and so many of the feed's usual intervals. One
    that has lately paused for about as long, and come back by itself, is given up to twice the order's time."""
    after_s = order.after_ms / 1000
    paused_s = min(pulse.pause_s * PAUSE_ROOM, 2 * after_s)
    return max(after_s, order.intervals * pulse.usual_s, paused_s)
