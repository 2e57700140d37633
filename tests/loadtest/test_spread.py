"""The spread: percentiles right to a few percent, mergeable, the same after a journey through JSON."""

import random

import pytest

from loadtest.spread import Spread


def test_an_empty_spread_has_no_percentile():
    assert Spread().percentile(0.5) is None
    assert Spread().to_json() == {"count": 0}
    assert Spread.from_json({"count": 0}).count == 0


@pytest.mark.parametrize("share", [0.01, 0.5, 0.95, 0.99, 1.0])
def test_percentiles_are_right_to_a_few_percent(share):
    dice = random.Random(7)
    values = sorted(dice.lognormvariate(2, 1) for _ in range(5_000))
    spread = Spread()
    for value in values:
        spread.add(value)
    truth = values[max(0, int(share * len(values)) - 1)]
    assert spread.percentile(share) == pytest.approx(truth, rel=0.04)


def test_merged_is_the_same_as_added_together():
    whole, one, other = Spread(), Spread(), Spread()
    for n in range(100):
        whole.add(n)
        (one if n % 3 else other).add(n)
    one.merge(other)
    assert one.to_json() == whole.to_json()


def test_json_brings_everything_back():
    spread = Spread()
    for n in range(50):
        spread.add(n * 1.5)
    again = Spread.from_json(spread.to_json())
    assert again.to_json() == spread.to_json()


def test_clocks_that_disagree_do_not_make_negative_times():
    spread = Spread()
    spread.add(-3)
    assert spread.lowest_ms == 0
