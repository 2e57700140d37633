"""How often one peer may do something, and that the table of peers is bounded."""

from liveserver.people import rate as module
from liveserver.people.rate import Rate


def test_so_many_times_and_then_again_when_the_window_has_passed() -> None:
    rate = Rate(2, 10.0)
    assert [rate.wait_s("a", now) for now in (0.0, 1.0)] == [0.0, 0.0]
    assert rate.wait_s("a", 4.0) == 6.0
    assert rate.wait_s("b", 4.0) == 0.0
    assert rate.wait_s("a", 10.0) == 0.0
    assert rate.wait_s("a", 10.5) == 0.5


def test_the_table_forgets_whoever_was_seen_longest_ago() -> None:
    rate = Rate(1, 1_000.0)
    for peer in range(module.PEERS_MAX + 1):
        assert rate.wait_s(str(peer), 0.0) == 0.0
    assert rate.wait_s("0", 1.0) == 0.0
    assert rate.wait_s(str(module.PEERS_MAX), 1.0) > 0
