"""When a rung has earned its place back."""

import itertools

import pytest

from broadcast.core.errors import IllegalMove
from broadcast.core.woke import Woke
from failover.core.plan import RecoveryTimes
from failover.core.recovery import Earned, Recovery, Turn

TIMES = RecoveryTimes(clean_spell_s=3, relapse_factor=2, clean_spell_max_s=10)


def test_a_story_of_coming_back_and_relapsing() -> None:
    recovery = Recovery(TIMES)
    assert recovery.deadline() is None
    assert recovery.step(Turn.WELL, 0) == []
    assert recovery.deadline() == 3
    assert recovery.step(Turn.WELL, 2) == []
    assert recovery.step(Woke(), 3) == [Earned(3)]
    assert recovery.step(Turn.WELL, 4) == []
    assert recovery.deadline() is None
    recovery.step(Turn.REGAINED, 4)
    recovery.step(Turn.FAILED, 5)
    assert (recovery.earned, recovery.spell_s) == (False, 6)
    recovery.step(Turn.WELL, 6)
    assert recovery.step(Woke(), 12) == [Earned(6)]
    recovery.step(Turn.REGAINED, 12)
    recovery.step(Turn.FAILED, 13)
    assert recovery.spell_s == 10


def test_a_relapse_ends_the_clean_spell() -> None:
    recovery = Recovery(TIMES)
    recovery.step(Turn.WELL, 0)
    recovery.step(Turn.FAILED, 2.9)
    recovery.step(Turn.WELL, 3)
    assert recovery.step(Woke(), 5.9) == []
    assert recovery.step(Woke(), 6) == [Earned(3)]


def test_faltering_ends_the_spell_but_is_no_relapse() -> None:
    recovery = Recovery(TIMES)
    recovery.step(Turn.WELL, 0)
    recovery.step(Woke(), 3)
    recovery.step(Turn.REGAINED, 3)
    recovery.step(Turn.FALTERED, 4)
    assert (recovery.earned, recovery.spell_s) == (False, 3)


def test_who_held_for_the_longest_spell_is_forgiven() -> None:
    recovery = Recovery(TIMES)
    recovery.step(Turn.WELL, 0)
    recovery.step(Turn.REGAINED, 3)
    recovery.step(Turn.FAILED, 4)
    assert recovery.spell_s == 6
    recovery.step(Turn.WELL, 5)
    recovery.step(Turn.REGAINED, 11)
    recovery.step(Turn.FAILED, 21)
    assert recovery.spell_s == 3


def test_a_restart_counts_from_now() -> None:
    recovery = Recovery(TIMES)
    recovery.step(Turn.RESTARTED, 0)
    assert recovery.deadline() is None
    recovery.step(Turn.WELL, 0)
    recovery.step(Woke(), 3)
    recovery.step(Turn.RESTARTED, 4)
    assert (recovery.earned, recovery.deadline()) == (False, 7)


def test_what_is_impossible_changes_nothing() -> None:
    recovery = Recovery(TIMES)
    with pytest.raises(IllegalMove):
        recovery.step(Turn.REGAINED, 0)
    with pytest.raises(IllegalMove):
        recovery.step("nonsense", 0)  # type: ignore[arg-type]
    with pytest.raises(IllegalMove):
        recovery._move(well_since=None, earned=True)
    assert (recovery.earned, recovery.deadline(), recovery.spell_s) == (False, None, 3)


def test_in_every_walk_nothing_is_earned_without_a_whole_spell() -> None:
    for walk in itertools.product([*Turn, Woke()], repeat=5):
        recovery = Recovery(TIMES)
        well_since: float | None = None
        for now, event in enumerate(walk):
            if event is Turn.REGAINED and well_since is None:
                break
            earned = recovery.step(event, now * 2)
            if event in (Turn.FAILED, Turn.FALTERED):
                well_since = None
            elif event is Turn.RESTARTED:
                well_since = None if well_since is None else now * 2
            elif event is Turn.WELL and well_since is None:
                well_since = now * 2
            assert TIMES.clean_spell_s <= recovery.spell_s <= TIMES.clean_spell_max_s
            if earned:
                assert well_since is not None
                assert now * 2 - well_since >= recovery.spell_s
            assert recovery.earned is (well_since is not None and now * 2 - well_since >= recovery.spell_s)
