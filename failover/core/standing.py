"""What a ladder is told, what it finds when it begins, and how patient it is. Values alone; nothing is decided here.
The controller makes them, the ladder obeys them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from broadcast.core.entries import EventState, RungKind
from broadcast.core.woke import Woke
from failover.core.decision import Decision, LadderEffect
from failover.core.restatement import RestatementPolicy
from failover.core.verdict import Judged, Verdict


@dataclass(frozen=True, slots=True)
class LadderPolicy:
    """What the plan does not say. `grace_s`: how long a show that begins waits for a source, and how long a controller
    that takes over waits to see one. `picture_grace_s`: how long a show whose sound is there waits for the picture.
    `late_told_s`: how long after a show became late it is still said by a controller that takes over; the log knows for
    as long what was said before (KEY_MEMORY_S), and later on somebody has said it."""

    grace_s: float = 5.0
    picture_grace_s: float = 2.0
    late_told_s: float = 500.0
    restatement: RestatementPolicy = RestatementPolicy()


@dataclass(frozen=True, slots=True)
class Turned:
    """The event entered `state`."""

    state: EventState


@dataclass(frozen=True, slots=True)
class SourceJudged:
    """A source of `room` has a new judgement."""

    room: str
    source: str
    judged: Judged


@dataclass(frozen=True, slots=True)
class Surveyed:
    """Judgements that came in one moment: what falls together is decided upon together."""

    sources: tuple[SourceJudged, ...]


@dataclass(frozen=True, slots=True)
class TargetJudged:
    """The backup room has a new verdict."""

    verdict: Verdict
    why: str


@dataclass(frozen=True, slots=True)
class Forced:
    """Go there now, then go on as usual."""

    rung: RungKind
    by: str


@dataclass(frozen=True, slots=True)
class Pinned:
    """Go there and stay."""

    rung: RungKind
    by: str


@dataclass(frozen=True, slots=True)
class Vetoed:
    """Change nothing for `for_s`."""

    for_s: float
    by: str


@dataclass(frozen=True, slots=True)
class Released:
    """Neither pin nor veto any more."""

    by: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A gateway says what its members in `room` are shown."""

    gateway: str
    room: str
    source: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What a ladder finds when it begins: the newest decision in the audience's `room`, made `age_s` ago, whether its
    incident is `closed` since, a human's word if one is in force, and what is known of the sources. `late_s`: in how
    many seconds a show that has not begun is late; None where nobody said when it is to begin."""

    room: str
    state: EventState
    decision: Decision | None = None
    age_s: float = 0.0
    closed: bool = False
    pinned: RungKind | None = None
    veto_s: float | None = None
    sources: tuple[SourceJudged, ...] = ()
    target: TargetJudged | None = None
    late_s: float | None = None


LadderEvent = Turned | Surveyed | TargetJudged | Forced | Pinned | Vetoed | Released | Seen | Woke
Effects = Sequence[LadderEffect]
