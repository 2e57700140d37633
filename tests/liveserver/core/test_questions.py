"""Which questions stand in a room."""

import pytest

from broadcast.core.entries import Person, Question, Role
from broadcast.core.position import MemberId
from liveserver.core import questions as limits
from liveserver.core.questions import Questions

ADA = Person(id=MemberId("g-ada"), name="Ada", role=Role.ATTENDEE)
MO = Person(id=MemberId("moderator-mo"), name="Mo", role=Role.MODERATOR)


def asked(*ids: str, by: Person = ADA) -> list[Question]:
    return [Question(id=one, author=by, text="Why?") for one in ids]


def answered(one: str) -> Question:
    return Question(id=one, author=ADA, text="Why?", state="answered", answer="Because", answered_by=MO)


def board(*ids: str) -> Questions:
    made = Questions()
    made.find(asked(*ids))
    return made


def ids(of: Questions) -> list[str]:
    return [one.id for one in of.all()]


def test_nothing_is_asked_at_first() -> None:
    assert (Questions().all(), Questions().get("q1"), Questions().superseded()) == ((), None, None)


def test_they_stand_in_the_order_of_time_however_the_log_gave_them() -> None:
    assert ids(board("q3", "q1", "q2")) == ["q1", "q2", "q3"]


def test_an_answer_takes_its_questions_place() -> None:
    made = board("q1", "q2")
    made.put(answered("q1"))
    assert made.all() == (answered("q1"), *asked("q2"))
    assert made.get("q1") == answered("q1")


def test_the_oldest_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "QUESTIONS_MAX", 2)
    made = board("q1")
    assert made.superseded() is None
    made.put(*asked("q2"))
    assert made.superseded() == "q1"
    made.put(*asked("q3"))
    assert ids(made) == ["q2", "q3"]
    made.find(asked("q5", "q4", "q6"))
    assert ids(made) == ["q5", "q6"]


def test_an_answer_counts_wherever_it_was_given() -> None:
    here, there = answered("q1"), answered("q2")
    made = Questions()
    made.find([here, *asked("q2")])
    made.bring([*asked("q1"), there, *asked("q3")])
    assert made.all() == (here, there, *asked("q3"))


def test_what_was_brought_is_there_when_the_log_is_found_again_unless_it_was_withdrawn() -> None:
    made = Questions()
    made.bring(asked("q1", "q2"))
    made.withdraw("q1")
    made.withdraw("q9")
    made.find(asked("q3"))
    assert ids(made) == ["q2", "q3"]


def test_only_open_ones_of_ones_own_count() -> None:
    made = Questions()
    made.find([*asked("q1"), answered("q2"), *asked("q3", by=MO)])
    assert (made.open_of(ADA.id), made.open_of(MO.id), made.open_of(MemberId("g-bo"))) == (1, 1, 0)
