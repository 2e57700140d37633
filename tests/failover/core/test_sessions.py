"""Which of a source's sessions counts."""

import itertools
from collections.abc import Callable

from failover.core.sessions import Session, Sessions, Succession

SAME, NEWER, LOST = Succession
ONE, TWO = Session("m1", "s1"), Session("m2", "s1")


def test_the_newest_counts_wherever_it_is() -> None:
    sessions = Sessions()
    assert (sessions.current, sessions.gone) == (None, False)
    assert (sessions.announced(ONE, 100), sessions.current) == (NEWER, ONE)
    assert (sessions.announced(TWO, 50), sessions.current) == (SAME, ONE)
    assert (sessions.announced(TWO, 200), sessions.current) == (NEWER, TWO)
    assert (sessions.withdrawn(ONE, goodbye=True), sessions.current) == (SAME, TWO)
    sessions.announced(ONE, 20)
    assert (sessions.withdrawn(TWO, goodbye=False), sessions.current) == (LOST, ONE)


def test_a_lost_media_node_takes_its_sessions_with_it() -> None:
    sessions = Sessions()
    sessions.announced(ONE, 100)
    assert sessions.node_lost("m2") is SAME
    assert (sessions.node_lost("m1"), sessions.current) == (LOST, None)
    assert sessions.node_lost("m1") is SAME


def test_a_goodbye_is_the_last_word_until_somebody_comes_back() -> None:
    sessions = Sessions()
    sessions.announced(ONE, 100)
    assert (sessions.withdrawn(ONE, goodbye=True), sessions.gone) == (LOST, True)
    assert (sessions.node_lost("m1"), sessions.gone) == (SAME, True)
    sessions.announced(Session("m1", "s2"), 300)
    assert not sessions.gone
    sessions.node_lost("m1")
    assert not sessions.gone
    sessions.announced(Session("m1", "s3"), 400)
    assert (sessions.withdrawn(ONE, goodbye=True), sessions.gone) == (SAME, False)


def test_in_every_walk_what_counts_is_there_and_a_goodbye_means_that_nothing_is() -> None:
    events: tuple[Callable[[Sessions], Succession], ...] = (
        lambda sessions: sessions.announced(ONE, 100),
        lambda sessions: sessions.announced(TWO, 200),
        lambda sessions: sessions.withdrawn(ONE, goodbye=True),
        lambda sessions: sessions.withdrawn(TWO, goodbye=False),
        lambda sessions: sessions.node_lost("m1"),
    )
    for walk in itertools.product(events, repeat=5):
        sessions = Sessions()
        for event in walk:
            before = sessions.current
            found = event(sessions)
            assert (found is SAME) == (sessions.current == before)
            assert found is not LOST or before is not None
            assert not sessions.gone or sessions.current is None
