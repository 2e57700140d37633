"""Decides when what is on air has failed, and which rung is taken instead. It never looks for anything better while
what is on air holds, and changes nothing itself. The ladder drives one.

The law: down at once, to the first rung in the plan's order whose own verdict is good; but where that costs the
picture, or the sound, what is on air must have been bad for as long as the plan says.
"""

from broadcast.core.entries import RungKind
from failover.core.course import Change, Course
from failover.core.decision import NAMES
from failover.core.footing import PICTURE
from failover.core.patience import Patience, Trouble
from failover.core.plan import Plan
from failover.core.verdict import Verdict


class Descent:
    """The watch on what is on air."""

    def __init__(self, plan: Plan, course: Course) -> None:
        self._plan = plan
        self._course = course
        self._patience = Patience(plan.thresholds.picture_wait_ms / 1000)
        self._begun = False

    def begin(self) -> None:
        """The show has just gone live, or come back."""
        self._begun = True

    def settle(self, now: float) -> None:
        """Something else is on air, or what is holds again."""
        self._begun = False
        self.forget(now)

    def forget(self, now: float) -> None:
        """What was bad until now is not counted any more."""
        self._patience.step(Trouble.OVER, now)

    def failed(self, index: int, now: float, *, patient: bool) -> bool:
        """Whether what is on air has to be left. Where one may be `patient`, a host who has just begun or come back
        is given a moment, and so is whoever has not been seen yet."""
        verdict = self._course.footing.holds(index, self._course.source)
        if verdict in (Verdict.HEALTHY, Verdict.SUSPECT):
            self.settle(now)
            return False
        return not (patient and (verdict is Verdict.UNKNOWN or self._begun))

    def leave(self, index: int, now: float) -> Change | None:
        """Where to go from a rung that has failed; None while it is waited for."""
        course, footing, rungs = self._course, self._course.footing, self._plan.rungs
        below = footing.first_good(range(index, len(rungs)), but=(index, course.source))
        above = footing.first_good(range(index))
        to = course.slate() if below is None else below
        cause, reason = f"{rungs[index].kind}_failed", f"{NAMES[rungs[index].kind]} dropped out: {self._why()}."
        if rungs[to].kind not in PICTURE:
            if above is not None and rungs[above].kind in PICTURE:
                # Better a picture that has not earned its place yet than none.
                return Change(above, cause, reason, up=True)
            if to != index and not self._gives_up(index, now):
                return None
        return Change(to, cause, reason, up=False)

    def waiting(self) -> str:
        """What is said of what is on air and waited for; empty where nothing is."""
        if not self._patience.waiting:
            return ""
        rung = self._course.rung
        what = "sound" if rung is not None and rung.kind is RungKind.AUDIO else "picture"
        wait_s = self._plan.thresholds.picture_wait_ms / 1000
        return f"{self._why()}; waiting {wait_s:g} s before giving up the {what}"

    def deadline(self) -> float | None:
        """When what is waited for is given up."""
        return self._patience.deadline()

    def _gives_up(self, index: int, now: float) -> bool:
        """Whether what is on air has been bad for so long that showing less is better."""
        self._patience.step(self._course.footing.trouble(index, str(self._course.source)), now)
        return self._patience.given_up

    def _why(self) -> str:
        return self._course.footing.why(self._course.source)
