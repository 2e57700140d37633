"""Shapes: who is there at which moment, when locust follows them at the pace they ask for."""

from itertools import pairwise

import pytest

from loadtest.refusal import Refusal
from loadtest.shape import SHAPES, Shape, shape_called, tick

USERS, FOR_S = 300, 60.0


def followed(name: str, *, beside: int = 0) -> list[int]:
    """The users at each second, as locust follows a shape: asked once a second, so many come or go a second."""
    shape, users, present = SHAPES[name], [], 0.0
    for second in range(int(FOR_S) + 1):
        wanted = tick(shape, float(second), USERS, FOR_S, beside=beside)
        assert wanted is not None
        target, per_s = wanted
        step = min(abs(target - present), per_s)
        present += step if target > present else -step
        users.append(round(present))
    return users


def test_a_steady_show_fills_in_its_first_fifth_and_stays():
    users = followed("steady")
    assert users[:13] == [25 * (second + 1) for second in range(12)] + [300]
    assert set(users[12:]) == {300}


def test_a_viral_spike_is_a_fifth_then_all_within_two_seconds_then_a_fifth_again():
    users = followed("spike")
    assert users[0] == 60
    assert set(users[:20]) == {60}
    assert users[19:22] == [60, 210, 300]
    assert set(users[21:48]) == {300}
    assert users[47:53] == [300, 225, 150, 75, 60, 60]
    assert set(users[51:]) == {60}


def test_when_doors_open_two_thirds_rush_in_and_the_rest_comes_over_half_of_the_time():
    users = followed("doors")
    assert users[:3] == [200, 200, 200]
    assert all(0 <= later - sooner <= 4 for sooner, later in pairwise(users))
    assert users[17] == pytest.approx(250, abs=2)
    assert set(users[32:]) == {300}


def test_a_storm_breaks_every_connection_once_in_the_middle_and_nobody_is_sent_home():
    assert followed("storm") == followed("steady")
    storms = [SHAPES["storm"](at_s / 10, USERS, FOR_S).storm for at_s in range(600)]
    assert storms == [False] * 300 + [True] * 300
    assert not any(shape(at_s, USERS, FOR_S).storm for shape in others() for at_s in range(60))


def others() -> list[Shape]:
    return [shape for name, shape in SHAPES.items() if name != "storm"]


@pytest.mark.parametrize("name", SHAPES)
def test_who_is_no_member_comes_beside_them_at_every_moment(name):
    shape = SHAPES[name]
    assert [users + 1 for users in followed(name)][-1] == followed(name, beside=1)[-1]
    for at_s in range(61):
        alone, with_host = (tick(shape, at_s, USERS, FOR_S, beside=beside) for beside in (0, 1))
        assert alone is not None
        assert with_host == (alone[0] + 1, alone[1])


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_ends_with_the_run_and_works_for_one(name):
    assert tick(SHAPES[name], FOR_S + 0.1, USERS, FOR_S, beside=0) is None
    crowds = [SHAPES[name](at_s / 10, 1, 5.0) for at_s in range(50)]
    assert {crowd.users for crowd in crowds} == {1}
    assert all(crowd.per_s >= 1 for crowd in crowds)


def test_a_shape_that_nobody_knows_is_refused_with_those_there_are():
    with pytest.raises(Refusal, match="no shape is called 'star'; there are steady, spike, doors, storm"):
        shape_called("star")
