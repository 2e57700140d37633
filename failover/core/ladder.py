"""Runs an event's plan: which rung holds it, when to go down, up or to the backup room, and when to hold and call a
human. It never judges a source, writes a log or keeps a wall clock. The leading controller drives one per event.

The law, while the event is live (in every other state nothing is decided, and an open incident ends):

- down at once, to the first rung in the plan's order whose own verdict is good;
- up one rung after a clean spell of that rung, and no sooner than a spell after the last change;
- a rung that may last only so long leads to the next one, and the backup room is entered where it is healthy;
- at most so many changes per window, one of them kept for going down; then hold, and say so;
- a human's word comes first: force once, pin until released, veto for a while.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from broadcast.core.entries import EventState, RungKind
from broadcast.core.errors import IllegalMove
from broadcast.core.woke import Woke
from failover.core.decision import (
    LANDING,
    CloseIncident,
    Cut,
    Decision,
    GoLive,
    LadderEffect,
    Line,
    Move,
    SetOrders,
    announcement,
    follow_up,
)
from failover.core.footing import PICTURE, Footing, Ground
from failover.core.health import Judged, Verdict
from failover.core.plan import Plan, Rung
from failover.core.restatement import Agreed, Changed, Deviated, Restatement, RestatementPolicy


@dataclass(frozen=True, slots=True)
class LadderPolicy:
    """What the plan does not say. `grace_s`: how long a show that begins waits for a picture, and how long a controller
    that takes over waits to see one."""

    grace_s: float = 5.0
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
    incident is `closed` since, a human's word if one is in force, and what is known of the sources."""

    room: str
    state: EventState
    decision: Decision | None = None
    age_s: float = 0.0
    closed: bool = False
    pinned: RungKind | None = None
    veto_s: float | None = None
    sources: tuple[SourceJudged, ...] = ()
    target: TargetJudged | None = None


LadderEvent = Turned | Surveyed | TargetJudged | Forced | Pinned | Vetoed | Released | Seen | Woke
Effects = Sequence[LadderEffect]


class Ladder:
    """The plan in action. `run` makes incident names unique: no two ladders of an event may share it. The first event
    to give it is `Woke`, so that it can act on what it found."""

    def __init__(
        self, plan: Plan, standing: Standing, run: str, now: float, policy: LadderPolicy | None = None
    ) -> None:
        self._plan = plan
        self._rungs = plan.rungs
        self._policy = policy or LadderPolicy()
        self._run = run
        self._incidents = 0
        self._restated = 0
        self._moves: deque[float] = deque()
        self._footings: dict[str, Footing] = {}
        self._restatement = Restatement(self._policy.restatement)
        self._holding = False
        self._asked_live = False
        self._begun = False
        self._looked_at = float("-inf")
        self._grace_until = now + self._policy.grace_s
        self._since = now - standing.age_s
        self.room = standing.room
        self.state = standing.state
        self.decision = standing.decision
        self.pinned = standing.pinned
        self.veto_until = None if standing.veto_s is None else now + standing.veto_s
        found = standing.decision
        self._index = None if found is None else self._find(found.rung)
        self.incident = None if found is None or found.closes or standing.closed else found.incident
        self._number = found.number if found is not None and self.incident is not None else 0
        self._target = standing.target
        self._survey(standing.sources)

    # ---- what may be read -------------------------------------------------------------------------------------------

    @property
    def rung(self) -> Rung | None:
        """The rung that holds the event; None before its first picture."""
        return None if self._index is None else self._rungs[self._index]

    @property
    def source(self) -> str | None:
        """The source that is on air."""
        return None if self._index is None or self.decision is None else self.decision.source

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
        footing = self._footing(self.room)
        return [(rung, footing.ground(index)) for index, rung in enumerate(self._rungs)]

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
            case TargetJudged():
                self._target = event
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
            return None
        due = [self._grace_until, *([] if self.veto_until is None else [self.veto_until])]
        if self._moves:
            due.append(self._moves[0] + self._plan.recovery.moves_window_s)
        if self._index is not None:
            due.append(self._since + self._plan.recovery.clean_spell_s)
            due.extend(self._footing(self.room).deadlines(self._index))
            leads_on_after_s = self._rungs[self._index].leads_on_after_s
            if leads_on_after_s is not None:
                due.append(self._since + leads_on_after_s)
        again = self._restatement.deadline()
        later = [when for when in due if when > self._looked_at]
        return min([*later, *([] if again is None else [again])], default=None)

    # ---- deciding ---------------------------------------------------------------------------------------------------

    def _turn(self, state: EventState, now: float) -> None:
        if state is self.state:
            return
        self.state = state
        self._asked_live = False
        self._restatement.step(Changed(), now)
        if self.armed:
            self._begun = True
            self._grace_until = now + self._policy.grace_s
            self._since = now

    def _decide(self, now: float) -> Effects:
        self._looked_at = now
        if self._target is not None:
            self._footing(self.room).judge_target(self._target.verdict, self._target.why)
        self._footing(self.room).train(now)
        if self.state is EventState.OPEN:
            return [*self._disarm(), *self._go_live()]
        if not self.armed:
            return self._disarm()
        while self._moves and now >= self._moves[0] + self._plan.recovery.moves_window_s:
            self._moves.popleft()
        if self.veto_until is not None:
            if now < self.veto_until:
                return []
            self.veto_until = None
            return [SetOrders(active=True), *self._decide(now)]
        if self.pinned is not None:
            return [] if self._is_on(self.pinned) else self._go(self.pinned, "pinned", "A human pinned it.", now)
        if self._index is None:
            return self._begin(now)
        return self._descend(now) if self._failed(now) else self._lead_on(now) or self._climb(now)

    def _disarm(self) -> Effects:
        if self.incident is None:
            return []
        text = "The event ended." if self.state is EventState.ENDED else "The host paused the show."
        effect = CloseIncident(self.incident, self.room, self._number, text)
        self.incident, self._number = None, 0
        return [effect]

    def _go_live(self) -> Effects:
        source = self._footing(self.room).publisher()
        if self._plan.show.goes_live != "first_publisher" or source is None or self._asked_live:
            return []
        self._asked_live = True
        return [GoLive(source)]

    def _begin(self, now: float) -> Effects:
        footing = self._footing(self.room)
        index = footing.first_good(range(len(self._rungs)))
        if index is not None and footing.ground(index).source is not None:
            return self._cut(index, "began", "The show begins.", now)
        if now < self._grace_until:
            return []
        return self._down(self._must_find(RungKind.SLATE), "no_source", "No camera has come yet.", now)

    def _failed(self, now: float) -> bool:
        """Whether what is on air has to be left. A host who has just begun or come back is given a moment, and so is
        whoever has not been seen yet."""
        assert self._index is not None
        verdict = self._footing(self.room).holds(self._index, self.source)
        if verdict in (Verdict.HEALTHY, Verdict.SUSPECT):
            self._begun = False
            return False
        patient = verdict is Verdict.UNKNOWN or self._begun
        return not (patient and now < self._grace_until)

    def _descend(self, now: float) -> Effects:
        if len(self._moves) >= self._plan.recovery.moves_max:
            return self._hold()
        assert self._index is not None
        footing = self._footing(self.room)
        failed = self._rungs[self._index].kind
        reason = f"{_NAMES[failed]} dropped out: {footing.why(self.source)}."
        below = footing.first_good(range(self._index, len(self._rungs)), but=(self._index, self.source))
        above = footing.first_good(range(self._index))
        index = self._must_find(RungKind.SLATE) if below is None else below
        if above is not None and self._rungs[above].kind in PICTURE and self._rungs[index].kind not in PICTURE:
            # Better a picture that has not earned its place yet than none.
            return self._cut(above, f"{failed}_failed", reason, now)
        return self._down(index, f"{failed}_failed", reason, now)

    def _lead_on(self, now: float) -> Effects:
        assert self._index is not None
        rung = self._rungs[self._index]
        if rung.leads_on_after_s is None or now < self._since + rung.leads_on_after_s:
            return []
        below = range(self._index + 1, len(self._rungs))
        index = next((i for i in below if self._footing(self.room).ground(i).verdict is Verdict.HEALTHY), None)
        if index is None:
            return []
        if len(self._moves) >= self._plan.recovery.moves_max:
            return self._hold()
        reason = f"{_NAMES[rung.kind]} has lasted {rung.leads_on_after_s:g} s, as long as the plan allows."
        return self._down(index, "lasted_too_long", reason, now)

    def _climb(self, now: float) -> Effects:
        assert self._index is not None
        footing = self._footing(self.room)
        earned = footing.earned(self._index)
        if not earned or now < self._since + self._plan.recovery.clean_spell_s:
            return []
        if len(self._moves) + 1 >= self._plan.recovery.moves_max:
            return self._hold()
        # Sound alone is no step on the way to a picture that has earned its place.
        index = max([i for i in earned if self._rungs[i].kind in PICTURE] or earned)
        reason = f"{_NAMES[self._rungs[index].kind]} has been good for {footing.spell_s(index):g} s."
        footing.regain(index, now)
        return self._cut(index, "recovered", reason, now)

    def _hold(self) -> Effects:
        if self._holding:
            return []
        self._holding = True
        times, owners = self._plan.recovery, self._plan.owners
        called = " or ".join(name for name in (owners.lead, owners.deputy) if name) or "somebody"
        text = f"{times.moves_max} changes within {times.moves_window_s:g} s: holding. {called} must take over."
        return [Line(self.room, self.incident or "", self._number, "held", text)]

    # ---- humans -----------------------------------------------------------------------------------------------------

    def _force(self, kind: RungKind, by: str, now: float) -> Effects:
        lifted = self._lift()
        refusal = self._refusal(kind, needs_ground=True)
        if refusal is not None:
            return [*lifted, self._said(f"{by} asked for {kind}: {refusal}."), *self._decide(now)]
        self._footing(self.room).restart(now)
        return [*lifted, *self._go(kind, "forced", f"{by} took the show to {kind}.", now)]

    def _pin(self, kind: RungKind, by: str, now: float) -> Effects:
        refusal = self._refusal(kind, needs_ground=False)
        if refusal is not None:
            return [self._said(f"{by} asked to pin {kind}: {refusal}.")]
        withdrawn = [SetOrders(active=False)] if self.free else []
        self.veto_until, self.pinned = None, kind
        return [*withdrawn, *self._go(kind, "pinned", f"{by} pinned the show to {kind}.", now)]

    def _veto(self, for_s: float, by: str, now: float) -> Effects:
        withdrawn = [SetOrders(active=False)] if self.free else []
        self.veto_until, self.pinned = now + for_s, None
        return [*withdrawn, self._said(f"{by} forbade any change for {for_s:g} s.")]

    def _release(self, by: str, now: float) -> Effects:
        if self.free:
            return []
        return [*self._lift(), self._said(f"{by} gave the ladder back to the plan."), *self._decide(now)]

    def _lift(self) -> Effects:
        if self.free:
            return []
        self.veto_until, self.pinned = None, None
        return [SetOrders(active=True)]

    def _refusal(self, kind: RungKind, *, needs_ground: bool) -> str | None:
        index = self._find(kind)
        if not self.armed:
            return "the event is not live"
        if index is None:
            return "the plan has no such rung"
        ground = self._footing(self.room).ground(index)
        if needs_ground and ground.verdict in (Verdict.FAILED, Verdict.UNKNOWN):
            return ground.why
        if kind is RungKind.BACKUP_ROOM and self._rungs[index].room == self.room:
            return "the audience is there"
        return None

    def _go(self, kind: RungKind, cause: str, reason: str, now: float) -> Effects:
        index = self._must_find(kind)
        if self._is_on(kind):
            return [self._said(reason)]
        if self._index is None or index < self._index:
            return self._cut(index, cause, reason, now)
        return self._down(index, cause, reason, now)

    def _is_on(self, kind: RungKind) -> bool:
        rung = self._rungs[self._must_find(kind)]
        if kind is RungKind.BACKUP_ROOM:
            return rung.room == self.room
        return self.rung is rung

    def _said(self, text: str) -> LadderEffect:
        return Line(self.room, self.incident or "", self._number, "override", text)

    # ---- changing what is shown -------------------------------------------------------------------------------------

    def _down(self, index: int, cause: str, reason: str, now: float) -> Effects:
        opens = self.incident is None
        if opens:
            self._incidents += 1
            self.incident, self._number = f"{self._run}-{self._incidents}", 0
        if self._rungs[index].kind is RungKind.BACKUP_ROOM:
            return self._relocate(index, cause, reason, now, opens=opens)
        return self._cut(index, cause, reason, now, opens=opens)

    def _cut(self, index: int, cause: str, reason: str, now: float, *, opens: bool = False) -> Effects:
        rung = self._rungs[index]
        known = self.incident is None or index == self._index
        decision = self._numbered(
            Decision(
                room=self.room,
                rung=rung.kind,
                source=self._footing(self.room).ground(index).source,
                cause=cause,
                reason=reason,
                words="" if known else rung.words,
                opens=opens,
                closes=self.incident is not None and index == 0,
            )
        )
        self._move(index, decision, now)
        return [Cut(decision), *follow_up(decision)]

    def _relocate(self, index: int, cause: str, reason: str, now: float, *, opens: bool) -> Effects:
        rung = self._rungs[index]
        moved = self._numbered(
            Decision(
                room=self.room,
                rung=rung.kind,
                source=None,
                cause=cause,
                reason=reason,
                words=rung.words,
                opens=opens,
                to=str(rung.room),
                spread_ms=rung.spread_ms,
            )
        )
        self.room = str(rung.room)
        footing = self._footing(self.room)
        footing.train(now)
        there = footing.first_good(range(len(self._rungs)))
        landing_index = self._must_find(RungKind.SLATE) if there is None else there
        landing = replace(
            moved,
            room=self.room,
            rung=self._rungs[landing_index].kind,
            source=footing.ground(landing_index).source,
            cause=LANDING,
            words="",
            opens=False,
            closes=landing_index == 0,
            to=None,
        )
        self._move(landing_index, landing, now)
        closing = []
        if landing.closes:
            closing = [
                CloseIncident(str(moved.incident), moved.room, moved.number, "The backup room has its main camera.")
            ]
        return [announcement(moved, str(moved.incident)), Cut(landing), Move(moved), *follow_up(moved), *closing]

    def _numbered(self, decision: Decision) -> Decision:
        if self.incident is None:
            return decision
        self._number += 1
        return replace(decision, incident=self.incident, number=self._number)

    def _move(self, index: int, decision: Decision, now: float) -> None:
        """The only writer of what is on air."""
        rung = self._rungs[index].kind
        if rung is not decision.rung or rung is RungKind.BACKUP_ROOM or decision.room != self.room or not self.armed:
            raise IllegalMove(f"{decision} cannot be on air in {self.room} while the event is {self.state}")
        self._index, self.decision, self._since = index, decision, now
        self._holding = self._begun = False
        self._moves.append(now)
        self._restatement.step(Changed(), now)
        if decision.closes:
            self.incident, self._number = None, 0

    # ---- gateways that show something else --------------------------------------------------------------------------

    def _see(self, event: Seen, now: float) -> Effects:
        if self.armed and event.room == self.room and self._index is not None:
            same = event.source == self.source
            self._restatement.step(Agreed(event.gateway) if same else Deviated(event.gateway), now)
        return []

    def _restate(self, now: float) -> Effects:
        due = self._restatement.step(Woke(), now)
        if not due or not self.armed or self._index is None or self.decision is None:
            return []
        if self._footing(self.room).holds(self._index, self.source) is Verdict.FAILED:
            return []
        self._restated += 1
        return [Cut(self.decision, again=self._restated)]

    # ---- small questions --------------------------------------------------------------------------------------------

    def _survey(self, sources: Sequence[SourceJudged]) -> None:
        for found in sources:
            self._footing(found.room).judge(found.source, found.judged)

    def _footing(self, room: str) -> Footing:
        if room not in self._footings:
            self._footings[room] = Footing(room, self._rungs, self._plan.recovery)
        return self._footings[room]

    def _find(self, kind: RungKind) -> int | None:
        return next((index for index, rung in enumerate(self._rungs) if rung.kind is kind), None)

    def _must_find(self, kind: RungKind) -> int:
        index = self._find(kind)
        assert index is not None, f"the plan has no {kind}"
        return index


_NAMES = {
    RungKind.MAIN: "The main camera",
    RungKind.STANDBY: "The second camera",
    RungKind.AUDIO: "The sound",
    RungKind.SLATE: "The slate",
    RungKind.BACKUP_ROOM: "The backup room",
}
