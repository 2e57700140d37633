"""From a hello to a seat: admission's word, the room where the audience is, the welcome; or a close that says why.

It decides nothing of who may come in: admission does, or, while the log is away, what this gateway's rooms remember.
The hub hands it each hello.
"""

import asyncio
import logging
import time

from broadcast.core.codes import Close
from broadcast.core.commands import Hello
from broadcast.core.errors import Outage, PeerFault
from broadcast.core.position import EventId, Position
from liveserver.core.session import Admitted, Removed
from liveserver.gateway import metrics
from liveserver.gateway.admission import Admission, Entrance
from liveserver.gateway.member import Member, taste_of
from liveserver.gateway.seating import Seating
from liveserver.gateway.socket import Socket
from liveserver.gateway.tasks import Tasks
from liveserver.gateway.venue import Venue
from liveserver.gateway.venues import Venues

AT_ONCE_MAX = 256
WITHIN_S = 10.0

_log = logging.getLogger(__name__)


class Reception:
    """One gateway's."""

    def __init__(self, admission: Admission, venues: Venues, seating: Seating, tasks: Tasks) -> None:
        self._admission = admission
        self._venues = venues
        self._seating = seating
        self._tasks = tasks
        self._at_once = asyncio.Semaphore(AT_ONCE_MAX)

    async def receive(self, socket: Socket, hello: Hello) -> None:
        """Bring somebody in, or send them away."""
        try:
            async with asyncio.timeout(WITHIN_S), self._at_once:
                entrance = await self._admission.admit(hello, socket.room)
                if entrance.unasked is not None:
                    self._admit_by_memory(entrance)
                venue, before = await self._venues.open_where_audience_is(entrance.info.room)
                if socket.is_open:
                    await self._seat(socket, hello, entrance, venue, before)
            outcome = "welcome"
        except PeerFault as fault:
            outcome = fault.code.name.lower()
            socket.feed(Removed(Close(int(fault.code)), fault.reason))
        except (Outage, TimeoutError) as fault:
            outcome = "unavailable"
            _log.warning("nobody can join %s: %s", socket.room, fault or "too slow")
            socket.feed(Removed(Close.NODE_FAILING, "The room can't be reached just now; try again"))
        metrics.JOINS.labels(outcome).inc()

    def look_again(self, member: Member, venue: Venue) -> None:
        """Somebody has a place who may have been removed unheard: on their way to it, or while the log was away."""
        if self._venues.removal(venue.room.event, member.person.id) is not None:
            self._tasks.spawn(self._refuse(member, venue.room.event), "look again")

    async def _seat(self, socket: Socket, hello: Hello, entrance: Entrance, venue: Venue, before: Venue | None) -> None:
        member = Member(socket, entrance.person, entrance.token, taste_of(hello.media, hello.accept))
        asked, asked_staff = _positions(hello, venue)
        self._seating.put(member, venue)
        told = before.room.tail if before is not None else None
        with venue.roster.expecting():
            await venue.steward.receive(member, asked, asked_staff, told)
        if socket.is_open:
            socket.feed(Admitted(entrance.person.role))
            self.look_again(member, venue)
        else:
            venue.steward.dismiss(member)
        venue.lead_on(member)

    def _admit_by_memory(self, entrance: Entrance) -> None:
        """The log is away: a room that is known here goes on, and keeps out whom it knows to be removed."""
        assert entrance.unasked is not None, "only where the log could not be asked"
        venue = self._venues.get(entrance.info.room)
        if venue is None or not venue.is_open:
            raise entrance.unasked
        found = venue.room.acquaintance.keeps_out(entrance.person.id, int(time.time() * 1000))
        if found is not None:
            raise PeerFault(found.code, found.reason)

    async def _refuse(self, member: Member, event: EventId) -> None:
        """A room remembers only its own entries: whether they still hold, the standing says, if it can be asked."""
        try:
            found = await self._admission.removal(event, member.person.id)
        except Outage:
            found = self._venues.removal(event, member.person.id)
        if found is not None:
            member.socket.feed(Removed(found.code, found.reason))


def _positions(hello: Hello, venue: Venue) -> tuple[Position | None, Position | None]:
    """Where the client stands in the room's log, and in the staff's (whose lineage shares the room's fate)."""
    at = hello.position
    if at is None:
        return None, None
    asked = Position(at.epoch, at.offset)
    if at.staff_offset is None:
        return asked, None
    same = at.epoch == venue.room.tail.position.epoch
    return asked, Position(venue.room.staff_tail.position.epoch if same else "", at.staff_offset)
