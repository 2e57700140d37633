"""Rhythm: the usual interval is the source's own, a pause is what the receiver waited."""

import pytest

from broadcast.core.entries import Kind, Order
from broadcast.core.rhythm import Pulse, Rhythm, patience_s


def test_the_usual_interval_is_the_sources_own_and_not_the_networks() -> None:
    rhythm = Rhythm()
    assert rhythm.last_at is None
    for n in range(50):
        rhythm.beat(1.0, n * 40_000)
    assert rhythm.last_at == 1.0
    assert rhythm.usual_s == pytest.approx(0.04, rel=0.05)
    for n in range(50, 60):
        rhythm.beat(2.0, 50 * 40_000 + (n - 50) * 200_000)
    assert rhythm.usual_s > 0.15, "it grows quickly"
    rhythm.beat(3.0, 10**12)
    assert rhythm.usual_s < 2.1, "a jump of the timeline counts for two seconds at most"


def test_a_pause_is_remembered_and_fades() -> None:
    rhythm = Rhythm()
    for n in range(10):
        rhythm.beat(n * 0.02, n * 20_000)
    assert rhythm.pause_s == pytest.approx(0.02, rel=0.01)
    rhythm.beat(0.4, 400_000)
    assert rhythm.pause_s == pytest.approx(0.22)
    for n in range(1, 501):
        rhythm.beat(0.4 + n * 0.02, 400_000 + n * 20_000)
    assert rhythm.pause_s == pytest.approx(0.22 / 2.72, rel=0.02), "ten seconds later"
    rhythm.beat(100, 420_000)
    rhythm.beat(200, 440_000)
    assert rhythm.pause_s == 0.5, "who was away for long is not borne with for long"


@pytest.mark.parametrize(
    ("usual_s", "pause_s", "patience"), [(0.033, 0.05, 0.15), (0.2, 0.05, 0.8), (0.033, 0.16, 0.24), (0.033, 9.0, 0.3)]
)
def test_the_slow_and_those_who_paused_lately_are_given_longer(usual_s: float, pause_s: float, patience: float) -> None:
    order = Order(source="main", then="standby")
    assert patience_s(order, Pulse("main", Kind.VIDEO, 0.0, usual_s, pause_s)) == pytest.approx(patience)
