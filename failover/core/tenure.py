"""Decides when a rung that holds gives way all the same: to a better one that has earned its place back, or, when its
own time is over, to the next one that holds. It changes nothing itself. The ladder asks it.

The law: up one rung after a clean spell of that rung, and no sooner than a spell after the last change; a rung that may
last only so long leads to the next one, and the backup room is entered where it is healthy.
"""

from failover.core.course import Change, Course
from failover.core.decision import NAMES
from failover.core.footing import PICTURE
from failover.core.plan import Plan
from failover.core.verdict import Verdict


def climb(plan: Plan, course: Course, index: int, now: float) -> Change | None:
    """Up from the rung at `index`, where a better one has earned its place."""
    earned = course.footing.earned(index)
    if not earned or now < course.since + plan.recovery.clean_spell_s:
        return None
    # Sound alone is no step on the way to a picture that has earned its place.
    to = max([each for each in earned if plan.rungs[each].kind in PICTURE] or earned)
    reason = f"{NAMES[plan.rungs[to].kind]} has been good for {course.footing.spell_s(to):g} s."
    return Change(to, "recovered", reason, up=True, earned=True)


def lead_on(plan: Plan, course: Course, index: int, now: float) -> Change | None:
    """On from the rung at `index`, where it has lasted as long as the plan allows."""
    rung = plan.rungs[index]
    if rung.leads_on_after_s is None or now < course.since + rung.leads_on_after_s:
        return None
    if course.footing.first_good(range(index)) is not None:
        # What is good again will be taken up as soon as it has earned it; that is nearer than another room.
        return None
    below = range(index + 1, len(plan.rungs))
    to = next((each for each in below if course.footing.ground(each).verdict is Verdict.HEALTHY), None)
    if to is None:
        return None
    reason = f"{NAMES[rung.kind]} has lasted {rung.leads_on_after_s:g} s, as long as the plan allows."
    return Change(to, "lasted_too_long", reason, up=False)


def deadlines(plan: Plan, course: Course, index: int) -> list[float]:
    """When the rung at `index` could give way."""
    due = [course.since + plan.recovery.clean_spell_s, *course.footing.deadlines(index)]
    leads_on_after_s = plan.rungs[index].leads_on_after_s
    return due if leads_on_after_s is None else [*due, course.since + leads_on_after_s]
