"""Notices when this process's own loop has stood still, so that what it then reads late is not held against others. It
judges nobody. Probes ask it.
"""

import asyncio
from collections import deque

EVERY_S = 0.1
REMEMBERED_S = 0.6


class Stall:
    """The longest recent standstill of the running loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._expected_at = self._loop.time() + EVERY_S
        self._seen: deque[tuple[float, float]] = deque(maxlen=16)
        self._timer = self._loop.call_later(EVERY_S, self._tick)

    def late_s(self) -> float:
        """How long the loop stood still at worst, in the last moments and until now; seconds."""
        now = self._loop.time()
        recent = [late_s for at, late_s in self._seen if now - at <= REMEMBERED_S]
        return max([0.0, now - self._expected_at, *recent])

    def close(self) -> None:
        """Watch no more."""
        self._timer.cancel()

    def _tick(self) -> None:
        now = self._loop.time()
        late_s = now - self._expected_at
        if late_s > EVERY_S:
            self._seen.append((now, late_s))
        self._expected_at = now + EVERY_S
        self._timer = self._loop.call_later(EVERY_S, self._tick)
