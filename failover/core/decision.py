"""What the ladder decides, as values, and what follows from a decision: the incident's lines, the words to the room,
the mail. A decision says everything that follows from it, so whoever finds it stored can finish what its author began.
The ladder makes decisions; the controller carries them out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from broadcast.core.entries import RungKind

Severity = Literal["info", "warning", "critical"]
What = Literal["opened", "verdict", "decided", "cut", "moved", "notice", "override", "recovered", "closed", "held"]


@dataclass(frozen=True, slots=True)
class Decision:
    """One change of what a room is shown, or of the room. `number` counts an incident's steps from 1 (0 without an
    incident). `to` is the room that the audience of `room` goes to. `opens` and `closes` tell what becomes of the
    incident; `words` are empty where the room need not be told."""

    room: str
    rung: RungKind
    source: str | None
    cause: str
    reason: str
    words: str = ""
    incident: str | None = None
    number: int = 0
    opens: bool = False
    closes: bool = False
    to: str | None = None
    spread_ms: int = 0


@dataclass(frozen=True, slots=True)
class Cut:
    """Change (or restate) the programme of a room."""

    decision: Decision
    again: int = 0


@dataclass(frozen=True, slots=True)
class Move:
    """Take the audience to another room."""

    decision: Decision


@dataclass(frozen=True, slots=True)
class Notice:
    """Tell the room."""

    room: str
    text: str
    severity: Severity
    incident: str
    number: int


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """Begin an incident's timeline."""

    incident: str
    room: str
    cause: str
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the timeline. `last`: everything that follows from the step has been done before it."""

    room: str
    incident: str
    number: int
    what: What
    text: str
    last: bool = False


@dataclass(frozen=True, slots=True)
class CloseIncident:
    """End an incident's timeline."""

    incident: str
    room: str
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class TellContacts:
    """Tell everyone who left an address: the audience of `room` is now in `to`."""

    incident: str
    number: int
    room: str
    to: str
    words: str


@dataclass(frozen=True, slots=True)
class SetOrders:
    """Put the plan's standing orders in force, or withdraw them."""

    active: bool


@dataclass(frozen=True, slots=True)
class GoLive:
    """Begin the event, because `source` is there."""

    source: str


LadderEffect = Cut | Move | Notice | OpenIncident | Line | CloseIncident | TellContacts | SetOrders | GoLive

LANDING = "moved"
"""The cause of the cut that awaits the audience in the room that it is led to; the move itself tells the rest."""

ARRIVED = "You're in the backup room; the show goes on here."
"""The reason of that cut: whoever comes by a link reads it first."""

LANDED = "The backup room has its main camera."
"""Why an incident ends with it, where that is so."""

NAMES: Final = {
    RungKind.MAIN: "The main camera",
    RungKind.STANDBY: "The second camera",
    RungKind.AUDIO: "The sound",
    RungKind.SLATE: "The slate",
    RungKind.BACKUP_ROOM: "The backup room",
}
"""What a rung is called in a sentence."""

_ON = {
    RungKind.MAIN: "The main camera is on air.",
    RungKind.STANDBY: "The second camera is on air.",
    RungKind.AUDIO: "Only the sound is on air.",
    RungKind.SLATE: "The slate is up; questions go on in writing.",
}


def follow_up(decision: Decision) -> Sequence[LadderEffect]:
    """What is to be done after `decision` stands in the log. Doing it twice is harmless: every part has its key."""
    incident, number, room = decision.incident, decision.number, decision.room
    if incident is None:
        return []
    if decision.cause == LANDING:
        return [CloseIncident(incident, room, number, LANDED)] if decision.closes else []
    effects: list[LadderEffect] = []
    if decision.to is None and decision.words:
        effects.append(announcement(decision, incident))
    if decision.opens:
        effects.append(OpenIncident(incident, room, decision.cause, decision.reason))
    effects.append(Line(room, incident, number, "decided", decision.reason))
    if decision.to is not None:
        effects.append(TellContacts(incident, number, room, decision.to, decision.words))
        effects.append(Line(room, incident, number, "moved", f"The audience goes to {decision.to}."))
    else:
        what: What = "recovered" if decision.closes else "cut"
        effects.append(Line(room, incident, number, what, _ON[decision.rung]))
    told = f"The room was told: {decision.words}" if decision.words else "The room was not told."
    effects.append(Line(room, incident, number, "notice", told, last=not decision.closes))
    if decision.closes:
        effects.append(CloseIncident(incident, room, number, "Back on the main camera."))
    return effects


def announcement(decision: Decision, incident: str) -> Notice:
    """The plan's words for this step, to the room."""
    severity: Severity = "warning"
    if decision.closes:
        severity = "info"
    elif decision.to is not None:
        severity = "critical"
    return Notice(decision.room, decision.words, severity, incident, decision.number)
