"""Whether viewers change at once to what the programme wants, or at its next key frame. It chooses no source and counts
no frame: whoever drives it (a gateway's stage) says whether there is time.

The law: what is shown is always what was ordered last, or what was shown before it, and that for `WAIT_S` at most.
"""

from dataclasses import dataclass

from broadcast.core.programme import NOTHING, Send
from broadcast.core.woke import Woke

WAIT_S = 0.3


@dataclass(frozen=True, slots=True)
class Ordered:
    """The programme sends this from here on. `unhurried`: what is shown still comes, and what is to come has pictures
    to be raced through first."""

    send: Send
    unhurried: bool


@dataclass(frozen=True, slots=True)
class KeyCame:
    """A key frame of this source's picture is there."""

    source: str


@dataclass(frozen=True, slots=True)
class Ended:
    """Nothing comes from this source any more."""

    source: str


ChangeoverEvent = Ordered | KeyCame | Ended | Woke


@dataclass(frozen=True, slots=True)
class Show:
    """From now on viewers are sent this."""

    send: Send


@dataclass(frozen=True, slots=True)
class AskKey:
    """Ask this source for a key frame."""

    source: str


ChangeoverEffect = Show | AskKey


class Changeover:
    """The machine. `showing` is what viewers are sent now."""

    def __init__(self) -> None:
        self.showing = NOTHING
        self._next: Send | None = None
        self._until = 0.0

    def awaits(self, source: str) -> bool:
        """Whether a key frame of this source would change what is shown."""
        return self._next is not None and self._next.source == source

    def deadline(self) -> float | None:
        """When a key frame has been waited for long enough."""
        return None if self._next is None else self._until

    def step(self, event: ChangeoverEvent, now: float) -> list[ChangeoverEffect]:
        """What follows from `event`."""
        match event:
            case Ordered(send, unhurried):
                return self._ordered(send, now, unhurried=unhurried)
            case KeyCame(source):
                due = self.awaits(source)
            case Ended(source):
                due = source == self.showing.source
            case _:
                due = now >= self._until
        return self._move(self._next) if due and self._next is not None else []

    def _ordered(self, send: Send, now: float, *, unhurried: bool) -> list[ChangeoverEffect]:
        self._next = None
        if send == self.showing:
            return []
        asked: list[ChangeoverEffect] = []
        if send.source is not None and send.source != self.showing.source:
            asked.append(AskKey(send.source))
        if not unhurried:
            return [*self._move(send), *asked]
        self._next, self._until = send, now + WAIT_S
        return asked

    def _move(self, send: Send) -> list[ChangeoverEffect]:
        """The only writer of what is shown."""
        self._next = None
        self.showing = send
        return [Show(send)]
