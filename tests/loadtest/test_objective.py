"""Objectives: judged by their own names, and what was not measured does not pass."""

from loadtest.objective import Objectives, judge
from loadtest.shape import SHAPES, shape_called

CLEAN = dict.fromkeys(("lost_max", "doubled_max", "swapped_max", "forgotten_max", "contradicted_max"), 0.0)


def test_without_a_wish_only_the_sins_are_judged():
    verdicts = judge(Objectives(), CLEAN)
    assert len(verdicts) == 5
    assert all(verdict.met for verdict in verdicts)


def test_one_lost_message_fails_the_run():
    verdicts = judge(Objectives(), {**CLEAN, "lost_max": 1})
    assert [verdict.what for verdict in verdicts if not verdict.met] == ["messages lost"]


def test_least_and_most_are_told_apart():
    wishes = Objectives(reach_min=0.99, latency_p95_ms=200)
    assert all(v.met for v in judge(wishes, {**CLEAN, "reach_min": 0.99, "latency_p95_ms": 200}))
    failed = [v.what for v in judge(wishes, {**CLEAN, "reach_min": 0.98, "latency_p95_ms": 201}) if not v.met]
    assert failed == ["reach: received of expected", "publish to receive, p95"]


def test_what_was_not_measured_is_not_met():
    verdict = judge(Objectives(picture_p95_ms=1000), CLEAN)[-1]
    assert (verdict.measured, verdict.met) == (None, False)


def test_every_shape_has_its_full_crowd_at_some_moment_and_never_more():
    for shape in SHAPES.values():
        crowds = [shape(at_s / 10, 300, 60.0) for at_s in range(600)]
        assert max(crowd.users for crowd in crowds) == 300
        assert all(crowd.users >= 1 and crowd.per_s >= 1 for crowd in crowds)


def test_a_spike_multiplies_the_crowd_and_a_storm_breaks_it_once():
    spike, storm = shape_called("spike"), shape_called("storm")
    assert spike(10, 300, 60).users * 5 == spike(25, 300, 60).users
    assert [storm(at_s, 300, 60).storm for at_s in (0, 29, 30, 59)] == [False, False, True, True]
