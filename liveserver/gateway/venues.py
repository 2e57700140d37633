"""The rooms that are open on this gateway: opened for the first member, closed some time after the last.

It decides nothing of what happens in one. The reception and the usher ask it for rooms, the hub sweeps it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator

from broadcast.core.codes import Close
from broadcast.core.errors import Outage, PeerFault
from broadcast.core.position import EventId, MemberId, RoomId, event_of
from liveserver.core.moderation import Removal
from liveserver.gateway.directory import RoomInfo
from liveserver.gateway.venue import Surroundings, Venue

OPEN_WITHIN_S = 5.0
HOME_WITHIN_S = 0.5
MOVES_MAX = 3


class Venues:
    """One gateway's. `look_up` is where rooms are known from; it raises Outage."""

    def __init__(self, look_up: Callable[[RoomId], Awaitable[RoomInfo | None]], surroundings: Surroundings) -> None:
        self._look_up = look_up
        self._surroundings = surroundings
        self._loop = asyncio.get_running_loop()
        self._open: dict[RoomId, Venue] = {}

    def __iter__(self) -> Iterator[Venue]:
        """Those that are open now; it may change meanwhile."""
        return iter(list(self._open.values()))

    def get(self, room: RoomId) -> Venue | None:
        """The room, if it is open."""
        return self._open.get(room)

    async def open(self, room: RoomId) -> Venue:
        """The room, followed, and its state known. PeerFault, Outage or TimeoutError where that can't be."""
        venue = self._open.get(room)
        if venue is None:
            info = await self._look_up(room)
            if info is None:
                raise PeerFault(Close.UNKNOWN_ROOM, "There is no such room")
            venue = self._open.get(room)
            if venue is None:
                venue = self._open[room] = Venue(info, self._surroundings)
                venue.start()
        with venue.roster.expecting():
            if not venue.is_open:
                async with asyncio.timeout(OPEN_WITHIN_S):
                    await venue.opened()
        return venue

    async def open_where_audience_is(self, room: RoomId) -> tuple[Venue, Venue | None]:
        """The room, or the one that its audience was moved to, and the one that it came there from, if any. Raises as
        `open` does."""
        venue, before = await self.open(room), None
        for _ in range(MOVES_MAX):
            ahead = venue.room.leads_to
            if ahead is None or await self._look_up(ahead) is None:
                break
            venue, before = await self.open(ahead), venue
        return venue, before or await self._home_of(venue)

    async def _home_of(self, venue: Venue) -> Venue | None:
        """The event's own room, where its audience was moved from there to this one; None, too, where that can't be
        known at once: who comes in must not wait for what was said elsewhere."""
        home = RoomId(event_of(venue.room.id))
        if home == venue.room.id:
            return None
        try:
            async with asyncio.timeout(HOME_WITHIN_S):
                found = await self.open(home)
        except (PeerFault, Outage, TimeoutError):
            return None
        return found if found.room.leads_to == venue.room.id else None

    def removal(self, event: EventId, member: MemberId) -> Removal | None:
        """What the memory of any of the event's rooms says against somebody, if anything."""
        now_ms = int(time.time() * 1000)
        known = (venue.room.acquaintance for venue in self._open.values() if venue.room.event == event)
        return next((found for one in known if (found := one.keeps_out(member, now_ms)) is not None), None)

    def remove(self, event: EventId, member: MemberId, removal: Removal) -> None:
        """Close somebody's sockets in every room of the event: a move may have led them anywhere."""
        for venue in self:
            if venue.room.event == event:
                venue.remove(member, removal)

    def close_empty(self, now: float, linger_s: float) -> list[Venue]:
        """Close, and answer, those that have been empty for so long."""
        idle = [v for v in self if v.roster.empty_since is not None and now > v.roster.empty_since + linger_s]
        for venue in idle:
            del self._open[venue.room.id]
            venue.stop()
        return idle

    async def close(self) -> None:
        """Close all of them."""
        for venue in self:
            venue.stop()
        await asyncio.gather(*(venue.stopped() for venue in self))
        self._open.clear()
