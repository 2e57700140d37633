"""How long what has failed is waited for."""

import itertools

import pytest

from broadcast.core.errors import IllegalMove
from broadcast.core.woke import Woke
from failover.core.patience import LATE_S, GivenUp, Patience, Trouble

BAD, MENDING, GONE, OVER = Trouble.BAD, Trouble.MENDING, Trouble.GONE, Trouble.OVER


def test_a_story_of_a_stall_that_ends_and_of_one_that_does_not() -> None:
    wait = Patience(1.5)
    assert (wait.deadline(), wait.waiting) == (None, False)
    assert wait.step(BAD, 10) == []
    assert (wait.deadline(), wait.waiting) == (11.5, True)
    assert wait.step(MENDING, 10.5) == []
    assert (wait.deadline(), wait.waiting) == (None, True)
    assert wait.step(Woke(), 20) == []
    assert wait.step(OVER, 20) == []
    assert (wait.deadline(), wait.waiting) == (None, False)
    wait.step(BAD, 30)
    assert wait.step(BAD, 31) == []
    assert wait.deadline() == 31.5
    assert wait.step(Woke(), 31.5) == [GivenUp(1.5)]
    assert (wait.given_up, wait.waiting, wait.deadline()) == (True, False, None)
    assert wait.step(BAD, 40) == []


def test_one_that_keeps_coming_and_going_is_given_up_all_the_same() -> None:
    wait = Patience(1.5)
    given_up = []
    for turn in range(5):
        wait.step(BAD, 10 + turn)
        given_up += [10.5 + turn for _ in wait.step(MENDING, 10.5 + turn)]
    assert given_up == []
    assert not wait.given_up
    assert wait.step(BAD, 15) == [GivenUp(2.5)]
    wait.step(MENDING, 16)
    assert not wait.given_up


def test_nobody_waits_for_who_said_goodbye_nor_where_the_plan_wants_no_wait() -> None:
    wait = Patience(1.5)
    assert wait.step(GONE, 10) == [GivenUp(0)]
    assert wait.step(GONE, 11) == []
    wait = Patience(1.5)
    wait.step(BAD, 10)
    assert wait.step(GONE, 10.5) == [GivenUp(0.5)]
    assert Patience(0).step(BAD, 10) == [GivenUp(0)]


def test_time_in_which_we_were_away_ourselves_condemns_nobody_at_once_but_only_once() -> None:
    wait = Patience(1.5)
    wait.step(BAD, 10)
    assert wait.step(Woke(), 12) == []
    assert wait.deadline() == 12 + LATE_S
    assert wait.step(Woke(), 14) == [GivenUp(3.25)]
    wait.step(OVER, 15)
    wait.step(BAD, 16)
    assert wait.step(MENDING, 18) == []
    assert wait.waiting


def test_an_unknown_event_is_refused() -> None:
    wait = Patience(1.5)
    with pytest.raises(IllegalMove):
        wait.step("nonsense", 0)  # type: ignore[arg-type]
    assert not wait.waiting


def test_in_every_walk_the_law_holds() -> None:
    for walk in itertools.product((BAD, MENDING, GONE, OVER, Woke()), (0.4, 2.0), repeat=4):
        wait, now, bad_s, bad = Patience(1.5), 0.0, 0.0, False
        for event, after_s in zip(walk[::2], walk[1::2], strict=True):
            now += after_s
            bad_s += after_s if bad else 0.0
            told = wait.step(event, now)  # type: ignore[arg-type]
            if event is OVER:
                bad_s = 0.0
            bad = event is BAD or (bad and event not in (MENDING, OVER))
            assert not told or wait.given_up
            assert not wait.given_up or event is GONE or bad_s >= 1.5 or GONE in walk
            assert not (wait.waiting and wait.given_up)
            assert wait.given_up or not bad or wait.deadline() is not None
            assert event not in (OVER, MENDING) or not wait.given_up
            assert wait.deadline() is None or wait.waiting
