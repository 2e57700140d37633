"""Answers the gateway's question "what room is this?" from the records. It remembers what it looked up, so that rooms
go on, and are entered, while the record plane is away; it judges nobody. The gateway's admission asks it.
"""

import asyncio
from collections import OrderedDict
from typing import Protocol

from broadcast.core.errors import Outage
from broadcast.core.position import EventId, RoomId, event_of
from liveserver import plan
from liveserver.gateway.directory import Backup, RoomInfo
from liveserver.store.event import EventRow

FRESH_S = 2.0
REMEMBERED_MAX = 1_000
BACKUP_AFTER_S = 12.0


class Events(Protocol):
    """The events that are kept."""

    async def find(self, event: str) -> EventRow | None: ...


class RecordDirectory:
    """Rooms by the records. A client that can reach no gateway at all for `BACKUP_AFTER_S` goes to the plan's outside
    link by itself, where there is one."""

    def __init__(self, events: Events) -> None:
        self._events = events
        self._known: OrderedDict[EventId, tuple[float, EventRow | None]] = OrderedDict()

    async def room(self, room_id: RoomId) -> RoomInfo | None:
        """The room, or None where there is none: an event's own, or the backup room its plan names. Raises Outage."""
        event = await self._event(event_of(room_id))
        if event is None:
            return None
        read = plan.outline(event.id, event.plan)
        if room_id not in (event.id, read.backup_room):
            return None
        return RoomInfo(
            room=room_id,
            event=EventId(event.id),
            title=event.title,
            host=event.host,
            starts_at=event.starts_at,
            guests=event.guests,
            backups=(Backup(read.link, "The backup, elsewhere", BACKUP_AFTER_S),) if read.link else (),
        )

    async def _event(self, event: EventId) -> EventRow | None:
        now = asyncio.get_running_loop().time()
        looked_at, known = self._known.get(event, (-FRESH_S, None))
        if event in self._known and now - looked_at < FRESH_S:
            return known
        try:
            found = await self._events.find(event)
        except Outage:
            if known is None:
                raise
            return known
        self._known[event] = (now, found)
        self._known.move_to_end(event)
        while len(self._known) > REMEMBERED_MAX:
            self._known.popitem(last=False)
        return found
