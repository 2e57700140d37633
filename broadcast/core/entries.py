"""What stands in a room's log: every entry's body, and how the log takes and gives them.

An *entry* has an offset and is never lost (what has none and may be dropped is in `passing`). Bodies are tagged maps on
the wire (`type` names them); the offset and the time are the log's, not the author's, and travel beside the body.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from msgspec import Struct
from msgspec import field as named

from broadcast.core.position import LogId, MemberId


class Role(StrEnum):
    """What a person may do. Staff are host, moderator and operator; `node` and `publisher` are programs."""

    ATTENDEE = "attendee"
    MODERATOR = "moderator"
    HOST = "host"
    OPERATOR = "operator"
    PUBLISHER = "publisher"
    NODE = "node"

    @property
    def is_staff(self) -> bool:
        """Whether the staff log is theirs to read."""
        return self in (Role.MODERATOR, Role.HOST, Role.OPERATOR)


class Kind(StrEnum):
    """What a feed carries."""

    VIDEO = "video"
    AUDIO = "audio"


class RungKind(StrEnum):
    """The ways to hold an event, best first."""

    MAIN = "main"
    STANDBY = "standby"
    AUDIO = "audio"
    REPLAY = "replay"
    SLATE = "slate"
    BACKUP_ROOM = "backup_room"


class EventState(StrEnum):
    """The life of an event: scheduled, open (doors), live, on a break, ended."""

    SCHEDULED = "scheduled"
    OPEN = "open"
    LIVE = "live"
    BREAK = "break"
    ENDED = "ended"


class Person(Struct, frozen=True):
    """Who said or did it, as the room may know them."""

    id: MemberId
    name: str
    role: Role


class Body(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Root of everything a log carries."""


class Chat(Body, tag="chat", frozen=True):
    """Something said."""

    author: Person = named(name="from")
    text: str


class Tip(Body, tag="tip", frozen=True):
    """A tip that the ledger has as confirmed. `amount` is in the currency's minor units (cents)."""

    author: Person = named(name="from")
    tip: str
    amount: int
    currency: str
    text: str = ""


class Deleted(Body, tag="deleted", frozen=True):
    """The entry at offset `target` is withdrawn."""

    target: int
    by: Person


class Moderated(Body, tag="moderated", frozen=True):
    """`action` was taken against a member. `until` is ISO 8601 UTC; None: without end (or, for unban, at once)."""

    member: MemberId
    name: str
    action: Literal["kick", "ban", "unban", "mute", "timeout"]
    by: Person
    until: str | None = None


class Cut(Body, tag="cut", frozen=True):
    """The programme from here on. `source` None: nothing is sent. `reason` is the sentence people read; `cause` is
    for machines (`main_silent`, `recovered`, `pinned`, …)."""

    source: str | None
    rung: RungKind
    reason: str
    cause: str
    incident: str | None = None
    words: str = ""


class Notice(Body, tag="notice", frozen=True):
    """Something everyone must know. `step` names the incident's step that it belongs to, if any."""

    text: str
    severity: Literal["info", "warning", "critical"] = "info"
    link: str | None = None
    step: str | None = None


class Moved(Body, tag="moved", frozen=True):
    """The audience goes to `room`, each member at a moment of its own within `spread_ms`."""

    room: str
    url: str
    spread_ms: int
    reason: str
    incident: str | None = None


class EventChanged(Body, tag="event", frozen=True):
    """The event entered `state`. `reason` is the host's words, if any (what comes next)."""

    state: EventState
    by: Person | None = None
    reason: str = ""


class Settings(Body, tag="settings", frozen=True):
    """The room's house rules from here on."""

    slow_mode_s: int = 0
    locked: bool = False


class Question(Body, tag="question", frozen=True):
    """A question as it now stands; a later entry with the same `id` replaces it."""

    id: str
    author: Person = named(name="from")
    text: str
    state: Literal["open", "answered"] = "open"
    answer: str = ""
    answered_by: Person | None = None


class Order(Struct, frozen=True, kw_only=True):
    """A standing order: where `source`, of which `kind` is sent, has been silent for the larger of `after_ms` and
    `intervals` times its usual interval, a gateway may go to `then` at once, for its own members. What counts as its
    silence while one kind still comes, `programme` decides."""

    source: str
    then: str
    kind: Kind = Kind.VIDEO
    after_ms: int = 150
    intervals: float = 4.0


class Orders(Body, tag="orders", frozen=True):
    """Staff log: the plan's standing orders, under the leader's lease `token`."""

    orders: tuple[Order, ...]
    token: int


class Override(Body, tag="override", frozen=True):
    """Staff log: a human took the wheel. `until` is ISO 8601 UTC for a veto; `rung` None for a release."""

    action: Literal["force", "pin", "veto", "release"]
    by: Person
    rung: RungKind | None = None
    until: str | None = None


class Step(Body, tag="step", frozen=True):
    """Staff log: one line of an incident's timeline."""

    incident: str
    step: str
    what: Literal["opened", "verdict", "decided", "cut", "moved", "notice", "override", "recovered", "closed", "held"]
    text: str
    drill: bool = False


EntryBody = (
    Chat
    | Tip
    | Deleted
    | Moderated
    | Cut
    | Notice
    | Moved
    | EventChanged
    | Settings
    | Question
    | Orders
    | Override
    | Step
)


# ---- how the log takes and gives them -------------------------------------------------------------------------------


class Standing(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A member's standing in an event, in every room of it. Times are Unix milliseconds; 0 none, -1 without end."""

    banned_until_ms: int = 0
    kicked_until_ms: int = 0
    muted_until_ms: int = 0


@dataclass(frozen=True, slots=True)
class Lease:
    """A leader's right to write: `token` only grows within a lineage."""

    name: str
    token: int


@dataclass(frozen=True, slots=True)
class Draft:
    """What a writer asks a log to append.

    `key` is unique per `author`: the same pair again answers with the first outcome, within the log's memory of
    keys; with `checked` in whichever log of the event, otherwise on the same log. `sets` changes the room's state
    fields (None deletes) and `standings` the event's standings (a time of 0 leaves the one that is there, None deletes
    all), atomically with the append. With `checked` the author's standing is looked at first (bans, mutes). With
    `lease` the append is refused as `stale_lease` unless that lease is the one in force.
    """

    body: EntryBody
    key: str
    author: MemberId
    checked: bool = True
    sets: Mapping[str, Any] = field(default_factory=dict)
    standings: Mapping[MemberId, Standing | None] = field(default_factory=dict)
    lease: Lease | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One place in a log. `at_ms` is Unix milliseconds, UTC, by the log's clock."""

    log: LogId
    epoch: str
    offset: int
    at_ms: int
    body: EntryBody
