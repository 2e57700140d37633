"""The shared event has nothing to tell but itself."""

from broadcast.core.woke import Woke


def test_one_waking_is_like_another() -> None:
    assert Woke() == Woke()
