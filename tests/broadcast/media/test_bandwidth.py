"""What a publisher may send comes down with loss and goes up again."""

from hypothesis import given
from hypothesis import strategies as st

from broadcast.media.bandwidth import FLOOR_BPS, Allowance


def test_a_clean_path_has_all_of_the_cap_from_the_first_second_on():
    assert Allowance(4_000_000).see(0.0, 300_000) == 4_000_000


def test_loss_brings_it_down_below_what_arrived():
    allowance = Allowance(4_000_000)
    assert allowance.see(0.2, 2_000_000) == 1_800_000
    assert allowance.see(0.2, 1_500_000) == 1_350_000


def test_a_little_loss_holds_it():
    allowance = Allowance(4_000_000)
    allowance.see(0.5, 2_000_000)
    assert allowance.see(0.05, 1_000_000) == 1_500_000


def test_it_climbs_back_within_half_a_minute():
    allowance = Allowance(4_000_000)
    allowance.see(0.5, 1_000_000)
    seconds = 0
    while allowance.bps < 4_000_000:
        allowance.see(0.0, allowance.bps)
        seconds += 1
    assert 10 < seconds < 30


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 10_000_000)), max_size=50))
def test_it_stays_between_the_floor_and_the_cap(seconds):
    allowance = Allowance(4_000_000)
    for loss, received in seconds:
        assert FLOOR_BPS <= allowance.see(loss, received) <= 4_000_000
