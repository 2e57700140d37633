"""Where a reader stands in a room's log, and how rooms and logs are named.

A room id is an event id, or an event id, a dot and a room's name (`demo`, `demo.backup`): all rooms of one event share
the event's standing (bans, mutes) and lease, and one Redis hash tag.
"""

import re
from dataclasses import dataclass
from typing import NewType

EventId = NewType("EventId", str)
RoomId = NewType("RoomId", str)
LogId = NewType("LogId", str)
MemberId = NewType("MemberId", str)

_ROOM = re.compile(r"[a-z0-9][a-z0-9-]{0,39}(\.[a-z0-9][a-z0-9-]{0,19})?")
STAFF_SUFFIX = "!staff"


@dataclass(frozen=True, slots=True)
class Position:
    """A place in one log: the lineage (`epoch`) and the `offset` of the last entry seen (0 before the first)."""

    epoch: str
    offset: int


def is_room_id(text: str) -> bool:
    """Whether `text` can name a room: an event id of at most 40 characters, and perhaps `.name` of at most 20."""
    return _ROOM.fullmatch(text) is not None


def event_of(room: RoomId | LogId) -> EventId:
    """The event that a room (or a room's log) belongs to."""
    return EventId(room.removesuffix(STAFF_SUFFIX).partition(".")[0])


def room_log(room: RoomId) -> LogId:
    """The log that everyone in the room reads."""
    return LogId(room)


def staff_log(room: RoomId) -> LogId:
    """The log that only staff reads; it has offsets of its own."""
    return LogId(room + STAFF_SUFFIX)
