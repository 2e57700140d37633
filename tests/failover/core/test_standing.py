"""What a ladder is told."""

from broadcast.core.entries import EventState
from failover.core.standing import LadderPolicy, Standing, Surveyed


def test_a_ladder_that_finds_nothing_begins_with_nothing() -> None:
    standing = Standing("demo", EventState.OPEN)
    assert (standing.decision, standing.pinned, standing.veto_s, standing.sources) == (None, None, None, ())


def test_judgements_of_one_moment_are_one_event() -> None:
    assert Surveyed(()) == Surveyed(())


def test_a_host_has_a_moment_before_the_slate_and_a_shorter_one_between_sound_and_picture() -> None:
    assert LadderPolicy().grace_s == 5.0
    assert LadderPolicy().picture_grace_s == 2.0
