"""Leads a room's members to the room that their audience was moved to, each at a moment of its own, evenly spread
and no attendee at once: it is said before it is done.

It does not decide who moves or where to: the room's log says so. Venues ask it, through the hub.
"""

import asyncio
import logging
import random

from broadcast.core.codes import Close
from broadcast.core.entries import Moved
from broadcast.core.errors import Outage, PeerFault
from broadcast.core.position import RoomId
from liveserver.core.session import Removed
from liveserver.gateway.member import Member
from liveserver.gateway.reception import Reception
from liveserver.gateway.seating import Seating
from liveserver.gateway.tasks import Tasks
from liveserver.gateway.venue import Venue
from liveserver.gateway.venues import Venues

RETRY_S = 1.0

_log = logging.getLogger(__name__)


class Usher:
    """One gateway's."""

    def __init__(self, venues: Venues, seating: Seating, reception: Reception, tasks: Tasks) -> None:
        self._venues = venues
        self._seating = seating
        self._reception = reception
        self._tasks = tasks
        self._loop = asyncio.get_running_loop()

    def rehome(self, venue: Venue, moved: Moved) -> None:
        """Begin to lead everyone who is in `venue` away, if it is to a room of this deployment."""
        self._lead_away(venue, moved, list(venue.roster), moved.spread_ms / 1000)

    def follow(self, venue: Venue, moved: Moved, late: Member) -> None:
        """Lead one away who came to `venue` while its audience was leaving."""
        self._lead_away(venue, moved, [late], 0.0)

    def _lead_away(self, venue: Venue, moved: Moved, going: list[Member], spread_s: float) -> None:
        if venue.room.leads_to is not None:
            self._tasks.spawn(self._rehome(venue, moved, going, spread_s), f"move {venue.room.id}")

    async def _rehome(self, venue: Venue, moved: Moved, going: list[Member], spread_s: float) -> None:
        target = await self._target(venue, moved)
        if target is None or venue.room.moved != moved:
            return
        target.bring(venue.room.questions.all())
        with target.roster.expecting():
            await self._lead_all(venue, moved, going, target, spread_s)

    async def _lead_all(self, venue: Venue, moved: Moved, going: list[Member], target: Venue, spread_s: float) -> None:
        ends_at = self._loop.time() + spread_s
        # Staff go at once: theirs is the picture that the others are to find there.
        for member in going:
            if member.is_staff:
                self._lead(member, venue, target)
        audience = [member for member in going if not member.is_staff]
        random.shuffle(audience)
        for left, member in zip(range(len(audience), 0, -1), audience, strict=True):
            # The first, too, has a moment to read where they are going.
            pause_s = (ends_at - self._loop.time()) / left
            await asyncio.sleep(max(0.0, pause_s))
            if venue.room.moved != moved:
                break
            self._lead(member, venue, target)

    async def _target(self, venue: Venue, moved: Moved) -> Venue | None:
        """Where to; None where that is not here, or the move is called off while it can't be opened."""
        while True:
            try:
                return await self._venues.open(RoomId(moved.room))
            except PeerFault:
                _log.warning("%s moved to %s, which is not here", venue.room.id, moved.room)
                return None
            except (Outage, TimeoutError):
                await asyncio.sleep(RETRY_S + random.random())  # noqa: S311 — jitter
            if venue.room.moved != moved:
                return None

    def _lead(self, member: Member, venue: Venue, target: Venue) -> None:
        found = self._seating.find(member.socket)
        if found is None or found[1] is not venue or not member.socket.is_open:
            return
        try:
            self._seating.put(member, target)
            target.steward.take_over(member, venue.steward)
        except Exception:  # noqa: BLE001 — our own bug: it must not keep the others in a room that is left
            _log.exception("%s could not be led to %s", member.person.id, target.room.id)
            venue.steward.dismiss(member)
            target.steward.dismiss(member)
            member.socket.feed(Removed(Close.NODE_FAILING, "We could not take you to the next room; come back"))
            return
        self._reception.look_again(member, target)
        # Two rooms that lead to one another would have them for ever.
        if target.room.leads_to != venue.room.id:
            target.lead_on(member)
