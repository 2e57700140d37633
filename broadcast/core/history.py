"""Decides what a reader of a log may be shown next: every entry once, in order, with no hole; or a snapshot.

It never listens, reads or waits: it is told what came over the channel and what a reading found, and says when to
read. `broadcast/log/follow.py` drives it, for gateways and controllers alike.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from broadcast.core.entries import Entry
from broadcast.core.errors import IllegalMove, Outage
from broadcast.core.passing import Passing
from broadcast.core.position import Position
from broadcast.core.woke import Woke

HELD_MAX = 1_000
PROVE_AFTER_S = 10.0


# ---- what a reader is shown ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The log as it stands: its newest `entries`, its `state` fields, both at `position`.

    `whole`: the entries begin right after the position asked for (or none was asked for). Not whole: what was
    shown before can't be joined to these entries; drop it and begin anew from here.
    """

    entries: tuple[Entry, ...]
    position: Position
    state: Mapping[str, Any] = field(default_factory=dict)
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The log is away; nothing more comes until it is back."""

    outage: Outage


@dataclass(frozen=True, slots=True)
class Resumed:
    """The log is back, or goes on in a new epoch, and nothing was missed. The reader stands at `position`, by the log's
    present epoch; what happened meanwhile follows as entries."""

    position: Position


Shown = Snapshot | Entry | Passing | Interrupted | Resumed


# ---- events ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Opened:
    """The channel is open: from here on everything published arrives, or the channel is lost."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """Something came over the channel."""

    item: Entry | Passing


@dataclass(frozen=True, slots=True)
class Found:
    """The reading that was asked for: its fields are those of the log port's `Reading`."""

    entries: tuple[Entry, ...]
    position: Position
    state: Mapping[str, Any]
    whole: bool


@dataclass(frozen=True, slots=True)
class Lost:
    """The channel could not be opened, or was lost, or the reading failed; an open channel counts as closed now."""

    outage: Outage


Event = Opened | Arrived | Found | Lost | Woke


# ---- effects ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ask:
    """Read what comes after this position; None: the newest."""

    after: Position | None


@dataclass(frozen=True, slots=True)
class Show:
    """Hand this to the reader."""

    item: Shown


Effect = Ask | Show


class Phase(Enum):
    """`CLOSED`: no channel. `READING`: a reading was asked for. `LIVE`: what arrives is shown as it comes."""

    CLOSED = auto()
    READING = auto()
    LIVE = auto()


_NEXT = {
    Phase.CLOSED: (Phase.CLOSED, Phase.READING),
    Phase.READING: (Phase.CLOSED, Phase.READING, Phase.LIVE),
    Phase.LIVE: (Phase.CLOSED, Phase.READING, Phase.LIVE),
}


class History:
    """One reader's view of one log. `since` is where the reader stood when it came."""

    def __init__(self, since: Position | None = None) -> None:
        self._phase = Phase.CLOSED
        self._position = since
        self._begun = False
        self._told = False
        self._held: deque[Entry] = deque(maxlen=HELD_MAX)
        self._proven_at = 0.0

    @property
    def phase(self) -> Phase:
        """Where the machine stands."""
        return self._phase

    @property
    def position(self) -> Position | None:
        """The last place shown; before the first snapshot, where the reader came from."""
        return self._position

    def deadline(self) -> float | None:
        """When silence has lasted so long that a reading must prove that nothing was missed."""
        return self._proven_at + PROVE_AFTER_S if self._phase is Phase.LIVE else None

    def step(self, event: Event, now: float) -> list[Effect]:
        """What to do about `event`. IllegalMove for what cannot happen in this phase."""
        match event, self._phase:
            case Opened(), Phase.CLOSED:
                return self._ask()
            case Lost(outage), _:
                return self._lose(outage)
            case Arrived(Passing() as passing), Phase.READING | Phase.LIVE:
                return [Show(passing)] if self._begun else []
            case Arrived(Entry() as entry), Phase.READING:
                self._held.append(entry)
                return []
            case Arrived(Entry() as entry), Phase.LIVE:
                return self._take(entry, now)
            case Found(), Phase.READING:
                return self._merge(event, now)
            case Woke(), Phase.LIVE if now >= self._proven_at + PROVE_AFTER_S:
                return self._ask()
            case Woke(), _:
                return []
        raise IllegalMove(f"{type(event).__name__} while {self._phase.name}")

    def _take(self, entry: Entry, now: float) -> list[Effect]:
        if self._is_copy(entry):
            return []
        if self._is_next(entry):
            self._move(Phase.LIVE, Position(entry.epoch, entry.offset))
            self._proven_at = now
            return [Show(entry)]
        self._held.append(entry)
        return self._ask()

    def _ask(self) -> list[Effect]:
        self._move(Phase.READING, self._position)
        return [Ask(self._position)]

    def _lose(self, outage: Outage) -> list[Effect]:
        self._move(Phase.CLOSED, self._position)
        self._held.clear()
        told, self._told = self._told, True
        return [] if told else [Show(Interrupted(outage))]

    def _merge(self, found: Found, now: float) -> list[Effect]:
        _refuse_gaps(found, self._position)
        before = self._position if self._begun else None
        effects: list[Effect] = []
        if not self._begun or not found.whole:
            effects.append(Show(Snapshot(found.entries, found.position, found.state, found.whole)))
        else:
            resumed = Position(found.position.epoch, found.position.offset - len(found.entries))
            if self._told or self._position != resumed:
                effects.append(Show(Resumed(resumed)))
            effects += [Show(entry) for entry in found.entries]
        self._move(Phase.READING, found.position, rewound=not found.whole)
        self._begun, self._told, self._proven_at = True, False, now
        effects += self._release()
        if self._held and self._position != before:
            return effects + self._ask()
        # What is still held belongs to no place that the log itself knows of: it never joined the log.
        self._held.clear()
        self._move(Phase.LIVE, self._position)
        return effects

    def _release(self) -> list[Effect]:
        """Show what was held and follows without a hole; keep what doesn't."""
        effects: list[Effect] = []
        rest: list[Entry] = []
        for entry in sorted(self._held, key=lambda held: held.offset):
            if self._is_next(entry):
                self._move(Phase.READING, Position(entry.epoch, entry.offset))
                effects.append(Show(entry))
            elif not self._is_copy(entry):
                rest.append(entry)
        self._held = deque(rest, maxlen=HELD_MAX)
        return effects

    def _is_copy(self, entry: Entry) -> bool:
        here = self._position
        return here is not None and entry.epoch == here.epoch and entry.offset <= here.offset

    def _is_next(self, entry: Entry) -> bool:
        here = self._position
        return here is not None and entry.epoch == here.epoch and entry.offset == here.offset + 1

    def _move(self, phase: Phase, position: Position | None, *, rewound: bool = False) -> None:
        here = self._position
        if phase not in _NEXT[self._phase]:
            raise IllegalMove(f"{self._phase.name} to {phase.name}")
        if here is not None and not rewound and (position is None or _is_behind(position, here)):
            raise IllegalMove(f"from {here} back to {position}")
        self._phase, self._position = phase, position


def _is_behind(there: Position, here: Position) -> bool:
    return there.epoch == here.epoch and there.offset < here.offset


def _refuse_gaps(found: Found, here: Position | None) -> None:
    """A reading that is no unbroken run up to its own position is a broken promise of the log's, not a late message."""
    first = found.position.offset - len(found.entries) + 1
    for offset, entry in enumerate(found.entries, first):
        if entry.offset != offset or entry.epoch != found.position.epoch:
            raise IllegalMove(f"a reading up to {found.position} holds {entry.epoch}:{entry.offset} for {offset}")
    if found.whole and here is not None and here.epoch == found.position.epoch and first != here.offset + 1:
        raise IllegalMove(f"a reading up to {found.position} of {len(found.entries)} does not begin after {here}")
