"""Runs an event's plan: which rung holds it, when to go down, up or to the backup room, and when to hold and call a
human. It never judges a source, writes a log or keeps a wall clock. The leading controller drives one per event.

The law, while the event is live (in every other state nothing is decided, and an open incident ends):

- down at once, to the first rung in the plan's order whose own verdict is good; but where that costs the picture, or
  the sound, what is on air must have been bad for as long as the plan says;
- it begins with a picture where one comes soon after the sound;
- up one rung after a clean spell of that rung, and no sooner than a spell after the last change;
- a rung that may last only so long leads to the next one, and the backup room is entered where it is healthy;
- at most so many changes per window, one of them kept for going down; then hold, and say so;
- a human's word comes first: force once, pin until released, veto for a while.
"""

from collections.abc import Sequence
from dataclasses import replace

from broadcast.core.entries import EventState, RungKind
from broadcast.core.errors import IllegalMove
from broadcast.core.woke import Woke
from failover.core.course import Course
from failover.core.decision import Cut, Decision, GoLive, LadderEffect, Line, SetOrders
from failover.core.footing import PICTURE, Footing, Ground, Terrain
from failover.core.health import Verdict
from failover.core.patience import Patience, Trouble
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
        self._restatement = Restatement(self._policy.restatement)
        self._patience = Patience(plan.thresholds.picture_wait_ms / 1000)
        self._restated = 0
        self._holding = False
        self._asked_live = False
        self._begun = False
        self._sound_at: float | None = None
        self._looked_at = float("-inf")
        self._grace_until = now + self._policy.grace_s
        late_s = standing.late_s
        self._late_at = None if late_s is None or late_s < -self._policy.late_told_s else now + late_s
        self.state = standing.state
        self.pinned = standing.pinned
        self.veto_until = None if standing.veto_s is None else now + standing.veto_s
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
        return self.pinned is None and self.veto_until is None

    def grounds(self) -> Sequence[tuple[Rung, Ground]]:
        """Every rung of the plan, judged, for the audience's room."""
        grounds = [(rung, self._footing.ground(index)) for index, rung in enumerate(self._plan.rungs)]
        on, what = self._course.index, self._waiting()
        if on is not None and what:
            rung, ground = grounds[on]
            grounds[on] = (rung, replace(ground, why=f"{self._footing.why(self.source)}; {what}"))
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
            case Forced(rung, by):
                return self._force(rung, by, now)
            case Pinned(rung, by):
                return self._pin(rung, by, now)
            case Vetoed(for_s, by):
                return self._veto(for_s, by, now)
            case Released(by):
                return self._release(by, now)
            case _:
                raise IllegalMove(f"the ladder knows no {event!r}")

    def deadline(self) -> float | None:
        """When time alone could change something."""
        if not self.armed:
            return self._late_at if self.state in _BEFORE else None
        course = self._course
        due = [self._grace_until, *([] if self.veto_until is None else [self.veto_until])]
        due.extend(when + self._plan.recovery.moves_window_s for when in list(course.moves)[:1])
        due.extend([] if self._sound_at is None else [self._sound_at + self._policy.picture_grace_s])
        given_up = self._patience.deadline()
        due.extend([] if given_up is None else [given_up])
        if course.index is not None:
            due.append(course.since + self._plan.recovery.clean_spell_s)
            due.extend(self._footing.deadlines(course.index))
            leads_on_after_s = self._plan.rungs[course.index].leads_on_after_s
            due.extend([] if leads_on_after_s is None else [course.since + leads_on_after_s])
        again = self._restatement.deadline()
        later = [when for when in due if when > self._looked_at]
        return min([*later, *([] if again is None else [again])], default=None)

    # ---- deciding ---------------------------------------------------------------------------------------------------

    def _turn(self, state: EventState, now: float) -> None:
        if state is self.state:
            return
        self.state = state
        self._asked_live = False
        self._sound_at = None
        self._patience.step(Trouble.OVER, now)
        self._restatement.step(Changed(), now)
        if self.armed:
            self._begun = True
            self._grace_until = now + self._policy.grace_s
            self._course.since = now

    def _decide(self, now: float) -> Effects:
        self._looked_at = now
        self._terrain.train(now)
        if not self.armed:
            text = "The event ended." if self.state is EventState.ENDED else "The host paused the show."
            return [*self._course.close(text), *self._go_live(), *self._late(now)]
        if self.veto_until is not None:
            if now < self.veto_until:
                return []
            return [*self._lift(now), *self._decide(now)]
        if self.pinned is not None:
            index = self._course.find(self.pinned)
            return [] if index is None else self._go(index, "pinned", "A human pinned it.", now)
        index = self._course.index
        if index is None:
            return self._begin(now)
        if self._failed(index, now):
            return self._descend(index, now)
        return self._climb(index, now) or self._lead_on(index, now)

    def _go_live(self) -> Effects:
        if self.state is not EventState.OPEN or self._plan.show.goes_live != "first_publisher" or self._asked_live:
            return []
        source = self._footing.publisher()
        if source is None:
            return []
        self._asked_live = True
        return [GoLive(source)]

    def _late(self, now: float) -> Effects:
        if self._late_at is None or now < self._late_at or self.state not in _BEFORE:
            return []
        self._late_at = None
        late = f"{self._plan.show.late_after_s / 60:g} min"
        text = f"The show should have begun {late} ago. {self._called()} must see to it."
        return [Line(self.room, "", 0, "verdict", text)]

    def _begin(self, now: float) -> Effects:
        index = self._footing.first_good(range(len(self._plan.rungs)))
        if index is None or self._footing.ground(index).source is None:
            self._sound_at = None
        elif self._plan.rungs[index].kind not in PICTURE and now < self._sounding(now) + self._policy.picture_grace_s:
            # Sound comes some moments before its picture; whoever is shown it alone would see the show begin twice.
            return []
        else:
            return self._changed(self._course.up(index, "began", "The show begins.", now), now)
        if now < self._grace_until:
            return []
        return self._changed(self._course.down(self._course.slate(), "no_source", "No camera has come yet.", now), now)

    def _sounding(self, now: float) -> float:
        if self._sound_at is None:
            self._sound_at = now
        return self._sound_at

    def _failed(self, index: int, now: float) -> bool:
        """Whether what is on air has to be left. A host who has just begun or come back is given a moment, and so is
        whoever has not been seen yet."""
        verdict = self._footing.holds(index, self.source)
        if verdict in (Verdict.HEALTHY, Verdict.SUSPECT):
            self._begun = False
            self._patience.step(Trouble.OVER, now)
            return False
        patient = verdict is Verdict.UNKNOWN or self._begun
        return not (patient and now < self._grace_until)

    def _descend(self, index: int, now: float) -> Effects:
        footing, rungs = self._footing, self._plan.rungs
        below = footing.first_good(range(index, len(rungs)), but=(index, self.source))
        above = footing.first_good(range(index))
        to = self._course.slate() if below is None else below
        # Better a picture that has not earned its place yet than none.
        up = above is not None and rungs[above].kind in PICTURE and rungs[to].kind not in PICTURE
        costs = not up and rungs[to].kind not in PICTURE and to != index
        if costs and not self._gives_up(index, now):
            return []
        if self._course.spent(now) >= self._plan.recovery.moves_max:
            return self._hold()
        failed = rungs[index].kind
        reason = f"{_NAMES[failed]} dropped out: {footing.why(self.source)}."
        if above is not None and up:
            return self._changed(self._course.up(above, f"{failed}_failed", reason, now), now)
        return self._changed(self._course.down(to, f"{failed}_failed", reason, now), now)

    def _gives_up(self, index: int, now: float) -> bool:
        """Whether what is on air has been bad for so long that showing less is better."""
        self._patience.step(self._footing.trouble(index, str(self.source)), now)
        return self._patience.given_up

    def _lead_on(self, index: int, now: float) -> Effects:
        rung = self._plan.rungs[index]
        if rung.leads_on_after_s is None or now < self._course.since + rung.leads_on_after_s:
            return []
        if self._footing.first_good(range(index)) is not None:
            # What is good again will be taken up as soon as it has earned it; that is nearer than another room.
            return []
        below = range(index + 1, len(self._plan.rungs))
        to = next((each for each in below if self._footing.ground(each).verdict is Verdict.HEALTHY), None)
        if to is None:
            return []
        if self._course.spent(now) >= self._plan.recovery.moves_max:
            return self._hold()
        reason = f"{_NAMES[rung.kind]} has lasted {rung.leads_on_after_s:g} s, as long as the plan allows."
        return self._changed(self._course.down(to, "lasted_too_long", reason, now), now)

    def _climb(self, index: int, now: float) -> Effects:
        earned = self._footing.earned(index)
        if not earned or now < self._course.since + self._plan.recovery.clean_spell_s:
            return []
        if self._course.spent(now) + 1 >= self._plan.recovery.moves_max:
            return self._hold()
        # Sound alone is no step on the way to a picture that has earned its place.
        to = max([each for each in earned if self._plan.rungs[each].kind in PICTURE] or earned)
        reason = f"{_NAMES[self._plan.rungs[to].kind]} has been good for {self._footing.spell_s(to):g} s."
        self._footing.regain(to, now)
        return self._changed(self._course.up(to, "recovered", reason, now), now)

    def _hold(self) -> Effects:
        if self._holding:
            return []
        self._holding = True
        times = self._plan.recovery
        text = f"{times.moves_max} changes within {times.moves_window_s:g} s: holding. {self._called()} must take over."
        return [Line(self.room, self.incident or "", self._course.number, "held", text)]

    def _called(self) -> str:
        owners = self._plan.owners
        return " or ".join(name for name in (owners.lead, owners.deputy) if name) or "Somebody"

    def _changed(self, effects: Effects, now: float) -> Effects:
        self._holding = self._begun = False
        self._sound_at = None
        self._patience.step(Trouble.OVER, now)
        self._restatement.step(Changed(), now)
        return effects

    # ---- humans -----------------------------------------------------------------------------------------------------

    def _force(self, kind: RungKind, by: str, now: float) -> Effects:
        lifted = self._lift(now)
        index = self._course.find(kind)
        refusal = self._refusal(kind)
        if refusal is None and index is not None:
            ground = self._footing.ground(index)
            if ground.verdict in (Verdict.HEALTHY, Verdict.SUSPECT):
                self._footing.restart(now)
                return [*lifted, *self._by_hand(index, "forced", f"{by} took the show to {kind}.", now)]
            refusal = ground.why
        return [*lifted, self._said(f"{by} asked for {kind}: {refusal}."), *self._decide(now)]

    def _pin(self, kind: RungKind, by: str, now: float) -> Effects:
        index = self._course.find(kind)
        refusal = self._refusal(kind)
        if refusal is not None or index is None:
            return [self._said(f"{by} asked to pin {kind}: {refusal}.")]
        withdrawn = [SetOrders(active=False)] if self.free else []
        self.veto_until, self.pinned = None, kind
        return [*withdrawn, *self._by_hand(index, "pinned", f"{by} pinned the show to {kind}.", now)]

    def _veto(self, for_s: float, by: str, now: float) -> Effects:
        withdrawn = [SetOrders(active=False)] if self.free else []
        self.veto_until, self.pinned = now + for_s, None
        return [*withdrawn, self._said(f"{by} forbade any change for {for_s:g} s.")]

    def _release(self, by: str, now: float) -> Effects:
        if self.free:
            return []
        return [*self._lift(now), self._said(f"{by} gave the ladder back to the plan."), *self._decide(now)]

    def _lift(self, now: float) -> Effects:
        if self.free:
            return []
        # The time that a human held a rung is not counted against it.
        self._course.since = now
        self._patience.step(Trouble.OVER, now)
        self.veto_until, self.pinned = None, None
        return [SetOrders(active=True)]

    def _refusal(self, kind: RungKind) -> str | None:
        if not self.armed:
            return "the event is not live"
        return "the plan has no such rung" if self._course.find(kind) is None else None

    def _by_hand(self, index: int, cause: str, reason: str, now: float) -> Effects:
        return self._go(index, cause, reason, now) or [self._said(reason)]

    def _go(self, index: int, cause: str, reason: str, now: float) -> Effects:
        if self._course.is_on(index):
            return []
        first = self._course.index is None and self._plan.rungs[index].kind in PICTURE
        if first or (self._course.index is not None and index < self._course.index):
            return self._changed(self._course.up(index, cause, reason, now), now)
        return self._changed(self._course.down(index, cause, reason, now), now)

    def _said(self, text: str) -> LadderEffect:
        return Line(self.room, self.incident or "", self._course.number, "override", text)

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

    def _waiting(self) -> str:
        """What is being waited for, in words; empty where nothing is."""
        if not (self.armed and self.free and self._patience.waiting):
            return ""
        what = "sound" if self.rung is not None and self.rung.kind is RungKind.AUDIO else "picture"
        return f"waiting {self._plan.thresholds.picture_wait_ms / 1000:g} s before giving up the {what}"

    def _survey(self, sources: Sequence[SourceJudged]) -> None:
        for found in sources:
            self._terrain.at(found.room).judge(found.source, found.judged)


_BEFORE = (EventState.SCHEDULED, EventState.OPEN)
_NAMES = {
    RungKind.MAIN: "The main camera",
    RungKind.STANDBY: "The second camera",
    RungKind.AUDIO: "The sound",
    RungKind.SLATE: "The slate",
    RungKind.BACKUP_ROOM: "The backup room",
}
