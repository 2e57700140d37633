"""One room on this gateway: follows its logs, keeps its members, and gives each what is said, once and in order.

It decides nothing: the room machine says what an entry asks, the stage what is on air. The hub makes it with the first
member and closes it some seconds after the last.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any, Protocol

from broadcast.core.entries import Count, Entry, Health, Moved, Passing, PassingBody, Question, TipStatus, Witness
from broadcast.core.errors import Outage
from broadcast.core.history import Shown, Snapshot
from broadcast.core.position import EventId, LogId, MemberId, Position, RoomId, room_log, staff_log
from broadcast.core.programme import Report
from broadcast.core.wire import Wire, entry_message, passing_message
from broadcast.driver import Driver
from broadcast.log.follow import follow
from broadcast.log.port import Log
from liveserver.core.moderation import Removal
from liveserver.core.outbox import Phase
from liveserver.core.room import (
    Brought,
    Rehome,
    Remove,
    Room,
    RoomEffect,
    RoomEvent,
    RoomFound,
    RoomSaid,
    Show,
    ShowAnew,
    StaffFound,
    StaffSaid,
    Tell,
)
from liveserver.core.session import Removed
from liveserver.gateway import frames, metrics
from liveserver.gateway.archive import Archive
from liveserver.gateway.audience import Audience, Pace
from liveserver.gateway.directory import RoomInfo
from liveserver.gateway.knobs import Knobs
from liveserver.gateway.member import Member
from liveserver.gateway.stage import Feeds, Stage
from liveserver.gateway.upstream import Watcher
from liveserver.gateway.welcome import Past, welcome

RESTART_S = 1.0
NOWHERE = Position("", 0)
"""Where somebody stands who was led to a room and has not been welcomed there yet."""

_log = logging.getLogger(__name__)


class Source(Feeds, Protocol):
    """The upstream, as a venue needs it."""

    def watch(self, room: Any, watcher: Watcher) -> None: ...  # noqa: ANN401

    def unwatch(self, room: Any) -> None: ...  # noqa: ANN401


class Host(Protocol):
    """The hub, as a venue needs it."""

    def rehome(self, venue: "Venue", moved: Rehome) -> None: ...

    def remove(self, event: EventId, member: MemberId, removal: Removal) -> None: ...

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all venues of a gateway share."""

    log: Log
    source: Source
    pace: Pace
    knobs: Knobs
    host: Host


class Venue:
    """`members` over all gateways as far as known; `here` those of this one."""

    def __init__(self, info: RoomInfo, shared: Surroundings) -> None:
        self.info = info
        self.room = Room(info.room, info.state)
        self.count = 0
        self.empty_since: float | None = None
        self._shared = shared
        self._loop = asyncio.get_running_loop()
        self._here: set[Member] = set()
        self._people: dict[MemberId, set[Member]] = {}
        self._audiences = {wire: Audience[Member](shared.pace, self._loop) for wire in Wire}
        self._staff = {wire: Audience[Member](shared.pace, self._loop) for wire in Wire}
        self._open = asyncio.Event()
        self._has_asked = False
        self._closed = False
        self._tasks: list[asyncio.Task[None]] = []
        self._archive = Archive(shared.log, self.room, shared.knobs.history_max)
        self.stage = Stage(info.room, shared.source, shared.pace, self._witness)
        self._driver: Driver[RoomEvent, RoomEffect] = Driver(self.room, self._act)

    # ---- its life ----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Follow both logs, watch the room's sources, and be counted."""
        self._shared.source.watch(self.room.id, self.stage)
        room, staff = room_log(self.room.id), staff_log(self.room.id)
        self._tasks = [
            asyncio.create_task(self._follow(room, self._heard), name=f"follow {room}"),
            asyncio.create_task(self._follow(staff, self._overheard), name=f"follow {staff}"),
            asyncio.create_task(self._ask_home(RoomId(self.room.event)), name=f"questions for {room}"),
        ]

    def stop(self) -> None:
        """Follow nothing any more. Members are the hub's to close."""
        self._closed = True
        self.stage.close()
        self._driver.close()
        self._shared.source.unwatch(self.room.id)
        for task in self._tasks:
            task.cancel()

    async def stopped(self) -> None:
        """Return once nothing of it runs any more."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def opened(self) -> None:
        """Return once the room's state is known."""
        await self._open.wait()

    @property
    def is_open(self) -> bool:
        """Whether the room's state is known."""
        return self._open.is_set()

    @property
    def here(self) -> int:
        """How many members this gateway has in the room."""
        return len(self._here)

    def __iter__(self) -> Iterator[Member]:
        return iter(self._here)

    def member(self, member: MemberId) -> Member | None:
        """Somebody of that id who is here."""
        return next(iter(self._people.get(member, ())), None)

    # ---- coming and going --------------------------------------------------------------------------------------

    async def receive(self, member: Member, asked: Position | None, asked_staff: Position | None) -> None:
        """Take a newcomer in who stands at these positions, if anywhere. Raises Outage."""
        past = await self._archive.past(asked, asked_staff, staff=member.is_staff)
        if member.socket.is_open:
            self.admit(member, past)

    def admit(self, member: Member, past: Past, *, cut: int = 0) -> None:
        """Welcome a member and give it everything from here on. `cut` is the last cut number it was sent."""
        member.position = member.staff_position = None
        self._house(member)
        self._greet(member, past)
        self.stage.admit(member, cut)

    def take_over(self, member: Member, before: "Venue") -> None:
        """A member is led here from `before`: welcomed, or, where it takes nothing just now, when it does again."""
        cut = member.cut
        before.dismiss(member)
        past = self._archive.newest(staff=member.is_staff, told=before.room.tail)
        if member.outbox.phase in (Phase.LAGGING, Phase.CATCHING):
            member.position, member.staff_position, member.carried = NOWHERE, None, past.carried
            self._house(member)
        else:
            self.admit(member, past, cut=cut)

    def bring(self, questions: Iterable[Question]) -> None:
        """What was asked in the room that the audience comes from is asked here."""
        self._driver.feed(Brought(tuple(questions)))

    def _house(self, member: Member) -> None:
        self._here.add(member)
        self._people.setdefault(member.person.id, set()).add(member)
        self.empty_since = None
        metrics.MEMBERS.inc()

    def dismiss(self, member: Member) -> None:
        """A member goes."""
        if member not in self._here:
            return
        self._here.discard(member)
        same = self._people[member.person.id]
        same.discard(member)
        if not same:
            del self._people[member.person.id]
        self._leave_fanout(member)
        metrics.MEMBERS.dec()
        if not self._here:
            self.empty_since = self._loop.time()

    def remove(self, member: MemberId, removal: Removal) -> None:
        """Close the sockets of whoever has this id here."""
        for one in list(self._people.get(member, ())):
            one.socket.feed(Removed(removal.code, removal.reason))

    def fall_behind(self, member: Member) -> None:
        """A member takes nothing more: out of the fan-out, its place kept."""
        self._leave_fanout(member)
        member.position = self.room.tail.position
        member.staff_position = self.room.staff_tail.position if member.is_staff else None
        metrics.DROPS.labels("log").inc()

    async def catch_up(self, member: Member) -> bool:
        """A member can take more again: what it missed, or the room anew. False when that can't be known now."""
        try:
            past = await self._archive.past(member.position, member.staff_position, staff=member.is_staff)
        except Outage:
            return False
        if not member.socket.is_open or member not in self._here:
            return True
        whole = past.known.resumed and (past.staff is None or past.staff.resumed)
        if whole:
            for entry in past.known.entries:
                self._send(member, entry_message(entry))
            for entry in past.staff.entries if past.staff is not None else ():
                self._send(member, entry_message(entry, staff=True))
            self._join_fanout(member)
        else:
            self._greet(member, replace(past, carried=member.carried))
        member.position = member.staff_position = None
        member.carried = ()
        self.stage.thirst(member)
        return True

    def _greet(self, member: Member, past: Past) -> None:
        said = welcome(self.room, self.info, member, past, self._shared.knobs, members=max(self.count, self.here))
        self._send(member, said.message)
        for entry in said.rest:
            self._send(member, entry_message(entry))
        self._join_fanout(member)

    def _join_fanout(self, member: Member) -> None:
        wire = member.socket.wire
        self._audiences[wire].add(member)
        if member.is_staff:
            self._staff[wire].add(member)

    def _leave_fanout(self, member: Member) -> None:
        wire = member.socket.wire
        self._audiences[wire].remove(member)
        self._staff[wire].remove(member)
        self.stage.dismiss(member)

    def _send(self, member: Member, message: dict[str, Any]) -> None:
        member.sent_at = self._loop.time()
        member.socket.send(message)

    # ---- what is said ------------------------------------------------------------------------------------------

    async def _ask_home(self, home: RoomId) -> None:
        """A room that the event's own audience was moved to has the questions that were asked at home."""
        while self.room.id != home:
            try:
                state = (await self._shared.log.read(room_log(home), None, 0)).state
            except Outage:
                await asyncio.sleep(RESTART_S)
                continue
            moved = state.get("moved")
            if isinstance(moved, Moved) and moved.room == self.room.id:
                self.bring(value for value in state.values() if isinstance(value, Question))
            break
        self._has_asked = True
        self._note_open()

    async def _follow(self, log: LogId, hear: Callable[[Shown], None]) -> None:
        while not self._closed:
            try:
                async with aclosing(follow(self._shared.log, log)) as shown:
                    async for item in shown:
                        hear(item)
            except Exception:  # noqa: BLE001 — our own bug: it must not leave a room deaf
                _log.exception("following %s failed; beginning anew", log)
            await asyncio.sleep(RESTART_S)

    def _heard(self, item: Shown) -> None:
        match item:
            case Snapshot():
                self._driver.feed(RoomFound(item))
            case Entry():
                self._driver.feed(RoomSaid(item))
            case Passing(body=TipStatus() as body):
                for member in self._people.get(body.member, ()):
                    self._send(member, passing_message(body))
            case _:
                pass
        self._note_open()

    def _overheard(self, item: Shown) -> None:
        match item:
            case Snapshot():
                self._driver.feed(StaffFound(item))
            case Entry():
                self._driver.feed(StaffSaid(item))
            case Passing(body=Health() as body):
                self._tell(self._staff, passing_message(body, staff=True))
            case _:
                pass
        self._note_open()

    def _note_open(self) -> None:
        if self.room.begun and self.room.staff_begun and self._has_asked:
            self._open.set()

    def _act(self, effect: RoomEffect) -> None:
        match effect:
            case Show(entry, staff):
                self._tell(self._staff if staff else self._audiences, entry_message(entry, staff=staff))
            case ShowAnew():
                for member in list(self._here):
                    self._show_anew(member)
            case Tell(event):
                self.stage.tell(event)
            case Remove(member, removal):
                self._shared.host.remove(self.room.event, member, removal)
            case Rehome():
                self._shared.host.rehome(self, effect)

    def _show_anew(self, member: Member) -> None:
        if member.position is not None:
            return
        self._greet(member, self._archive.newest(staff=member.is_staff))

    def _tell(self, audiences: dict[Wire, Audience[Member]], message: dict[str, Any]) -> None:
        for wire, audience in audiences.items():
            if audience:
                audience.send(frames.message(message, wire))

    # ---- what it tells others ----------------------------------------------------------------------------------

    def counted(self, members: int) -> None:
        """The room has so many members, over all gateways."""
        if members != self.count:
            self.count = members
            self._tell(self._audiences, passing_message(Count(members=members)))

    def publish(self, body: PassingBody) -> None:
        """Tell the controllers, if the log can be reached."""
        self._shared.host.spawn(self._publish(body), f"publish to {self.room.id}")

    async def _publish(self, body: PassingBody) -> None:
        try:
            await self._shared.log.publish(staff_log(self.room.id), body)
        except Outage as outage:
            _log.info("not told to the controllers: %s", outage)

    def _witness(self, seen: Report) -> None:
        node = self._shared.knobs.node_id
        self.publish(Witness(node=node, source=seen.source, saw=seen.saw, showing=seen.showing, rung=seen.rung))

    # ---- time --------------------------------------------------------------------------------------------------

    def sweep(self, now: float) -> None:
        """Media that is too old for whom it waits; a tick to whoever had nothing lately."""
        self.stage.sweep(now)
        limit = now - self._shared.knobs.tick_ms / 1000 + self._shared.knobs.sweep_s
        for wire, audience in self._audiences.items():
            if audience and audience.last_at <= limit:
                self._tick(audience, frames.message({"type": "tick"}, wire), now, limit)

    def _tick(self, audience: Audience[Member], tick: bytes, now: float, limit: float) -> None:
        for member in audience:
            group = self.stage.group_of(member)
            if member.sent_at <= limit and (group is None or group.audience.last_at <= limit):
                member.write(tick)
                member.sent_at = now
