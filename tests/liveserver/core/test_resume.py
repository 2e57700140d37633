"""Resuming: a tail without holes, and what is told to whom."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.core.entries import Chat, Entry, Person, Role
from broadcast.core.errors import IllegalMove
from broadcast.core.position import LogId, MemberId, Position
from liveserver.core.resume import RESUME_MAX, Fetch, Known, Tail, begin, join

ADA = Person(MemberId("a"), "Ada", Role.ATTENDEE)


def entry(offset: int, epoch: str = "e") -> Entry:
    return Entry(LogId("demo"), epoch, offset, 0, Chat(author=ADA, text=str(offset)))


def tail(first: int, last: int, keep: int = 100) -> Tail:
    found = Tail(keep)
    found.begin([entry(n) for n in range(first, last + 1)], Position("e", last))
    return found


def offsets(known: Known | Fetch) -> list[int]:
    assert isinstance(known, Known)
    return [entry.offset for entry in known.entries]


def test_a_tail_takes_the_next_entry_and_no_other() -> None:
    held = tail(1, 3, keep=3)
    held.add(entry(4))
    assert (held.position, len(held)) == (Position("e", 4), 3)
    for wrong in (entry(4), entry(6), entry(5, "other")):
        with pytest.raises(IllegalMove):
            held.add(wrong)
    assert held.position == Position("e", 4)
    assert [e.offset for e in held.newest(2)] == [3, 4]


def test_an_entry_is_found_by_its_offset_while_it_is_held() -> None:
    held = tail(3, 5)
    found = held.at(4)
    assert found is not None
    assert found.offset == 4
    assert held.at(2) is None
    assert held.at(6) is None
    assert held.at(9) is None


def test_who_comes_anew_gets_the_newest() -> None:
    assert begin(tail(1, 9), None, 3) == Known(tuple(map(entry, (7, 8, 9))), resumed=False)


def test_who_comes_back_gets_what_it_missed() -> None:
    assert begin(tail(1, 9), Position("e", 7), 3) == Known((entry(8), entry(9)), resumed=True)
    assert begin(tail(1, 9), Position("e", 9), 3) == Known((), resumed=True)


@pytest.mark.parametrize("asked", [Position("other", 7), Position("e", 10), Position("e", 9 - RESUME_MAX - 1)])
def test_what_cannot_be_proven_is_a_snapshot(asked: Position) -> None:
    assert begin(tail(1, 9), asked, 2) == Known((entry(8), entry(9)), resumed=False)


def test_what_is_no_longer_held_is_fetched_and_joined_to_what_is() -> None:
    held = tail(5, 9)
    assert begin(held, Position("e", 2), 2) == Fetch(Position("e", 2))
    assert offsets(join(held, [entry(3), entry(4), entry(5)], whole=True, history_max=2)) == [3, 4, 5, 6, 7, 8, 9]


def test_what_was_fetched_in_vain_is_a_snapshot() -> None:
    held = tail(5, 9)
    snapshot = Known((entry(8), entry(9)), resumed=False)
    assert join(held, [entry(3)], whole=False, history_max=2) == snapshot
    assert join(held, [], whole=True, history_max=2) == snapshot
    assert join(held, [entry(2)], whole=True, history_max=2) == snapshot, "a hole between the two"
    assert join(held, [entry(7, "other")], whole=True, history_max=2) == snapshot


@given(st.integers(0, 30), st.integers(0, 30), st.integers(1, 10))
def test_whoever_resumes_misses_nothing_and_gets_nothing_twice(last: int, asked: int, keep: int) -> None:
    held = tail(max(1, last - keep + 1), last)
    told = begin(held, Position("e", asked), 5)
    if isinstance(told, Fetch):
        told = join(held, [entry(n) for n in range(asked + 1, last + 1)], whole=True, history_max=5)
        assert told.resumed
    if told.resumed:
        assert offsets(told) == list(range(asked + 1, last + 1))
    else:
        assert asked > last
