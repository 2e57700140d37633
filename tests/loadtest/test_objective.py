"""Objectives: judged by their own names, and what was not measured does not pass."""

import pytest

from loadtest.objective import Objectives, judge, shown

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


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "not measured"),
        (0.0, "0"),
        (1, "1"),
        (12345.0, "12,345"),
        (12345.67, "12,345.7"),
        (3.25, "3.250"),
        (0.999, "0.999"),
        (0.99996, "0.99996"),
    ],
)
def test_a_figure_is_shown_so_that_a_near_miss_looks_like_one(value, text):
    assert shown(value) == text
