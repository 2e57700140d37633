"""All sockets of one gateway, and the one sweep that keeps their time.

It decides nothing: it hands hellos to the reception, commands to their turn, members to the usher, and laggards to who
looks after them. The gateway makes one.
"""

import asyncio

from broadcast.core.codes import Close
from broadcast.core.commands import AnyCommand, Hello
from broadcast.core.entries import Moved
from broadcast.core.position import EventId, MemberId
from broadcast.log.port import Log
from liveserver.core.moderation import Removal
from liveserver.core.session import Removed
from liveserver.gateway.admission import Admission
from liveserver.gateway.attendance import Attendance, Rollcall
from liveserver.gateway.audience import Pace
from liveserver.gateway.commands import Commands
from liveserver.gateway.knobs import Knobs
from liveserver.gateway.laggards import Laggards
from liveserver.gateway.member import Member
from liveserver.gateway.reception import Reception
from liveserver.gateway.seating import Seating
from liveserver.gateway.socket import Socket
from liveserver.gateway.tasks import Tasks
from liveserver.gateway.turns import Turns
from liveserver.gateway.upstream import Upstream
from liveserver.gateway.usher import Usher
from liveserver.gateway.venue import Surroundings, Venue
from liveserver.gateway.venues import Venues

SWEPT_WITHIN_S = 5.0


class Hub:
    """One gateway's."""

    def __init__(self, log: Log, upstream: Upstream, admission: Admission, commands: Commands, knobs: Knobs) -> None:
        self.is_draining = False
        self.sockets: set[Socket] = set()
        self.tasks = Tasks()
        self.seating = Seating()
        self.venues = Venues(admission.info, Surroundings(log, upstream, Pace(), knobs, self.tasks, self))
        self._knobs = knobs
        self._loop = asyncio.get_running_loop()
        self._greeting: set[Socket] = set()
        self._closing: set[Socket] = set()
        self._reception = Reception(admission, self.venues, self.seating, self.tasks)
        self._usher = Usher(self.venues, self.seating, self._reception, self.tasks)
        self._turns = Turns(commands, self.seating, self.tasks)
        self._laggards = Laggards(self.seating, self.tasks)
        self._attendance = Attendance(log, knobs.node_id)
        self._rollcall = Rollcall(knobs.ping_interval_s, knobs.sweep_s)
        self._swept_at = self._loop.time()

    # ---- its life ----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin the sweep and be counted."""
        self._swept_at = self._loop.time()
        self.tasks.keep(self._sweeping, "sweep")
        self.tasks.keep(lambda: self._attendance.keep(self.venues), "attend")

    @property
    def is_keeping_time(self) -> bool:
        """Whether the sweep goes on."""
        return self._loop.time() - self._swept_at < SWEPT_WITHIN_S

    async def close(self) -> None:
        """Send away whoever is left, and end everything."""
        self.is_draining = True
        for socket in list(self.sockets):
            socket.feed(Removed(Close.DRAIN, "This server is going down; come back"))
        await self.tasks.cancel()
        await self.venues.close()

    # ---- sockets' side -----------------------------------------------------------------------------------------

    def admits_origin(self, origin: str | None) -> bool:
        """Whether a page of this origin may open sockets here; what names none is no page."""
        return origin is None or self._knobs.origins.allow(origin)

    def opened(self, socket: Socket) -> None:
        """A handshake is done; the hello is awaited."""
        self.sockets.add(socket)
        self._greeting.add(socket)

    def join(self, socket: Socket, hello: Hello) -> None:
        """Take a hello to the reception."""
        self.tasks.spawn(self._join(socket, hello), "join")

    async def _join(self, socket: Socket, hello: Hello) -> None:
        await self._reception.receive(socket, hello)
        self._greeting.discard(socket)

    def perform(self, socket: Socket, command: AnyCommand) -> None:
        """Give a command its turn."""
        self._turns.take(socket, command)

    def paused(self, socket: Socket) -> None:
        """A socket takes no more."""
        self._laggards.paused(socket)

    def flowing(self, socket: Socket) -> None:
        """A socket takes more again."""
        self._laggards.flowing(socket)

    def left(self, socket: Socket) -> None:
        """A socket is closing or gone. It stays listed while it is closing, for the sweep."""
        if socket.transport.is_closing():
            self.sockets.discard(socket)
            self._closing.discard(socket)
        else:
            self._closing.add(socket)
        self._greeting.discard(socket)
        self._laggards.forget(socket)
        self._turns.forget(socket)
        self.seating.vacate(socket)

    # ---- venues' side ------------------------------------------------------------------------------------------

    def rehome(self, venue: Venue, moved: Moved) -> None:
        """Lead a room's members to another room."""
        self._usher.rehome(venue, moved)

    def follow(self, venue: Venue, moved: Moved, late: Member) -> None:
        """Lead somebody after them who came too late."""
        self._usher.follow(venue, moved, late)

    def remove(self, event: EventId, member: MemberId, removal: Removal) -> None:
        """Close somebody's sockets in every room of the event."""
        self.venues.remove(event, member, removal)

    def look_again(self, event: EventId, member: MemberId) -> None:
        """Whether somebody may stay in the event, wherever they are in it."""
        for venue in self.venues:
            if venue.room.event == event:
                for one in venue.roster.of(member):
                    self._reception.look_again(one, venue)

    # ---- time --------------------------------------------------------------------------------------------------

    async def _sweeping(self) -> None:
        while True:
            await asyncio.sleep(self._knobs.sweep_s)
            self.sweep(self._loop.time())
            self._swept_at = self._loop.time()

    def sweep(self, now: float) -> None:
        """Everything that is due."""
        for socket in (*self._greeting, *self._closing):
            socket.sweep(now)
        self._laggards.sweep()
        for venue in self.venues:
            venue.sweep(now)
        for venue in self.venues.close_empty(now, self._knobs.linger_s):
            self.tasks.spawn(self._attendance.count(venue), f"leave {venue.room.id}")
        for socket in self._rollcall.due(self.sockets, now):
            if socket.is_open and socket not in self._laggards:
                socket.ping()
