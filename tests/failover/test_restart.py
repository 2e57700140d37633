"""When a controller that died is begun anew."""

import pytest

from failover import restart
from failover.restart import FIRST_S, FORGOTTEN_S, MAX_S, Restarts


def test_each_death_is_followed_by_a_longer_rest_up_to_a_bound() -> None:
    restarts, now = Restarts(), 0.0
    assert not restarts.rests("demo", now)
    pauses = []
    for _ in range(12):
        pause_s = restarts.died("demo", now)
        assert restarts.rests("demo", now + pause_s - 0.001)
        assert not restarts.rests("demo", now + pause_s)
        assert not restarts.rests("other", now)
        pauses.append(pause_s)
        now += pause_s
    assert 0.75 * FIRST_S <= pauses[0] <= 1.25 * FIRST_S
    assert pauses[4] > 4 * pauses[0]
    assert 0.75 * MAX_S <= pauses[-1] <= 1.25 * MAX_S


def test_one_that_has_lived_for_long_begins_anew_soon() -> None:
    restarts = Restarts()
    for _ in range(8):
        restarts.died("demo", 0)
    assert restarts.died("demo", FORGOTTEN_S + 1) <= 1.25 * FIRST_S


def test_two_that_died_together_do_not_come_back_together() -> None:
    assert len({Restarts().died("demo", 0) for _ in range(20)}) > 1


def test_no_more_events_are_remembered_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restart, "EVENTS_MAX", 2)
    restarts = Restarts()
    for event in ("a", "b", "c"):
        restarts.died(event, 0)
    assert [restarts.rests(event, 0) for event in ("a", "b", "c")] == [False, True, True]
