"""Decides how a show begins: when an open event goes live, when staff is told that it is late, and on which rung it is
first shown. It never leaves a rung that something is shown on. The ladder drives one.

The law: it begins with a picture where one comes soon after the sound; and a host who goes live before any source is
there is given a moment, then the slate is shown.
"""

from collections.abc import Sequence
from typing import Final

from broadcast.core.entries import EventState
from failover.core.course import Change, Course
from failover.core.decision import GoLive, LadderEffect, Line
from failover.core.footing import PICTURE
from failover.core.plan import Plan
from failover.core.standing import LadderPolicy

_BEFORE: Final = (EventState.SCHEDULED, EventState.OPEN)


class Opening:
    """`late_s`: in how many seconds from `now` a show that has not begun is late; None where nobody said when it is to
    begin."""

    def __init__(self, plan: Plan, course: Course, policy: LadderPolicy, late_s: float | None, now: float) -> None:
        self._plan = plan
        self._course = course
        self._policy = policy
        self._late_at = None if late_s is None or late_s < -policy.late_told_s else now + late_s
        self._asked_live = False
        self._sound_at: float | None = None

    def turn(self) -> None:
        """The event entered another state."""
        self._asked_live = False
        self._sound_at = None

    def settle(self) -> None:
        """Something is shown."""
        self._sound_at = None

    def wait(self, state: EventState, now: float) -> Sequence[LadderEffect]:
        """What is to be done while the event is not live."""
        return [*self._go_live(state), *self._say_late(state, now)]

    def first(self, now: float, *, patient: bool) -> Change | None:
        """The first rung of a live show, once it is time; `patient`: a source may still come."""
        footing = self._course.footing
        index = footing.first_good(range(len(self._plan.rungs)))
        if index is None or footing.ground(index).source is None:
            self._sound_at = None
        elif self._plan.rungs[index].kind not in PICTURE and now < self._sounding(now) + self._policy.picture_grace_s:
            # Sound comes some moments before its picture; whoever is shown it alone would see the show begin twice.
            return None
        else:
            return Change(index, "began", "The show begins.", up=True)
        return None if patient else Change(self._course.slate(), "no_source", "No camera has come yet.", up=False)

    def deadline(self, state: EventState) -> float | None:
        """When time alone could change something."""
        if state is EventState.LIVE:
            return None if self._sound_at is None else self._sound_at + self._policy.picture_grace_s
        return self._late_at if state in _BEFORE else None

    def _go_live(self, state: EventState) -> Sequence[LadderEffect]:
        if state is not EventState.OPEN or self._plan.show.goes_live != "first_publisher" or self._asked_live:
            return []
        source = self._course.footing.publisher()
        if source is None:
            return []
        self._asked_live = True
        return [GoLive(source)]

    def _say_late(self, state: EventState, now: float) -> Sequence[LadderEffect]:
        if self._late_at is None or now < self._late_at or state not in _BEFORE:
            return []
        self._late_at = None
        late = f"{self._plan.show.late_after_s / 60:g} min"
        text = f"The show should have begun {late} ago. {self._plan.owners.called} must see to it."
        return [Line(self._course.room, "", 0, "verdict", text)]

    def _sounding(self, now: float) -> float:
        if self._sound_at is None:
            self._sound_at = now
        return self._sound_at
