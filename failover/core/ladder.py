"""Runs an event's plan: joins those who decide what to change (`opening`, `descent`, `tenure`, `wheel`, `budget`) with
the course that is changed, in the law's order. It never judges a source, writes a log or keeps a wall clock. The
leading controller drives one per event.

The law, while the event is live (in every other state nothing is changed, and an open incident ends):

- a human's word comes first: force once, pin until released (the backup room: the room alone), veto for a while;
- then the show begins; what has failed is left; what holds gives way to a better rung, or when its time is over;
- at most so many changes per window, one of them kept for going down; then hold, and say so.
"""

from collections.abc import Sequence
from dataclasses import replace

from broadcast.core.entries import EventState, RungKind
from broadcast.core.errors import IllegalMove
from broadcast.core.woke import Woke
from failover.core import tenure
from failover.core.budget import Budget
from failover.core.course import Change, Course
from failover.core.decision import Cut, Decision, LadderEffect, Line, What
from failover.core.descent import Descent
from failover.core.footing import Footing, Ground, Terrain
from failover.core.opening import Opening
from failover.core.plan import Plan, Rung
from failover.core.restatement import Agreed, Changed, Deviated, Restatement
from failover.core.standing import (
    Effects,
    Forced,
    LadderEvent,
    LadderPolicy,
    Pinned,
    Released,
    Seen,
    SourceJudged,
    Standing,
    Surveyed,
    TargetJudged,
    Turned,
    Vetoed,
)
from failover.core.verdict import Verdict
from failover.core.wheel import HumanEvent, Wheel


class Ladder:
    """The plan in action. `run` makes incident names unique: no two ladders of an event may share it. The first event
    to give it is `Woke`, so that it can act on what it found."""

    def __init__(
        self, plan: Plan, standing: Standing, run: str, now: float, policy: LadderPolicy | None = None
    ) -> None:
        self._plan = plan
        self._policy = policy or LadderPolicy()
        self._terrain = Terrain(plan.rungs, plan.recovery)
        self._course = Course(plan, standing, self._terrain, run, now)
        self._opening = Opening(plan, self._course, self._policy, standing.late_s, now)
        self._descent = Descent(plan, self._course)
        veto_until = None if standing.veto_s is None else now + standing.veto_s
        self._wheel = Wheel(plan, self._course, standing.pinned, veto_until)
        self._budget = Budget(plan.recovery)
        self._restatement = Restatement(self._policy.restatement)
        self._restated = 0
        self._looked_at = float("-inf")
        self._grace_until = now + self._policy.grace_s
        self.state = standing.state
        self._survey(standing.sources)
        if standing.target is not None:
            self._terrain.judge_target(standing.target.verdict, standing.target.why)

    # ---- what may be read -------------------------------------------------------------------------------------------

    @property
    def room(self) -> str:
        """Where the audience is."""
        return self._course.room

    @property
    def rung(self) -> Rung | None:
        """The rung that holds the event; None before its first picture."""
        return self._course.rung

    @property
    def source(self) -> str | None:
        """The source that is on air."""
        return self._course.source

    @property
    def incident(self) -> str | None:
        """The incident under way."""
        return self._course.incident

    @property
    def decision(self) -> Decision | None:
        """The newest decision."""
        return self._course.decision

    @property
    def armed(self) -> bool:
        """Whether the ladder would act."""
        return self.state is EventState.LIVE

    @property
    def free(self) -> bool:
        """Whether the plan decides, not a human; the standing orders are in force then."""
        return self._wheel.free

    @property
    def bound(self) -> bool:
        """Whether a human's word holds: a pin, be it of the backup room alone, or a veto."""
        return self._wheel.bound

    @property
    def pinned(self) -> RungKind | None:
        """The rung that a human has pinned."""
        return self._wheel.pinned

    @property
    def veto_until(self) -> float | None:
        """Until when a human has forbidden any change."""
        return self._wheel.veto_until

    def grounds(self) -> Sequence[tuple[Rung, Ground]]:
        """Every rung of the plan, judged, for the audience's room."""
        grounds = [(rung, self._footing.ground(index)) for index, rung in enumerate(self._plan.rungs)]
        on, waiting = self._course.index, self._descent.waiting() if self.armed and self.free else ""
        if on is not None and waiting:
            rung, ground = grounds[on]
            grounds[on] = (rung, replace(ground, why=waiting))
        return grounds

    # ---- the machine ------------------------------------------------------------------------------------------------

    def step(self, event: LadderEvent, now: float) -> Effects:
        """What is to be done about `event`, in this order."""
        match event:
            case Turned(state):
                self._turn(state, now)
                return self._decide(now)
            case Surveyed(sources):
                self._survey(sources)
                return self._decide(now)
            case TargetJudged(verdict, why):
                self._terrain.judge_target(verdict, why)
                return self._decide(now)
            case Seen():
                return self._see(event, now)
            case Woke():
                return [*self._decide(now), *self._restate(now)]
            case Forced() | Pinned() | Vetoed() | Released():
                return self._obey(event, now)
            case _:
                raise IllegalMove(f"the ladder knows no {event!r}")

    def deadline(self) -> float | None:
        """When time alone could change something."""
        if not self.armed:
            return self._opening.deadline(self.state)
        due: list[float | None] = [self._grace_until, self.veto_until, self._opening.deadline(self.state)]
        due += [self._descent.deadline(), self._budget.deadline()]
        if self._course.index is not None:
            due += tenure.deadlines(self._plan, self._course, self._course.index)
        later = [when for when in due if when is not None and when > self._looked_at]
        again = self._restatement.deadline()
        return min([*later, *([] if again is None else [again])], default=None)

    # ---- deciding ---------------------------------------------------------------------------------------------------

    def _turn(self, state: EventState, now: float) -> None:
        if state is self.state:
            return
        self.state = state
        self._opening.turn()
        self._descent.forget(now)
        self._restatement.step(Changed(), now)
        if self.armed:
            self._descent.begin()
            self._grace_until = now + self._policy.grace_s
            self._course.since = now

    def _decide(self, now: float) -> Effects:
        self._looked_at = now
        self._terrain.train(now)
        if not self.armed:
            text = "The event ended." if self.state is EventState.ENDED else "The host paused the show."
            return [*self._course.close(text), *self._opening.wait(self.state, now)]
        lapsed = self._wheel.lapse(now)
        if lapsed:
            self._resume(now)
        pinned = self._wheel.hold()
        return [*lapsed, *(self._follow_plan(now) if self.free and pinned is None else self._take(pinned, now))]

    def _follow_plan(self, now: float) -> Effects:
        index, patient = self._course.index, now < self._grace_until
        if index is None:
            return self._take(self._opening.first(now, patient=patient), now)
        if self._descent.failed(index, now, patient=patient):
            return self._allow(self._descent.leave(index, now), now)
        climbed = self._allow(tenure.climb(self._plan, self._course, index, now), now)
        return climbed or self._allow(tenure.lead_on(self._plan, self._course, index, now), now)

    def _allow(self, change: Change | None, now: float) -> Effects:
        """Make a change that the plan allows only so often."""
        if change is None or self._budget.allows(now, can_wait=change.earned):
            return self._take(change, now)
        held = self._budget.hold()
        return [self._line("held", f"{held} {self._plan.owners.called} must take over.")] if held else []

    def _take(self, change: Change | None, now: float) -> Effects:
        if change is None:
            return []
        effects = self._course.take(change, now)
        self._opening.settle()
        self._descent.settle(now)
        self._budget.spend(now)
        self._restatement.step(Changed(), now)
        return effects

    # ---- humans -----------------------------------------------------------------------------------------------------

    def _obey(self, event: HumanEvent, now: float) -> Effects:
        was_free = self.free
        word = self._wheel.hear(event, now, armed=self.armed)
        if word is None:
            return []
        if self.free and not was_free:
            self._resume(now)
        if word.change is not None:
            return [*word.effects, *self._take(word.change, now)]
        said = self._line("override", word.text)
        return [*word.effects, said, *(self._decide(now) if word.resumed else [])]

    def _resume(self, now: float) -> None:
        """The plan decides again: the time that a human held a rung is not counted against it."""
        self._course.since = now
        self._descent.forget(now)

    # ---- gateways that show something else --------------------------------------------------------------------------

    def _see(self, event: Seen, now: float) -> Effects:
        if self.armed and event.room == self.room and self._course.index is not None:
            same = event.source == self.source
            self._restatement.step(Agreed(event.gateway) if same else Deviated(event.gateway), now)
        return []

    def _restate(self, now: float) -> Effects:
        due = self._restatement.step(Woke(), now)
        course = self._course
        if not due or not self.armed or course.index is None or course.decision is None:
            return []
        if self._footing.holds(course.index, self.source) is Verdict.FAILED:
            return []
        self._restated += 1
        return [Cut(course.decision, again=self._restated)]

    # ---- small ------------------------------------------------------------------------------------------------------

    @property
    def _footing(self) -> Footing:
        return self._course.footing

    def _line(self, what: What, text: str) -> LadderEffect:
        return Line(self.room, self.incident or "", self._course.number, what, text)

    def _survey(self, sources: Sequence[SourceJudged]) -> None:
        for found in sources:
            self._terrain.at(found.room).judge(found.source, found.judged)
