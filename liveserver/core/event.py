"""The event's life: scheduled → open → live ⇄ break → ended, and what may be asked of it when.

It takes what the log says as it comes (the log is the truth, whoever wrote it) and holds only people's wishes to the
law. The gateway's commands ask it; the room's log tells it.
"""

from dataclasses import dataclass

from broadcast.core.commands import EventEnd, EventOpen, EventPause, EventStart
from broadcast.core.entries import EventState
from broadcast.core.errors import IllegalMove
from broadcast.core.woke import Woke

_NEXT = {
    EventState.SCHEDULED: (EventState.OPEN, EventState.LIVE, EventState.ENDED),
    EventState.OPEN: (EventState.LIVE, EventState.ENDED),
    EventState.LIVE: (EventState.BREAK, EventState.ENDED),
    EventState.BREAK: (EventState.LIVE, EventState.ENDED),
    EventState.ENDED: (),
}
_SAID = {
    EventState.SCHEDULED: "has not opened yet",
    EventState.OPEN: "is open already",
    EventState.LIVE: "is live already",
    EventState.BREAK: "is on a break",
    EventState.ENDED: "has ended",
}

EventCommand = EventOpen | EventStart | EventPause | EventEnd


@dataclass(frozen=True, slots=True)
class Asked:
    """A host asks for it."""

    command: EventCommand


@dataclass(frozen=True, slots=True)
class Changed:
    """The log says that the event entered `state`."""

    state: EventState


@dataclass(frozen=True, slots=True)
class Change:
    """Append that the event enters `state`."""

    state: EventState


@dataclass(frozen=True, slots=True)
class Refuse:
    """Turn the wish down as `wrong_state`, with this sentence."""

    reason: str


class Life:
    """One event's life, as this gateway knows it."""

    def __init__(self, state: EventState) -> None:
        self.state = state

    def deadline(self) -> float | None:
        """Never: an event's life has no clock of its own."""
        return None

    def step(self, event: Asked | Changed | Woke, _now: float) -> list[Change | Refuse]:
        """What follows from a wish, or from what the log says. IllegalMove for a deadline it never set."""
        match event:
            case Asked(command):
                to = _aim(command)
                return [Change(to)] if to in _NEXT[self.state] else [Refuse(f"The event {_SAID[self.state]}")]
            case Changed(state):
                self._move(state)
                return []
            case _:
                raise IllegalMove("an event's life sets no deadline")

    def _move(self, to: EventState) -> None:
        self.state = to


def _aim(command: EventCommand) -> EventState:
    match command:
        case EventOpen():
            return EventState.OPEN
        case EventStart():
            return EventState.LIVE
        case EventPause():
            return EventState.BREAK
        case _:
            return EventState.ENDED
