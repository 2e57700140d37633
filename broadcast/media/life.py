"""The life of one publication: connecting, waiting for media, up, over.

It decides when a source is announced and when it is given up; it touches no peer and reads no clock. `publication`
drives it through broadcast.driver, with a sample four times a second.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from broadcast.core.entries import Kind
from broadcast.core.errors import IllegalMove
from broadcast.core.woke import Woke

CONNECT_S: Final = 10.0
SILENT_S: Final = 10.0
PICTURE_GRACE_S: Final = 1.0
TAKEN_S: Final = 1.0
FLOOD_SAMPLES: Final = 20


class Stage(Enum):
    """Where a publication is in its life."""

    CONNECTING = auto()
    WAITING = auto()
    UP = auto()
    OVER = auto()


@dataclass(frozen=True, slots=True)
class Connected:
    """ICE and DTLS are through."""


@dataclass(frozen=True, slots=True)
class Flowed:
    """The first frame of this kind that a decoder can begin with has come."""

    kind: Kind


@dataclass(frozen=True, slots=True)
class Sampled:
    """At this tick, the newest RTP packet of any kind was that of `heard_at` (the clock of `now`). `flood`: far more
    came in the last second than was allowed."""

    heard_at: float
    flood: bool = False


@dataclass(frozen=True, slots=True)
class Left:
    """Somebody ended it: `reason` in one word."""

    reason: str


@dataclass(frozen=True, slots=True)
class Announce:
    """Tell the readers that the source is up."""


@dataclass(frozen=True, slots=True)
class End:
    """Close the peer; tell the readers, where the source was up (`announced`)."""

    reason: str
    announced: bool


Event = Connected | Flowed | Sampled | Left | Woke
Effect = Announce | End
_MOVES: Final = {
    (Stage.CONNECTING, Stage.WAITING),
    (Stage.WAITING, Stage.UP),
    (Stage.CONNECTING, Stage.OVER),
    (Stage.WAITING, Stage.OVER),
    (Stage.UP, Stage.OVER),
}


def is_taken(heard_at: float, now: float) -> bool:
    """Whether a publication last heard at `heard_at` (before its first packet: begun then) still holds its place."""
    return now - heard_at <= TAKEN_S


class Life:
    """One publication's life. `picture` says whether its offer has a picture, which is waited for a moment."""

    def __init__(self, *, picture: bool, now: float) -> None:
        self.stage = Stage.CONNECTING
        self._picture = picture
        self._until: float | None = now + CONNECT_S
        self._flooded = 0

    def step(self, event: Event, now: float) -> list[Effect]:
        """Take one event. IllegalMove for media before the connection."""
        if self.stage is Stage.OVER:
            return []
        match event:
            case Connected():
                return self._connected(now)
            case Flowed(kind):
                return self._flowed(kind, now)
            case Sampled(heard_at, flood):
                return self._sampled(heard_at, now, flood=flood)
            case Left(reason):
                return self._end(reason)
            case _:
                return self._woke(now)

    def deadline(self) -> float | None:
        """When the connection must stand, or when the sound stops waiting for the picture."""
        return self._until

    def _connected(self, now: float) -> list[Effect]:
        if self.stage is Stage.CONNECTING:
            self._move(Stage.WAITING, None)
        return []

    def _flowed(self, kind: Kind, now: float) -> list[Effect]:
        if self.stage is Stage.CONNECTING:
            raise IllegalMove("media came before the connection stood")
        if self.stage is Stage.UP:
            return []
        if kind is Kind.VIDEO or not self._picture:
            return self._up()
        if self._until is None:
            self._until = now + PICTURE_GRACE_S
        return []

    def _sampled(self, heard_at: float, now: float, *, flood: bool) -> list[Effect]:
        self._flooded = self._flooded + 1 if flood else 0
        if self._flooded >= FLOOD_SAMPLES:
            return self._end("too_much")
        if self.stage is not Stage.CONNECTING and now - heard_at >= SILENT_S:
            return self._end("silent")
        return []

    def _woke(self, now: float) -> list[Effect]:
        if self._until is None or now < self._until:
            return []
        return self._end("never_connected") if self.stage is Stage.CONNECTING else self._up()

    def _up(self) -> list[Effect]:
        self._move(Stage.UP, None)
        return [Announce()]

    def _end(self, reason: str) -> list[Effect]:
        announced = self.stage is Stage.UP
        self._move(Stage.OVER, None)
        return [End(reason, announced)]

    def _move(self, stage: Stage, until: float | None) -> None:
        if (self.stage, stage) not in _MOVES:
            raise IllegalMove(f"{self.stage.name} does not lead to {stage.name}")
        self.stage = stage
        self._until = until
