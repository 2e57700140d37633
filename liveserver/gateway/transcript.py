"""What a room's clients are told of it, put into words once: its entries as messages, and the room as it stands.

It tells nobody and chooses nothing: when a crowd comes back within a second, each of them is told the same. Each venue
has one; whoever is given something of it changes nothing in it.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from broadcast.core.entries import Deleted, Entry, Question
from broadcast.core.position import LogId
from broadcast.core.wire import Wire, encoded, entry_message
from liveserver.core.room import Room

KEPT_MAX = 1_000
HISTORIES_MAX = 16

_Span = tuple[LogId, str, int, int, int] | None


class Withdrawn:
    """What these entries withdraw. A question is withdrawn whole, whichever of the entries that tell of it is named."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        entries = tuple(entries)
        self._places = {(entry.log, entry.body.target) for entry in entries if isinstance(entry.body, Deleted)}
        here = (entry for entry in entries if (entry.log, entry.offset) in self._places)
        self._questions = {_question(entry) for entry in here} - {""}

    def covers(self, entry: Entry) -> bool:
        """Whether none of its words is to be told."""
        return (entry.log, entry.offset) in self._places or _question(entry) in self._questions


class Transcript:
    """One room's."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._messages: dict[tuple[LogId, str, int, bool], dict[str, Any]] = {}
        self._histories: dict[tuple[Wire, _Span, _Span, _Span], msgspec.Raw] = {}
        self._picture: tuple[int, dict[str, Any]] = (-1, {})

    def message(self, entry: Entry, *, staff: bool = False, carried: bool = False) -> dict[str, Any]:
        """The entry as clients get it. `staff`: it stands in the staff log; `carried`: it comes from another room."""
        place = (entry.log, entry.epoch, entry.offset, carried)
        found = self._messages.get(place)
        if found is None:
            found = self._messages[place] = entry_message(entry, staff=staff, carried=carried)
            if len(self._messages) > KEPT_MAX:
                del self._messages[next(iter(self._messages))]
        return found

    def history(
        self, carried: Sequence[Entry], shown: Sequence[Entry], staff: Sequence[Entry], wire: Wire
    ) -> msgspec.Raw:
        """What a welcome tells of the past, encoded: what comes along from elsewhere, the room's own, the staff's. What
        was withdrawn keeps its place, and none of its words."""
        place = (wire, _span(carried), _span(shown), _span(staff))
        found = self._histories.get(place)
        if found is None:
            told = [
                *self._standing(carried, shown),
                *(self.message(entry, staff=True) for entry in staff),
            ]
            found = self._histories[place] = encoded(told, wire)
            if len(self._histories) > HISTORIES_MAX:
                del self._histories[next(iter(self._histories))]
        return found

    def _standing(self, carried: Sequence[Entry], shown: Sequence[Entry]) -> Iterator[dict[str, Any]]:
        # What is withdrawn may stand before all that is shown, and something of it be shown.
        first = shown[0].offset if shown else 0
        targets = {entry.body.target for entry in shown if isinstance(entry.body, Deleted)}
        before = [self._room.tail.at(target) for target in targets if target < first]
        withdrawn = Withdrawn((*filter(None, before), *shown))
        for entry, is_carried in (*((entry, True) for entry in carried), *((entry, False) for entry in shown)):
            message = self.message(entry, carried=is_carried)
            yield _silenced(message) if withdrawn.covers(entry) else message

    def picture(self) -> dict[str, Any]:
        """The room as it stands."""
        version, found = self._picture
        if version != self._room.version:
            found = msgspec.to_builtins(self._room.picture())
            self._picture = self._room.version, found
        return found


def _question(entry: Entry) -> str:
    return entry.body.id if isinstance(entry.body, Question) else ""


def _silenced(message: dict[str, Any]) -> dict[str, Any]:
    return {**message, **{name: "" for name in ("text", "answer") if name in message}}


def _span(entries: Sequence[Entry]) -> _Span:
    """What entries of one log are known by: those of a room lie without a hole, and of those carried along nothing can
    be withdrawn without another end or number of them."""
    if not entries:
        return None
    first, last = entries[0], entries[-1]
    return first.log, last.epoch, first.offset, last.offset, len(entries)
