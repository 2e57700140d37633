"""Decides when a higher rung has earned its place back: after a clean spell, which every relapse lengthens. It never
looks at samples and never cuts. The ladder drives one machine per rung.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from broadcast.core.errors import IllegalMove
from broadcast.core.woke import Woke
from failover.core.plan import RecoveryTimes


class Turn(StrEnum):
    """What happened to the rung."""

    WELL = "well"
    FALTERED = "faltered"
    FAILED = "failed"
    REGAINED = "regained"
    RESTARTED = "restarted"


@dataclass(frozen=True, slots=True)
class Earned:
    """The rung has been clean for `spell_s`, without a break."""

    spell_s: float


class Recovery:
    """The standing of one rung. A failure after it was regained is a relapse, unless it held for the longest spell."""

    def __init__(self, times: RecoveryTimes) -> None:
        self._times = times
        self._spell_s = times.clean_spell_s
        self._well_since: float | None = None
        self._regained_at: float | None = None
        self.earned = False

    @property
    def spell_s(self) -> float:
        """How long the next clean spell must be."""
        return self._spell_s

    def step(self, event: Turn | Woke, now: float) -> Sequence[Earned]:
        """Earned, at the moment when the spell is whole."""
        match event:
            case Turn.WELL:
                if self._well_since is None:
                    self._well_since = now
            case Turn.FALTERED:
                self._move(well_since=None, earned=False)
            case Turn.FAILED:
                self._relapse(now)
                self._move(well_since=None, earned=False)
            case Turn.REGAINED:
                if self._well_since is None:
                    raise IllegalMove("a rung that is not well cannot be regained")
                self._regained_at = now
            case Turn.RESTARTED:
                self._move(well_since=None if self._well_since is None else now, earned=False)
            case Woke():
                pass
            case _:
                raise IllegalMove(f"recovery knows no {event!r}")
        if not self.earned and self._well_since is not None and now >= self._well_since + self._spell_s:
            self._move(well_since=self._well_since, earned=True)
            return [Earned(self._spell_s)]
        return []

    def deadline(self) -> float | None:
        """When the spell will be whole."""
        if self.earned or self._well_since is None:
            return None
        return self._well_since + self._spell_s

    def _relapse(self, now: float) -> None:
        if self._regained_at is None:
            return
        if now - self._regained_at < self._times.clean_spell_max_s:
            self._spell_s = min(self._spell_s * self._times.relapse_factor, self._times.clean_spell_max_s)
        else:
            self._spell_s = self._times.clean_spell_s
        self._regained_at = None

    def _move(self, *, well_since: float | None, earned: bool) -> None:
        if earned and well_since is None:
            raise IllegalMove("nothing is earned without a clean spell")
        self._well_since = well_since
        self.earned = earned
