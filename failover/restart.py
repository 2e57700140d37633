"""Says when a controller that died may be begun anew: soon after its first death, and ever later while it goes on
dying, for what kills it may lie in the log, where every successor finds it. It begins nothing. The guard keeps one per
process.
"""

import random
from dataclasses import dataclass

FIRST_S = 0.5
MAX_S = 30.0
FORGOTTEN_S = 120.0
EVENTS_MAX = 1_000


@dataclass(slots=True)
class _Deaths:
    count: int
    died_at: float
    until: float


class Restarts:
    """Deaths by event. Times are seconds of one monotonic clock."""

    def __init__(self) -> None:
        self._known: dict[str, _Deaths] = {}

    def died(self, event: str, now: float) -> float:
        """The controller of `event` died: in how many seconds another one may be begun."""
        known = self._known.pop(event, None)
        count = 1 if known is None or now - known.died_at > FORGOTTEN_S else known.count + 1
        pause_s = min(FIRST_S * 2.0 ** min(count - 1, 10), MAX_S)
        pause_s *= 0.75 + random.random() / 2  # noqa: S311  # jitter
        if len(self._known) >= EVENTS_MAX:
            del self._known[next(iter(self._known))]
        self._known[event] = _Deaths(count, now, now + pause_s)
        return pause_s

    def rests(self, event: str, now: float) -> bool:
        """Whether it is too soon to begin another one."""
        known = self._known.get(event)
        return known is not None and now < known.until
