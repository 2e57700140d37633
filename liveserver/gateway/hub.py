"""All sockets and rooms of one gateway, and the one sweep that keeps their time.

It decides nothing: sessions, rooms, stages and outboxes do; it brings sockets to rooms, commands to their turn, members
to where the room went, and closes what has been empty for a while. The gateway makes one.
"""

import asyncio
import logging
import random
import time
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from broadcast.core.codes import Close, Reject
from broadcast.core.commands import AnyCommand, Hello
from broadcast.core.errors import Outage, PeerFault
from broadcast.core.position import EventId, MemberId, Position, RoomId, is_room_id
from broadcast.core.woke import Woke
from broadcast.log.port import Log
from liveserver.core.moderation import Removal
from liveserver.core.outbox import CatchUp, CaughtUp, Failed, Flowing, GiveUp, Leave, OutboxEvent, Paused
from liveserver.core.room import Rehome
from liveserver.core.session import Admitted, Removed
from liveserver.gateway import metrics
from liveserver.gateway.admission import Admission, Entrance
from liveserver.gateway.attendance import Attendance, Rollcall
from liveserver.gateway.audience import Pace
from liveserver.gateway.commands import Commands
from liveserver.gateway.knobs import Knobs
from liveserver.gateway.member import Member, taste_of
from liveserver.gateway.socket import Socket
from liveserver.gateway.upstream import Upstream
from liveserver.gateway.venue import Surroundings, Venue

JOINING_MAX = 256
OPEN_WITHIN_S = 5.0
WAITING_MAX = 32
MOVES_MAX = 3
SWEPT_WITHIN_S = 5.0
RESTART_MIN_S = 0.1
RESTART_MAX_S = 2.0

_log = logging.getLogger(__name__)


class Hub:
    """One gateway's."""

    def __init__(self, log: Log, upstream: Upstream, admission: Admission, commands: Commands, knobs: Knobs) -> None:
        self.is_draining = False
        self.rooms: dict[RoomId, Venue] = {}
        self.sockets: set[Socket] = set()
        self._log = log
        self._knobs = knobs
        self._admission = admission
        self._commands = commands
        self._loop = asyncio.get_running_loop()
        self._surroundings = Surroundings(log, upstream, Pace(), knobs, self)
        self._members: dict[Socket, tuple[Member, Venue]] = {}
        self._greeting: set[Socket] = set()
        self._closing: set[Socket] = set()
        self._slow: set[Socket] = set()
        self._turns: dict[Socket, deque[AnyCommand]] = {}
        self._swept_at = self._loop.time()
        self._joining = asyncio.Semaphore(JOINING_MAX)
        self._tasks: set[asyncio.Task[None]] = set()
        self._attendance = Attendance(log, knobs.node_id)
        self._rollcall = Rollcall(knobs.ping_interval_s, knobs.sweep_s)

    # ---- its life ----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin the sweep and be counted."""
        self._swept_at = self._loop.time()
        self.spawn(self._keeping("sweep", self._sweeping), "sweep")
        self.spawn(self._keeping("attend", lambda: self._attendance.keep(self.rooms)), "attend")

    @property
    def is_keeping_time(self) -> bool:
        """Whether the sweep goes on."""
        return self._loop.time() - self._swept_at < SWEPT_WITHIN_S

    async def close(self) -> None:
        """Send away whoever is left, and end everything."""
        self.is_draining = True
        for socket in list(self.sockets):
            socket.feed(Removed(Close.DRAIN, "This server is going down; come back"))
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for venue in self.rooms.values():
            venue.stop()
        await asyncio.gather(*(venue.stopped() for venue in self.rooms.values()))
        self.rooms.clear()

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Hold a task until it is done; what it crashes with is reported, not lost."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    async def _keeping(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Keep endless work going: our own bug must not leave a gateway without a clock."""
        pause_s = RESTART_MIN_S
        while True:
            began = self._loop.time()
            try:
                await work()
            except Exception:  # noqa: BLE001 — whatever it is, the next round may do better
                _log.exception("%s crashed; beginning anew", name)
            pause_s = RESTART_MIN_S if self._loop.time() - began > RESTART_MAX_S else min(RESTART_MAX_S, 2 * pause_s)
            await asyncio.sleep(pause_s * (0.5 + random.random() / 2))  # noqa: S311 — jitter

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.error("%s crashed", task.get_name(), exc_info=task.exception())

    # ---- sockets' side -----------------------------------------------------------------------------------------

    def admits_origin(self, origin: str | None) -> bool:
        """Whether a page of this origin may open sockets here; what names none is no page."""
        return origin is None or self._knobs.origins.allow(origin)

    def opened(self, socket: Socket) -> None:
        """A handshake is done; the hello is awaited."""
        self.sockets.add(socket)
        self._greeting.add(socket)

    def join(self, socket: Socket, hello: Hello) -> None:
        """Take a hello to admission."""
        self.spawn(self._join(socket, hello), "join")

    def perform(self, socket: Socket, command: AnyCommand) -> None:
        """Give a command its turn: one member's are carried out in order."""
        waiting = self._turns.get(socket)
        if waiting is None:
            self._turns[socket] = deque((command,))
            self.spawn(self._take_turns(socket), "commands")
        elif len(waiting) < WAITING_MAX:
            waiting.append(command)
        else:
            code = Reject.RATE_LIMITED.value
            answer = {"type": "reject", "key": command.key, "code": code, "reason": "Too much at once"}
            socket.send({**answer, "retry_after_s": 1.0})

    def paused(self, socket: Socket) -> None:
        """A socket takes no more."""
        self._slow.add(socket)
        self._weigh(socket, Paused())

    def flowing(self, socket: Socket) -> None:
        """A socket takes more again."""
        self._slow.discard(socket)
        self._weigh(socket, Flowing())

    def left(self, socket: Socket) -> None:
        """A socket is closing or gone. It stays listed while it is closing, for the sweep."""
        if socket.transport.is_closing():
            self.sockets.discard(socket)
            self._closing.discard(socket)
        else:
            self._closing.add(socket)
        self._greeting.discard(socket)
        self._slow.discard(socket)
        self._turns.pop(socket, None)
        found = self._members.pop(socket, None)
        if found is not None:
            member, venue = found
            venue.dismiss(member)

    # ---- joining -----------------------------------------------------------------------------------------------

    async def _join(self, socket: Socket, hello: Hello) -> None:
        try:
            async with asyncio.timeout(2 * OPEN_WITHIN_S), self._joining:
                entrance = await self._admission.admit(hello, socket.room)
                if entrance.unasked is not None:
                    self._admit_by_memory(entrance)
                venue = await self._enter(entrance.info.room)
                if socket.is_open:
                    await self._receive(socket, hello, entrance, venue)
            outcome = "welcome"
        except PeerFault as fault:
            outcome = fault.code.name.lower()
            socket.feed(Removed(Close(int(fault.code)), fault.reason))
        except (Outage, TimeoutError) as fault:
            outcome = "unavailable"
            _log.warning("nobody can join %s: %s", socket.room, fault or "too slow")
            socket.feed(Removed(Close.NODE_FAILING, "The room can't be reached just now; try again"))
        metrics.JOINS.labels(outcome).inc()

    def _admit_by_memory(self, entrance: Entrance) -> None:
        """The log is away: a room that is known here goes on, and keeps out whom it knows to be removed."""
        assert entrance.unasked is not None, "only where the log could not be asked"
        venue = self.rooms.get(entrance.info.room)
        if venue is None or not venue.is_open:
            raise entrance.unasked
        found = venue.room.keeps_out(entrance.person.id, int(time.time() * 1000))
        if found is not None:
            raise PeerFault(found.code, found.reason)

    async def _receive(self, socket: Socket, hello: Hello, entrance: Entrance, venue: Venue) -> None:
        member = Member(socket, entrance.person, entrance.token, taste_of(hello.media, hello.accept))
        asked, asked_staff = _positions(hello, venue)
        self._members[socket] = (member, venue)
        self._greeting.discard(socket)
        await venue.receive(member, asked, asked_staff)
        if socket.is_open:
            socket.feed(Admitted(entrance.person.role))
            self._look_again(member, venue)
        else:
            venue.dismiss(member)
        if venue.room.moved is not None:
            self.rehome(venue, Rehome(venue.room.moved))

    def _look_again(self, member: Member, venue: Venue) -> None:
        """Somebody took a place who may have been removed while they were on their way to it."""
        if self._removal(member.person.id, venue.room.event) is not None:
            self.spawn(self._refuse(member, venue.room.event), "look again")

    async def _refuse(self, member: Member, event: EventId) -> None:
        """A room remembers only its own entries: whether they still hold, the standing says, if it can be asked."""
        try:
            found = await self._admission.removal(event, member.person.id)
        except Outage:
            found = self._removal(member.person.id, event)
        if found is not None:
            member.socket.feed(Removed(found.code, found.reason))

    def _removal(self, member: MemberId, event: EventId) -> Removal | None:
        now_ms = int(time.time() * 1000)
        rooms = (venue.room for venue in self.rooms.values() if venue.room.event == event)
        return next((found for room in rooms if (found := room.keeps_out(member, now_ms)) is not None), None)

    async def _enter(self, room: RoomId) -> Venue:
        """The venue where the room's audience is now: followed, and its state known."""
        for _ in range(MOVES_MAX):
            venue = await self._venue(room)
            moved = venue.room.moved
            if moved is None or not is_room_id(moved.room) or moved.room == room:
                return venue
            if await self._admission.info(RoomId(moved.room)) is None:
                return venue
            room = RoomId(moved.room)
        return venue

    async def _venue(self, room: RoomId) -> Venue:
        venue = self.rooms.get(room)
        if venue is None:
            info = await self._admission.info(room)
            if info is None:
                raise PeerFault(Close.UNKNOWN_ROOM, "There is no such room")
            venue = self.rooms.get(room)
            if venue is None:
                venue = self.rooms[room] = Venue(info, self._surroundings)
                venue.empty_since = self._loop.time()
                venue.start()
        async with asyncio.timeout(OPEN_WITHIN_S):
            await venue.opened()
        if venue.empty_since is not None:
            venue.empty_since = self._loop.time()
        return venue

    # ---- commands ----------------------------------------------------------------------------------------------

    async def _take_turns(self, socket: Socket) -> None:
        try:
            while waiting := self._turns.get(socket):
                found = self._members.get(socket)
                if found is None:
                    return
                member, venue = found
                await self._commands.perform(member, venue, waiting[0])
                waiting.popleft()
        finally:
            self._turns.pop(socket, None)

    def remove(self, event: EventId, member: MemberId, removal: Removal) -> None:
        """Close somebody's sockets in every room of the event: a move may have led them anywhere."""
        for venue in list(self.rooms.values()):
            if venue.room.event == event:
                venue.remove(member, removal)

    # ---- moving ------------------------------------------------------------------------------------------------

    def rehome(self, venue: Venue, moved: Rehome) -> None:
        """Lead a room's members to another room, each at a moment of its own."""
        if is_room_id(moved.moved.room) and moved.moved.room != venue.room.id:
            self.spawn(self._rehome(venue, moved), f"move {venue.room.id}")

    async def _rehome(self, venue: Venue, rehome: Rehome) -> None:
        moved = rehome.moved
        while True:
            try:
                target = await self._venue(RoomId(moved.room))
                break
            except PeerFault:
                _log.warning("%s moved to %s, which is not here", venue.room.id, moved.room)
                return
            except (Outage, TimeoutError):
                await asyncio.sleep(1.0 + random.random())  # noqa: S311 — jitter
            if venue.room.moved != moved:
                return
        target.bring(venue.room.questions.values())
        target.empty_since = None
        ends_at = self._loop.time() + moved.spread_ms / 1000
        going = list(venue)
        random.shuffle(going)
        for left, member in zip(range(len(going), 0, -1), going, strict=True):
            self._lead(member, venue, target)
            pause_s = (ends_at - self._loop.time()) / left
            await asyncio.sleep(max(0.0, pause_s))
        target.empty_since = None if target.here else self._loop.time()

    def _lead(self, member: Member, venue: Venue, target: Venue) -> None:
        found = self._members.get(member.socket)
        if found is None or found[1] is not venue or not member.socket.is_open:
            return
        self._members[member.socket] = (member, target)
        target.take_over(member, venue)
        self._look_again(member, target)

    # ---- who falls behind --------------------------------------------------------------------------------------

    def _weigh(self, socket: Socket, event: OutboxEvent) -> None:
        found = self._members.get(socket)
        if found is None:
            return
        member, venue = found
        for effect in member.outbox.step(event, self._loop.time()):
            match effect:
                case Leave():
                    venue.fall_behind(member)
                case CatchUp():
                    self.spawn(self._catch_up(socket, member, venue), "catch up")
                case GiveUp():
                    socket.feed(Removed(Close.LAGGING, "You could not take what was sent; come back"))
                case _:
                    pass

    async def _catch_up(self, socket: Socket, member: Member, venue: Venue) -> None:
        while True:
            caught = await venue.catch_up(member)
            found = self._members.get(socket)
            if found is None or found[1] is venue:
                break
            venue = found[1]
        self._weigh(socket, CaughtUp() if caught else Failed())

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
        for socket in list(self._slow):
            self._weigh(socket, Woke())
        for venue in list(self.rooms.values()):
            venue.sweep(now)
            if venue.empty_since is not None and now > venue.empty_since + self._knobs.linger_s:
                self.rooms.pop(venue.room.id)
                venue.stop()
                self.spawn(self._attendance.count(venue), f"leave {venue.room.id}")
        for socket in self._rollcall.due(self.sockets, now):
            if socket.is_open and socket not in self._slow:
                socket.ping()


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
