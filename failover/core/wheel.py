"""Decides what a human's word comes to: forced once, pinned until released, vetoed for a while, or refused, and why. It
never chooses a rung by itself and changes nothing on air. The ladder drives one.

The law: a human's word comes before the plan's; while a human has the wheel the standing orders are withdrawn. To pin
the backup room is to hold the room alone: what is shown there is the plan's to decide.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from broadcast.core.entries import RungKind
from broadcast.core.errors import IllegalMove
from failover.core.course import Change, Course
from failover.core.decision import LadderEffect, SetOrders
from failover.core.footing import PICTURE
from failover.core.plan import Plan
from failover.core.standing import Forced, Pinned, Released, Vetoed
from failover.core.verdict import Verdict

HumanEvent = Forced | Pinned | Vetoed | Released


@dataclass(frozen=True, slots=True)
class Word:
    """What came of it. `effects` are to be done first; then `change` is made, or `text` said where there is none to
    make; `resumed`: then the plan decides."""

    text: str
    effects: Sequence[LadderEffect] = ()
    change: Change | None = None
    resumed: bool = False


class Wheel:
    """Who steers: the plan, or a human who pinned a rung or vetoed any change until a moment (monotonic seconds)."""

    def __init__(self, plan: Plan, course: Course, pinned: RungKind | None, veto_until: float | None) -> None:
        self._plan = plan
        self._course = course
        self.pinned = pinned
        self.veto_until = veto_until

    @property
    def free(self) -> bool:
        """Whether the plan decides what is shown, not a human."""
        return self.pinned in (None, RungKind.BACKUP_ROOM) and self.veto_until is None

    @property
    def bound(self) -> bool:
        """Whether a human's word holds."""
        return self.pinned is not None or self.veto_until is not None

    def hear(self, event: HumanEvent, now: float, *, armed: bool) -> Word | None:
        """What comes of a human's word; None where nothing does."""
        match event:
            case Forced(kind, by):
                return self._force(kind, by, now, armed=armed)
            case Pinned(kind, by):
                return self._pin(kind, by, armed=armed)
            case Vetoed(for_s, by):
                effects = self._move(None, now + for_s)
                return Word(f"{by} forbade any change for {for_s:g} s.", effects)
            case Released(by):
                text = f"{by} gave the ladder back to the plan."
                return Word(text, self._move(None, None), resumed=True) if self.bound else None
            case _:
                raise IllegalMove(f"nobody says {event!r}")

    def lapse(self, now: float) -> Sequence[LadderEffect]:
        """What is to be done because a veto's time is over."""
        return self._move(None, None) if self.veto_until is not None and now >= self.veto_until else []

    def hold(self) -> Change | None:
        """The way to the rung that is pinned, where the event is not on it."""
        index = None if self.pinned is None else self._course.find(self.pinned)
        return None if index is None else self._to(index, "pinned", "A human pinned it.")

    def _force(self, kind: RungKind, by: str, now: float, *, armed: bool) -> Word:
        index, refusal = self._course.find(kind), self._refusal(kind, armed=armed)
        if refusal is None and index is not None:
            refusal = self._unfit(index)
        if refusal is not None or index is None:
            return Word(f"{by} asked for {kind}: {refusal}.")
        text = f"{by} took the show to {kind}."
        self._course.footing.restart(now)
        return Word(text, self._move(None, None), self._to(index, "forced", text))

    def _pin(self, kind: RungKind, by: str, *, armed: bool) -> Word:
        index, refusal = self._course.find(kind), self._refusal(kind, armed=armed)
        if refusal is None and index is not None and not self._course.is_on(index):
            # Where the show is, it may be held whatever comes; it is not taken to what is dead already.
            refusal = self._unfit(index)
        if refusal is not None or index is None:
            return Word(f"{by} asked to pin {kind}: {refusal}.")
        text = f"{by} pinned the show to {kind}."
        return Word(text, self._move(kind, None), self._to(index, "pinned", text))

    def _refusal(self, kind: RungKind, *, armed: bool) -> str | None:
        if not armed:
            return "the event is not live"
        return "the plan has no such rung" if self._course.find(kind) is None else None

    def _unfit(self, index: int) -> str | None:
        ground = self._course.footing.ground(index)
        return None if ground.verdict in (Verdict.HEALTHY, Verdict.SUSPECT) else ground.why

    def _to(self, index: int, cause: str, reason: str) -> Change | None:
        on = self._course.index
        if self._course.is_on(index):
            return None
        up = self._plan.rungs[index].kind in PICTURE if on is None else index < on
        return Change(index, cause, reason, up=up)

    def _move(self, pinned: RungKind | None, veto_until: float | None) -> Sequence[LadderEffect]:
        """The only writer of who steers."""
        if pinned is not None and veto_until is not None:
            raise IllegalMove("a human either pins or vetoes")
        was_free = self.free
        self.pinned, self.veto_until = pinned, veto_until
        return [] if self.free is was_free else [SetOrders(active=self.free)]
