"""The contingency plan of an event as frozen values, with the words and figures that hold where it says nothing. It
checks nothing and reads no file; `planfile` makes it from text. The controller and the machines obey it.
"""

from dataclasses import dataclass
from typing import Final, Literal

from broadcast.core.entries import RungKind

WORDS: Final = {
    RungKind.MAIN: "The host's camera is back.",
    RungKind.STANDBY: "The host's camera has dropped out. You're on the second camera.",
    RungKind.AUDIO: "The picture has dropped out. You can still hear the host.",
    RungKind.SLATE: "Picture and sound have dropped out. Stay here: ask your questions in writing until they are back.",
    RungKind.BACKUP_ROOM: "The show goes on in the backup room. You're being taken there; there is nothing to do.",
}


@dataclass(frozen=True, slots=True)
class Rung:
    """One way to hold the event. `words` are what people are told when they arrive on it. `leads_on_after_s`: how long
    it may last before the next one is taken. `room` and `spread_ms` belong to the backup room alone."""

    kind: RungKind
    words: str
    leads_on_after_s: float | None = None
    room: str | None = None
    spread_ms: int = 2_000
    link: str = ""


@dataclass(frozen=True, slots=True)
class Show:
    """When the event goes live, and how late a host may be before staff is told."""

    goes_live: Literal["first_publisher", "host"] = "host"
    late_after_s: float = 600.0


@dataclass(frozen=True, slots=True)
class Owners:
    """Whom to call, by name."""

    lead: str = ""
    deputy: str = ""

    @property
    def named(self) -> str:
        """Whoever is named; empty where nobody is."""
        return " or ".join(name for name in (self.lead, self.deputy) if name)

    @property
    def called(self) -> str:
        """Who must see to it, as the beginning of a sentence."""
        return self.named or "Somebody"


@dataclass(frozen=True, slots=True)
class StandingOrders:
    """When a gateway may leave a silent source by itself: after the larger of both. A picture that rests
    while its sound goes on is given longer (`programme.REST_S`)."""

    silent_after_ms: int = 150
    silent_intervals: float = 4.0


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How much silence condemns a source, how long it must be good before it counts as healthy again, and how long one
    that has failed is waited for, where there is no other picture (or, without one, no other sound) to go to."""

    fail_after_ms: int = 400
    clear_after_ms: int = 1_000
    picture_wait_ms: int = 1_500


@dataclass(frozen=True, slots=True)
class RecoveryTimes:
    """How a higher rung earns its place back, and how often the programme may change at all."""

    clean_spell_s: float = 3.0
    relapse_factor: float = 2.0
    clean_spell_max_s: float = 60.0
    moves_max: int = 30
    moves_window_s: float = 600.0


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole plan: rungs best first; everything that was not said has its default."""

    rungs: tuple[Rung, ...]
    show: Show = Show()
    owners: Owners = Owners()
    standing_orders: StandingOrders = StandingOrders()
    thresholds: Thresholds = Thresholds()
    recovery: RecoveryTimes = RecoveryTimes()

    @property
    def backup_room(self) -> str | None:
        """The room that it leads to, if it does."""
        return next((rung.room for rung in self.rungs if rung.kind is RungKind.BACKUP_ROOM), None)


def usual_plan(backup_room: str | None) -> Plan:
    """What an event is guarded by whose own plan cannot be read."""
    kinds = (RungKind.MAIN, RungKind.STANDBY, RungKind.AUDIO)
    rungs = [Rung(kind, WORDS[kind]) for kind in kinds]
    slate, room = RungKind.SLATE, RungKind.BACKUP_ROOM
    if backup_room is None:
        return Plan((*rungs, Rung(slate, WORDS[slate])))
    return Plan((*rungs, Rung(slate, WORDS[slate], leads_on_after_s=60), Rung(room, WORDS[room], room=backup_room)))
