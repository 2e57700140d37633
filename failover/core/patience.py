"""Decides how long what is on air and has failed is waited for, where leaving it would cost the picture, or the sound.
It never judges a source and never cuts. The ladder drives one, for what is on air.

The law: only the time in which it is bad counts. While it mends the count stands still, so that one that keeps coming
and going is given up all the same; once it is well the count begins anew; who has said goodbye is not waited for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from broadcast.core.errors import IllegalMove
from broadcast.core.woke import Woke

LATE_S: Final = 0.25


class Trouble(StrEnum):
    """How it is with what is on air. `GONE`: there is nothing to wait for."""

    BAD = "bad"
    MENDING = "mending"
    GONE = "gone"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class GivenUp:
    """It has been bad for `bad_s` seconds in all."""

    bad_s: float


class Patience:
    """The wait for one source; `wait_s` 0 waits for nobody. `given_up` stays until it mends or the trouble is over."""

    def __init__(self, wait_s: float) -> None:
        self._wait_s = wait_s
        self._spent_s = 0.0
        self._bad_since: float | None = None
        self._excused = False
        self.given_up = False

    def step(self, event: Trouble | Woke, now: float) -> Sequence[GivenUp]:
        """Given up, at the moment when it is."""
        due = self.deadline()
        if due is not None and now > due + LATE_S and not self._excused:
            # It is we who were away: what came meanwhile has not been read yet. Once is enough.
            self._excused = True
            self._bad_since, self._spent_s = now, self._wait_s - LATE_S
        match event:
            case Trouble.BAD:
                if self._bad_since is None:
                    self._bad_since = now
            case Trouble.MENDING:
                self._move(spent_s=self._bad_s(now), bad_since=None)
            case Trouble.GONE:
                return self._give_up(now)
            case Trouble.OVER:
                self._excused = False
                self._move(spent_s=0.0, bad_since=None)
            case Woke():
                pass
            case _:
                raise IllegalMove(f"patience knows no {event!r}")
        due = self.deadline()
        return self._give_up(now) if due is not None and now >= due else []

    @property
    def waiting(self) -> bool:
        """Whether it is waited for."""
        return not self.given_up and (self._bad_since is not None or self._spent_s > 0)

    def deadline(self) -> float | None:
        """When the wait will be over, if it stays bad."""
        if self.given_up or self._bad_since is None:
            return None
        return self._bad_since + self._wait_s - self._spent_s

    def _bad_s(self, now: float) -> float:
        return self._spent_s + (0.0 if self._bad_since is None else now - self._bad_since)

    def _give_up(self, now: float) -> Sequence[GivenUp]:
        if self.given_up:
            return []
        self.given_up = True
        return [GivenUp(self._bad_s(now))]

    def _move(self, *, spent_s: float, bad_since: float | None) -> None:
        self._spent_s, self._bad_since, self.given_up = spent_s, bad_since, False
