"""Decides when the programme is said again, because a gateway shows its members something else. It waits a moment, for
the programme may be about to change, and answers one gateway ever more seldom. The ladder drives one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from broadcast.core.errors import IllegalMove
from broadcast.core.woke import Woke

GATEWAYS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class RestatementPolicy:
    """`after_s`: the first answer; then `again_s` between two answers to one gateway, doubling up to `max_s`."""

    after_s: float = 0.5
    again_s: float = 2.0
    max_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Deviated:
    """The gateway shows something else."""

    gateway: str


@dataclass(frozen=True, slots=True)
class Agreed:
    """The gateway shows the programme."""

    gateway: str


@dataclass(frozen=True, slots=True)
class Changed:
    """The programme changed, which answers everyone."""


@dataclass(frozen=True, slots=True)
class Restate:
    """Say the programme again, because of these."""

    gateways: tuple[str, ...]


RestatementEvent = Deviated | Agreed | Changed | Woke


@dataclass(slots=True)
class _Patience:
    due_at: float
    wait_s: float
    waiting: bool = True


class Restatement:
    """Who shows something else, and when they are answered."""

    def __init__(self, policy: RestatementPolicy) -> None:
        self._policy = policy
        self._known: dict[str, _Patience] = {}

    def step(self, event: RestatementEvent, now: float) -> Sequence[Restate]:
        """Restate, when somebody's time has come."""
        match event:
            case Deviated(gateway):
                self._deviate(gateway, now)
            case Agreed(gateway):
                if gateway in self._known:
                    self._known[gateway].waiting = False
            case Changed():
                self._known.clear()
            case Woke():
                pass
            case _:
                raise IllegalMove(f"restatement knows no {event!r}")
        due = [name for name, known in self._known.items() if known.waiting and now >= known.due_at]
        for name in due:
            self._answer(self._known[name], now)
        return [Restate(tuple(due))] if due else []

    def deadline(self) -> float | None:
        """When the next answer is due."""
        return min((known.due_at for known in self._known.values() if known.waiting), default=None)

    def _deviate(self, gateway: str, now: float) -> None:
        known = self._known.get(gateway)
        if known is None:
            if len(self._known) < GATEWAYS_MAX:
                self._known[gateway] = _Patience(now + self._policy.after_s, self._policy.again_s)
        elif not known.waiting:
            known.waiting = True
            known.due_at = max(known.due_at, now + self._policy.after_s)

    def _answer(self, known: _Patience, now: float) -> None:
        known.waiting = False
        known.due_at = now + known.wait_s
        known.wait_s = min(known.wait_s * 2, self._policy.max_s)
