"""The questions of a room as they now stand: its own, and those of the room that its audience was moved from.

It decides which are kept, which of two forms of one question counts, and which gives way to the next. It neither
writes nor sends; `room` feeds it what the log says.
"""

from collections.abc import Iterable

from broadcast.core.entries import Question
from broadcast.core.position import MemberId

QUESTIONS_MAX = 200
QUESTIONS_EACH_MAX = 5


class Questions:
    """At most `QUESTIONS_MAX`, the oldest first: their ids begin with the time."""

    def __init__(self) -> None:
        self._standing: dict[str, Question] = {}
        self._brought: dict[str, Question] = {}

    def all(self) -> tuple[Question, ...]:
        """Each as it now stands, the oldest first."""
        return tuple(self._standing.values())

    def get(self, question: str) -> Question | None:
        """One as it now stands; None where nobody asked it, or it is gone."""
        return self._standing.get(question)

    def open_of(self, member: MemberId) -> int:
        """How many of the member's still wait for an answer."""
        return sum(one.author.id == member and one.state == "open" for one in self._standing.values())

    def superseded(self) -> str | None:
        """The one that the next one displaces, the oldest; None while there is room for more."""
        return min(self._standing) if len(self._standing) >= QUESTIONS_MAX else None

    def find(self, own: Iterable[Question]) -> None:
        """What the room's log holds now, in any order, beside what was brought along."""
        found = dict(self._brought)
        for question in own:
            known = found.get(question.id)
            if known is None or known.state == "open":
                found[question.id] = question
        self._standing = dict(sorted(found.items())[-QUESTIONS_MAX:])

    def bring(self, questions: Iterable[Question]) -> None:
        """Those of the room that the audience comes from. An answer counts wherever it was given."""
        self._brought |= {question.id: question for question in questions}
        self.find(self._standing.values())

    def put(self, question: Question) -> None:
        """One asked, or answered."""
        self._standing[question.id] = question
        while len(self._standing) > QUESTIONS_MAX:
            self.withdraw(min(self._standing))

    def withdraw(self, question: str) -> None:
        """It is not shown any more, here or when the log is found anew."""
        self._standing.pop(question, None)
        self._brought.pop(question, None)
