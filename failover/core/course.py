"""Keeps where an event stands (room, rung, source, incident) and makes the decisions that change it, with all that
follows. It never decides whether to change anything. The ladder steers it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from broadcast.core.entries import RungKind
from broadcast.core.errors import IllegalMove
from failover.core.decision import (
    ARRIVED,
    LANDING,
    CloseIncident,
    Cut,
    Decision,
    LadderEffect,
    Move,
    announcement,
    follow_up,
)
from failover.core.footing import Footing, Terrain
from failover.core.plan import Plan, Rung
from failover.core.standing import Effects, Standing


@dataclass(frozen=True, slots=True)
class Change:
    """One change of course: to the rung at `index` of the plan, `up` to a better one or the first, or down. `earned`:
    it has earned its place back."""

    index: int
    cause: str
    reason: str
    up: bool
    earned: bool = False


class Course:
    """Rungs are named by their place in the plan. `index` None: nothing has been shown yet. `since` is when the
    present stand began (monotonic seconds)."""

    def __init__(self, plan: Plan, standing: Standing, terrain: Terrain, run: str, now: float) -> None:
        self._plan = plan
        self._terrain = terrain
        self._run = run
        self._opened = 0
        found = standing.decision
        self.room = standing.room
        self.decision = found
        self.index = None if found is None else self.find(found.rung)
        self.since = now - standing.age_s
        self.incident = None if found is None or found.closes or standing.closed else found.incident
        self.number = found.number if found is not None and self.incident is not None else 0

    @property
    def rung(self) -> Rung | None:
        """The rung that holds the event."""
        return None if self.index is None else self._plan.rungs[self.index]

    @property
    def source(self) -> str | None:
        """The source that is on air."""
        return None if self.index is None or self.decision is None else self.decision.source

    @property
    def footing(self) -> Footing:
        """The ground of the room where the audience is."""
        return self._terrain.at(self.room)

    def find(self, kind: RungKind) -> int | None:
        """The place of a kind of rung, if the plan has it."""
        return next((index for index, rung in enumerate(self._plan.rungs) if rung.kind is kind), None)

    def slate(self) -> int:
        """The rung that always holds."""
        index = self.find(RungKind.SLATE)
        assert index is not None, "a plan without a slate"
        return index

    def is_on(self, index: int) -> bool:
        """Whether the event is held by this rung now."""
        rung = self._plan.rungs[index]
        return rung.room == self.room if rung.kind is RungKind.BACKUP_ROOM else index == self.index

    # ---- changing it ------------------------------------------------------------------------------------------------

    def take(self, change: Change, now: float) -> Effects:
        """Make `change`. On the way down an incident begins, if there is none; the best rung ends it."""
        opens = self.incident is None and not change.up
        if opens:
            self._opened += 1
            self.incident, self.number = f"{self._run}-{self._opened}", 0
        if change.earned:
            self.footing.regain(change.index, now)
        if not change.up and self._plan.rungs[change.index].kind is RungKind.BACKUP_ROOM:
            return self._relocate(change, now, opens=opens)
        return self._cut(change, now, opens=opens)

    def close(self, text: str) -> Sequence[LadderEffect]:
        """End the incident, if there is one."""
        if self.incident is None:
            return []
        effect = CloseIncident(self.incident, self.room, self.number, text)
        self.incident, self.number = None, 0
        return [effect]

    def _cut(self, change: Change, now: float, *, opens: bool) -> Effects:
        index, rung = change.index, self._plan.rungs[change.index]
        known = self.incident is None or index == self.index
        decision = Decision(
            room=self.room,
            rung=rung.kind,
            source=self.footing.ground(index).source,
            cause=change.cause,
            reason=change.reason,
            words="" if known else rung.words,
            opens=opens,
            closes=self.incident is not None and index == 0,
        )
        decision = self._numbered(decision)
        self._move(index, decision, now)
        return [Cut(decision), *follow_up(decision)]

    def _relocate(self, change: Change, now: float, *, opens: bool) -> Effects:
        rung = self._plan.rungs[change.index]
        room = str(rung.room)
        moved = Decision(
            room=self.room,
            rung=rung.kind,
            source=None,
            cause=change.cause,
            reason=change.reason,
            words=rung.words,
            opens=opens,
            to=room,
            spread_ms=rung.spread_ms,
        )
        moved = self._numbered(moved)
        self.room = room
        landing_index = self.footing.first_good(range(len(self._plan.rungs)))
        assert landing_index is not None, "a plan without a slate"
        landing = replace(
            moved,
            room=room,
            rung=self._plan.rungs[landing_index].kind,
            source=self.footing.ground(landing_index).source,
            cause=LANDING,
            reason=ARRIVED,
            words=self._plan.rungs[landing_index].words,
            opens=False,
            closes=landing_index == 0,
            to=None,
        )
        incident = str(moved.incident)
        self._move(landing_index, landing, now)
        return [announcement(moved, incident), Cut(landing), Move(moved), *follow_up(moved), *follow_up(landing)]

    def _numbered(self, decision: Decision) -> Decision:
        if self.incident is None:
            return decision
        self.number += 1
        return replace(decision, incident=self.incident, number=self.number)

    def _move(self, index: int, decision: Decision, now: float) -> None:
        """The only writer of what is on air."""
        rung = self._plan.rungs[index].kind
        if rung is not decision.rung or rung is RungKind.BACKUP_ROOM or decision.room != self.room:
            raise IllegalMove(f"{decision} cannot be on air in {self.room}")
        self.index, self.decision, self.since = index, decision, now
        if decision.closes:
            self.incident, self.number = None, 0
