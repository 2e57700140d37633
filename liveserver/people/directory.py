"""Answers the gateway's question "what room is this?" from the records. It remembers what it looked up, so that rooms
go on, and are entered, while the record plane is away; it judges nobody. The gateway's admission asks it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
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
    """Rooms by the records. `others` are the public urls of the deployment's other gateways: a client that cannot reach
    this one for `BACKUP_AFTER_S` goes there by itself."""

    def __init__(self, events: Events, *, others: Sequence[str]) -> None:
        self._events = events
        self._others = list(others)
        self._known: OrderedDict[EventId, tuple[float, EventRow | None]] = OrderedDict()

    async def room(self, room_id: RoomId) -> RoomInfo | None:
        """The room, or None where there is none: an event's own, or the backup room its plan names. Raises Outage."""
        event = await self._event(event_of(room_id))
        if event is None:
            return None
        if room_id not in (event.id, plan.outline(event.id, event.plan).backup_room):
            return None
        return RoomInfo(
            room=room_id,
            event=EventId(event.id),
            title=event.title,
            host=event.host,
            starts_at=event.starts_at,
            guests=event.guests,
            backups=tuple(
                Backup(url=f"{url}/e/{room_id}", label=f"Our server {number}", after_s=BACKUP_AFTER_S)
                for number, url in enumerate(self._others, 2)
            ),
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
