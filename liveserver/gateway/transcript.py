"""What a room's clients are told of it, put into words once: its entries as messages, and the room as it stands.

It tells nobody and chooses nothing: when a crowd comes back within a second, each of them is told the same. Each venue
has one; whoever is given something of it changes nothing in it.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from broadcast.core.entries import Deleted, Entry
from broadcast.core.position import LogId
from broadcast.core.wire import Wire, encoded, entry_message
from liveserver.core.room import Room

KEPT_MAX = 1_000
HISTORIES_MAX = 16

_Span = tuple[LogId, str, int, int, int] | None


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
                *(self.message(entry, carried=True) for entry in carried),
                *self._standing(shown),
                *(self.message(entry, staff=True) for entry in staff),
            ]
            found = self._histories[place] = encoded(told, wire)
            if len(self._histories) > HISTORIES_MAX:
                del self._histories[next(iter(self._histories))]
        return found

    def _standing(self, shown: Sequence[Entry]) -> Iterator[dict[str, Any]]:
        withdrawn = {entry.body.target for entry in shown if isinstance(entry.body, Deleted)}
        for entry in shown:
            message = self.message(entry)
            yield {**message, "text": ""} if entry.offset in withdrawn and "text" in message else message

    def picture(self) -> dict[str, Any]:
        """The room as it stands."""
        version, found = self._picture
        if version != self._room.version:
            found = msgspec.to_builtins(self._room.picture())
            self._picture = self._room.version, found
        return found


def _span(entries: Sequence[Entry]) -> _Span:
    """What entries of one log are known by: those of a room lie without a hole, and of those carried along nothing can
    be withdrawn without another end or number of them."""
    if not entries:
        return None
    first, last = entries[0], entries[-1]
    return first.log, last.epoch, first.offset, last.offset, len(entries)
