"""The event's life: the story of an evening, and every wish in every state."""

import itertools

import pytest

from broadcast.core.commands import EventEnd, EventOpen, EventPause, EventStart
from broadcast.core.entries import EventState
from broadcast.core.errors import IllegalMove
from broadcast.core.woke import Woke
from liveserver.core.event import Asked, Change, Changed, EventCommand, Life, Refuse

S = EventState
OPEN, START, PAUSE, END = (kind(key="k") for kind in (EventOpen, EventStart, EventPause, EventEnd))
LAWFUL = {
    S.SCHEDULED: {OPEN: S.OPEN, START: S.LIVE, END: S.ENDED},
    S.OPEN: {START: S.LIVE, END: S.ENDED},
    S.LIVE: {PAUSE: S.BREAK, END: S.ENDED},
    S.BREAK: {START: S.LIVE, END: S.ENDED},
    S.ENDED: {},
}


def test_an_evening() -> None:
    life = Life(S.SCHEDULED)
    for wish, state in ((OPEN, S.OPEN), (START, S.LIVE), (PAUSE, S.BREAK), (START, S.LIVE), (END, S.ENDED)):
        assert life.step(Asked(wish), 0) == [Change(state)]
        assert life.state is not state, "a wish changes nothing until the log says so"
        assert life.step(Changed(state), 0) == []
        assert life.state is state
    assert life.step(Asked(START), 0) == [Refuse("The event has ended")]
    assert life.deadline() is None


@pytest.mark.parametrize("state", list(S))
@pytest.mark.parametrize("wish", [OPEN, START, PAUSE, END])
def test_each_wish_is_granted_where_the_law_allows_and_refused_in_words_elsewhere(
    state: EventState, wish: EventCommand
) -> None:
    life = Life(state)
    (answer,) = life.step(Asked(wish), 0)
    to = LAWFUL[state].get(wish)
    assert answer == Change(to) if to is not None else isinstance(answer, Refuse)
    assert life.state is state


def test_what_the_log_says_is_so_whoever_wrote_it() -> None:
    for states in itertools.product(S, repeat=3):
        life = Life(S.ENDED)
        for state in states:
            assert life.step(Changed(state), 0) == []
            assert life.state is state


def test_it_has_no_clock() -> None:
    life = Life(S.LIVE)
    with pytest.raises(IllegalMove):
        life.step(Woke(), 0)
    assert life.state is S.LIVE
