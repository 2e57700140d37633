"""How many changes there may be."""

from dataclasses import replace

from failover.core.budget import Budget
from failover.core.decision import (
    Move,
)
from failover.core.plan import Owners, Plan, RecoveryTimes
from failover.core.standing import (
    TargetJudged,
    Turned,
)
from tests.failover.core.night import (
    FINE,
    GONE,
    LIVE,
    PLAN,
    H,
    K,
    Night,
    judged,
)


def nervous(moves_max: int) -> Plan:
    times = RecoveryTimes(
        clean_spell_s=1, relapse_factor=1, clean_spell_max_s=1, moves_max=moves_max, moves_window_s=60
    )
    return replace(PLAN, recovery=times)


def test_at_most_so_many_changes_per_window_then_hold_and_call_a_human() -> None:
    show = Night(plan=nervous(4)).give(judged(main=FINE, standby=FINE), Turned(LIVE))
    for turn in range(10):
        show.give(judged(main=GONE), at=10 + 4 * turn).give(judged(main=FINE), at=11 + 4 * turn)
    assert len(show.cuts) == 4
    held = [line for line in show.lines if "held" in line]
    assert held
    assert "Ada or Ben must take over" in held[0]
    assert show.ladder.source == "standby"
    show.until(200)
    assert show.ladder.source == "main"


def test_one_change_is_kept_for_going_down() -> None:
    show = Night(plan=nervous(3)).give(judged(main=FINE, standby=FINE), Turned(LIVE))
    show.give(judged(main=GONE), at=10).give(judged(main=FINE), at=11).until(30)
    assert show.cuts[-1] == "10 cut standby/standby (main_failed)"
    show.give(judged(standby=GONE), at=31)
    assert show.cuts[-1] == "31 cut main/main (standby_failed)"
    show.give(judged(main=GONE), at=32).until(40)
    assert len(show.cuts) == 3
    show.until(61)
    assert show.cuts[-1] == "60 cut slate/None (main_failed)"


def test_with_no_change_left_the_slate_leads_nowhere() -> None:
    plan = replace(nervous(2), owners=Owners())
    plan = replace(plan, rungs=tuple(replace(r, leads_on_after_s=5 if r.kind is K.SLATE else None) for r in plan.rungs))
    show = Night(plan=plan).give(TargetJudged(H, "it answers"), judged(main=FINE), Turned(LIVE))
    show.give(judged(main=GONE), at=10).until(20)
    assert show.of(Move) == []
    assert "Somebody must take over" in show.lines[-1]
    show.until(61)
    assert len(show.of(Move)) == 1


def test_changes_leave_the_window_one_by_one() -> None:
    budget = Budget(RecoveryTimes(moves_max=3, moves_window_s=60))
    assert budget.deadline() is None
    for now in (100, 130, 155):
        assert budget.allows(now, can_wait=False)
        budget.spend(now)
    assert [budget.allows(now, can_wait=False) for now in (155, 159, 160)] == [False, False, True]
    assert [budget.allows(now, can_wait=True) for now in (189, 190)] == [False, True]
    assert budget.deadline() == 215


def test_that_it_holds_is_said_once_until_there_is_a_change_again() -> None:
    budget = Budget(RecoveryTimes(moves_max=30, moves_window_s=600))
    assert [budget.hold(), budget.hold()] == ["30 changes within 600 s: holding.", ""]
    budget.spend(1)
    assert budget.hold()
