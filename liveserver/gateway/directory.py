"""What the gateway must know of a room before anyone may enter, and who it asks.

It holds nothing and decides nothing. The record plane's author implements `Directory`; admission asks it.
"""

from dataclasses import dataclass
from typing import Protocol

from broadcast.core.entries import EventState
from broadcast.core.position import EventId, RoomId


@dataclass(frozen=True, slots=True)
class Backup:
    """A signed link to where the show goes on, and after how many seconds without any gateway a client takes it."""

    url: str
    label: str
    after_s: float


@dataclass(frozen=True, slots=True)
class RoomInfo:
    """A room as the records have it. `starts_at` is ISO 8601 UTC or None; `guests`: whoever has a name may enter.

    `state` is the event's until its log says otherwise.
    """

    room: RoomId
    event: EventId
    title: str
    host: str
    starts_at: str | None = None
    guests: bool = True
    state: EventState = EventState.SCHEDULED
    backups: tuple[Backup, ...] = ()


class Directory(Protocol):
    """Where rooms are looked up."""

    async def room(self, room_id: RoomId) -> RoomInfo | None:
        """The room, or None where there is no such room. Raises Outage."""
        ...
