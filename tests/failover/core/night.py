"""A ladder driven in virtual time, as the driver does it, and the words that its effects make. Every test of a part of
the ladder tells its stories with it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from broadcast.core.entries import EventState, RungKind
from broadcast.core.woke import Woke
from failover.core.decision import (
    CloseIncident,
    Cut,
    GoLive,
    LadderEffect,
    Line,
    Move,
    Notice,
    OpenIncident,
    SetOrders,
    TellContacts,
)
from failover.core.ladder import Ladder
from failover.core.plan import Owners, Plan, RecoveryTimes, Rung, Show
from failover.core.standing import LadderEvent, SourceJudged, Standing, Surveyed, Turned
from failover.core.verdict import Judged, Verdict

K = RungKind
LIVE, OPEN, BREAK, ENDED = EventState.LIVE, EventState.OPEN, EventState.BREAK, EventState.ENDED
H, S, F, U = Verdict.HEALTHY, Verdict.SUSPECT, Verdict.FAILED, Verdict.UNKNOWN
FINE = Judged(H, H, "picture and sound are fine")
GONE = Judged(F, F, "its publisher left", gone=True)
LOST = Judged(F, F, "no picture, no sound")
MENDING = Judged(F, F, "no picture, no sound", video_mends=True, audio_mends=True)
DARK = Judged(F, H, "no picture")
DOUBTED = Judged(S, S, "its picture has stopped")

PLAN = Plan(
    rungs=(
        Rung(K.MAIN, "Back."),
        Rung(K.STANDBY, "Second camera."),
        Rung(K.AUDIO, "Sound only."),
        Rung(K.SLATE, "Slate.", leads_on_after_s=60),
        Rung(K.BACKUP_ROOM, "Moving.", room="demo.backup", spread_ms=2000),
    ),
    show=Show(goes_live="first_publisher"),
    owners=Owners("Ada", "Ben"),
    recovery=RecoveryTimes(clean_spell_s=3, moves_max=30, moves_window_s=600),
)


def judged(room: str = "demo", **sources: Judged) -> Surveyed:
    return Surveyed(tuple(SourceJudged(room, name, each) for name, each in sources.items()))


@dataclass
class Night:
    """A ladder driven as the driver does it: every deadline is kept while time goes on."""

    plan: Plan = PLAN
    standing: Standing = field(default_factory=lambda: Standing("demo", OPEN))
    now: float = 0.0
    lines: list[str] = field(default_factory=list)
    effects: list[LadderEffect] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ladder = Ladder(self.plan, self.standing, "run", self.now)
        self.give(Woke())

    def give(self, *events: LadderEvent, at: float | None = None) -> "Night":
        if at is not None:
            self.until(at)
        for event in events:
            self._note(self.ladder.step(event, self.now))
        return self

    def until(self, at: float) -> "Night":
        for _ in range(1_000):
            due = self.ladder.deadline()
            if due is None or due > at:
                break
            self.now = max(self.now, due)
            self._note(self.ladder.step(Woke(), self.now))
        else:
            raise AssertionError("the ladder spins")
        self.now = at
        return self

    def _note(self, effects: Iterable[LadderEffect]) -> None:
        for effect in effects:
            self.effects.append(effect)
            self.lines.append(f"{self.now:g} {said(effect)}")

    @property
    def cuts(self) -> list[str]:
        """What is shown, and since when."""
        return [line for line in self.lines if " cut " in line or " move " in line]

    def of(self, kind: type) -> list[LadderEffect]:
        return [effect for effect in self.effects if isinstance(effect, kind)]


def said(effect: LadderEffect) -> str:
    match effect:
        case Cut(decision, again):
            where = "" if decision.room == "demo" else f" in {decision.room}"
            return f"cut {decision.rung}/{decision.source} ({decision.cause}){where}{' again' if again else ''}"
        case Move(decision):
            return f"move to {decision.to}"
        case Notice(text=text, severity=severity):
            return f"notice [{severity}] {text}"
        case OpenIncident(incident=incident, cause=cause):
            return f"opened {incident}: {cause}"
        case CloseIncident(incident=incident, text=text):
            return f"closed {incident}: {text}"
        case Line(what=what, text=text, last=last):
            return f"line {what}: {text}{' .' if last else ''}"
        case TellContacts(to=to):
            return f"tell contacts of {to}"
        case SetOrders(active):
            return f"orders {'on' if active else 'off'}"
        case GoLive(source):
            return f"go live with {source}"


def on_air(**sources: Judged) -> Night:
    """A live show on main, at second 0."""
    show = Night()
    show.give(judged(**({"main": FINE} | sources)), Turned(LIVE))
    assert show.cuts == ["0 cut main/main (began)"]
    return show
