"""What one member who can't take everything is still sent: all, no media until a key frame, or nothing until it can.

It never sees a byte: it is told how much lies unsent and how much the member was sent lately, so age is judged without
a queue. One per member that receives media or falls behind, driven by the hub's sweep and the transport's own signals.

The law: media is dropped when its oldest unsent part is older than half a second; log entries are never dropped, only
fetched again by position; who cannot be helped within `GIVE_UP_S` is told to come back.
"""

from dataclasses import dataclass
from enum import Enum, auto

from broadcast.core.errors import IllegalMove
from broadcast.core.woke import Woke

LAG_S = 1.0
GIVE_UP_S = 30.0


@dataclass(frozen=True, slots=True)
class Measured:
    """`unsent_bytes` lie in the transport; `recent_bytes` were sent to the member within the last half second."""

    unsent_bytes: int
    recent_bytes: int


@dataclass(frozen=True, slots=True)
class Paused:
    """The transport takes no more (its high-water mark)."""


@dataclass(frozen=True, slots=True)
class Flowing:
    """The transport takes more again (its low-water mark)."""


@dataclass(frozen=True, slots=True)
class KeyCame:
    """A key frame is at hand; `unsent_bytes` lie in the transport."""

    unsent_bytes: int


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """The member has had every entry again, and is back in the fan-out."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Its gap could not be filled."""


OutboxEvent = Measured | Paused | Flowing | KeyCame | CaughtUp | Failed | Woke


@dataclass(frozen=True, slots=True)
class DropMedia:
    """Send no media from here on."""


@dataclass(frozen=True, slots=True)
class TakeMedia:
    """Send media again, beginning with the key frame at hand."""


@dataclass(frozen=True, slots=True)
class Leave:
    """Take the member out of the fan-out; remember its position."""


@dataclass(frozen=True, slots=True)
class CatchUp:
    """Send what it missed, from its position, and take it in again."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Close as LAGGING."""


OutboxEffect = DropMedia | TakeMedia | Leave | CatchUp | GiveUp


class Phase(Enum):
    """`FLOWING` gets everything, `DRY` no media, `LAGGING` nothing, `CATCHING` what it missed, `GIVEN_UP` nothing."""

    FLOWING = auto()
    DRY = auto()
    LAGGING = auto()
    CATCHING = auto()
    GIVEN_UP = auto()


_NEXT = {
    Phase.FLOWING: (Phase.DRY, Phase.LAGGING),
    Phase.DRY: (Phase.FLOWING, Phase.LAGGING),
    Phase.LAGGING: (Phase.CATCHING, Phase.GIVEN_UP),
    Phase.CATCHING: (Phase.DRY, Phase.GIVEN_UP),
    Phase.GIVEN_UP: (),
}


class Outbox:
    """One member's."""

    __slots__ = ("_paused_at", "_phase")

    def __init__(self) -> None:
        self._phase = Phase.FLOWING
        self._paused_at: float | None = None

    @property
    def phase(self) -> Phase:
        """Where the machine stands."""
        return self._phase

    def deadline(self) -> float | None:
        """When a pause becomes a lag, or a lag hopeless."""
        if self._paused_at is None or self._phase is Phase.GIVEN_UP:
            return None
        late = self._phase in (Phase.LAGGING, Phase.CATCHING)
        return self._paused_at + (GIVE_UP_S if late else LAG_S)

    def step(self, event: OutboxEvent, now: float) -> list[OutboxEffect]:
        """What follows from `event`. IllegalMove: caught up, or failed to, without having been asked to."""
        if self._phase is Phase.GIVEN_UP:
            return []
        match event:
            case Measured(unsent, recent):
                return self._move(Phase.DRY, [DropMedia()]) if self._is_flowing and unsent > recent else []
            case Paused():
                self._paused_at = now if self._paused_at is None else self._paused_at
                return []
            case Flowing():
                self._paused_at = None
                return self._move(Phase.CATCHING, [CatchUp()]) if self._phase is Phase.LAGGING else []
            case KeyCame(unsent):
                return self._move(Phase.FLOWING, [TakeMedia()]) if self._phase is Phase.DRY and not unsent else []
            case CaughtUp() | Failed():
                return self._caught(event)
            case _:
                return self._wake(now)

    @property
    def _is_flowing(self) -> bool:
        return self._phase is Phase.FLOWING

    def _caught(self, event: CaughtUp | Failed) -> list[OutboxEffect]:
        if self._phase is not Phase.CATCHING:
            raise IllegalMove(f"{type(event).__name__} while {self._phase.name}")
        if isinstance(event, Failed):
            return self._move(Phase.GIVEN_UP, [GiveUp()])
        return self._move(Phase.DRY, [])

    def _wake(self, now: float) -> list[OutboxEffect]:
        deadline = self.deadline()
        if deadline is None or now < deadline:
            return []
        if self._phase in (Phase.LAGGING, Phase.CATCHING):
            return self._move(Phase.GIVEN_UP, [GiveUp()])
        return self._move(Phase.LAGGING, [Leave()])

    def _move(self, to: Phase, effects: list[OutboxEffect]) -> list[OutboxEffect]:
        if to not in _NEXT[self._phase]:
            raise IllegalMove(f"{self._phase.name} to {to.name}")
        self._phase = to
        return effects
