"""Decides whether the plan allows one more change: at most so many per window, one of them kept for going down. It
never changes anything. The ladder drives one.
"""

from collections import deque

from failover.core.plan import RecoveryTimes


class Budget:
    """The changes of the plan's last window. Times are monotonic seconds."""

    def __init__(self, times: RecoveryTimes) -> None:
        self._times = times
        self._spent: deque[float] = deque()
        self._holding = False

    def allows(self, now: float, *, can_wait: bool) -> bool:
        """Whether one more change may be made; `can_wait`: it leaves one for going down."""
        while self._spent and now >= self._spent[0] + self._times.moves_window_s:
            self._spent.popleft()
        return len(self._spent) + can_wait < self._times.moves_max

    def spend(self, now: float) -> None:
        """One change is made, allowed or not: a human's word comes first."""
        self._spent.append(now)
        self._holding = False

    def hold(self) -> str:
        """Why no change is made, in words; empty where that was said since the last one."""
        if self._holding:
            return ""
        self._holding = True
        return f"{self._times.moves_max} changes within {self._times.moves_window_s:g} s: holding."

    def deadline(self) -> float | None:
        """When the oldest change leaves the window."""
        return self._spent[0] + self._times.moves_window_s if self._spent else None
