"""One room on this gateway: hears what is said in it, and sees to what follows from that here.

It decides nothing: the room machine says what an entry asks, the stage what is on air. `venues` makes it with the first
member and closes it some seconds after the last.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from broadcast.core.entries import Entry, Moved, Question
from broadcast.core.errors import Outage
from broadcast.core.history import Shown, Snapshot
from broadcast.core.passing import Count, Health, Passing, PassingBody, TipStatus, Witness
from broadcast.core.position import EventId, MemberId, staff_log
from broadcast.core.programme import Report
from broadcast.core.wire import passing_message
from broadcast.driver import Driver
from broadcast.log.port import Log
from liveserver.core.moderation import Removal
from liveserver.core.room import (
    Brought,
    LookAgain,
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
from liveserver.gateway import frames
from liveserver.gateway.air import Feeds
from liveserver.gateway.archive import Archive
from liveserver.gateway.audience import Pace
from liveserver.gateway.directory import RoomInfo
from liveserver.gateway.hearing import Hearing
from liveserver.gateway.knobs import Knobs
from liveserver.gateway.member import Member
from liveserver.gateway.roster import Roster
from liveserver.gateway.stage import Stage
from liveserver.gateway.steward import Steward
from liveserver.gateway.tasks import Tasks
from liveserver.gateway.transcript import Transcript
from liveserver.gateway.upstream import Watcher

_log = logging.getLogger(__name__)


class Source(Feeds, Protocol):
    """The upstream, as a venue needs it."""

    def watch(self, room: Any, watcher: Watcher) -> None: ...  # noqa: ANN401

    def unwatch(self, room: Any) -> None: ...  # noqa: ANN401


class Host(Protocol):
    """The hub, as a venue needs it."""

    def rehome(self, venue: "Venue", moved: Moved) -> None: ...

    def follow(self, venue: "Venue", moved: Moved, late: Member) -> None: ...

    def remove(self, event: EventId, member: MemberId, removal: Removal) -> None: ...

    def look_again(self, event: EventId, member: MemberId) -> None: ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all venues of a gateway share."""

    log: Log
    source: Source
    pace: Pace
    knobs: Knobs
    tasks: Tasks
    host: Host


class Venue:
    """`roster` is who is here, `steward` who brings them in, `stage` what they are shown."""

    def __init__(self, info: RoomInfo, shared: Surroundings) -> None:
        self.info = info
        self.room = Room(info.room, info.state)
        self.stage = Stage(info.room, shared.source, shared.pace, self._witness)
        self.roster = Roster(shared.pace)
        archive = Archive(shared.log, self.room, shared.knobs.history_max)
        self._transcript = Transcript(self.room)
        self.steward = Steward(self.room, info, shared.knobs, archive, self._transcript, self.roster, self.stage)
        self._shared = shared
        self._hearing = Hearing(shared.log, info.room, self._heard, self._overheard, self.bring)
        self._driver: Driver[RoomEvent, RoomEffect] = Driver(self.room, self._act)

    # ---- its life ----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Follow both logs, watch the room's sources."""
        self._shared.source.watch(self.room.id, self.stage)
        self._hearing.start()

    def stop(self) -> None:
        """Follow nothing any more. Members are the hub's to close."""
        self._hearing.stop()
        self.stage.close()
        self._driver.close()
        self._shared.source.unwatch(self.room.id)

    async def stopped(self) -> None:
        """Return once nothing of it runs any more."""
        await self._hearing.stopped()

    async def opened(self) -> None:
        """Return once the room's state is known."""
        await self._hearing.opened()

    @property
    def is_open(self) -> bool:
        """Whether the room's state is known."""
        return self._hearing.is_open

    @property
    def here(self) -> int:
        """How many members this gateway has in the room."""
        return len(self.roster)

    def bring(self, questions: Iterable[Question]) -> None:
        """What was asked in the room that the audience comes from is asked here."""
        self._driver.feed(Brought(tuple(questions)))

    def lead_on(self, late: Member) -> None:
        """Whoever comes while the audience is leaving is led after it."""
        if self.room.moved is not None:
            self._shared.host.follow(self, self.room.moved, late)

    def remove(self, member: MemberId, removal: Removal) -> None:
        """Close the sockets of whoever has this id here."""
        for one in self.roster.of(member):
            one.socket.feed(Removed(removal.code, removal.reason))

    # ---- what is said ------------------------------------------------------------------------------------------

    def _heard(self, item: Shown) -> None:
        match item:
            case Snapshot():
                self._driver.feed(RoomFound(item))
            case Entry():
                self._driver.feed(RoomSaid(item))
            case Passing(body=TipStatus() as body):
                for member in self.roster.of(body.member):
                    self.steward.send(member, passing_message(body))
            case _:
                pass

    def _overheard(self, item: Shown) -> None:
        match item:
            case Snapshot():
                self._driver.feed(StaffFound(item))
            case Entry():
                self._driver.feed(StaffSaid(item))
            case Passing(body=Health() as body):
                self.roster.tell(passing_message(body, staff=True), staff=True)
            case _:
                pass

    def _act(self, effect: RoomEffect) -> None:
        match effect:
            case Show(entry, staff):
                self.roster.tell(self._transcript.message(entry, staff=staff), staff=staff)
            case ShowAnew():
                for member in list(self.roster):
                    self.steward.welcome_again(member)
            case Tell(event):
                self.stage.tell(event)
            case Remove(member, removal):
                self._shared.host.remove(self.room.event, member, removal)
            case LookAgain(member):
                self._shared.host.look_again(self.room.event, member)
            case Rehome(moved):
                self._shared.host.rehome(self, moved)

    # ---- what it tells others ----------------------------------------------------------------------------------

    def counted(self, members: int) -> None:
        """The room has so many members, over all gateways."""
        if members != self.roster.counted:
            self.roster.counted = members
            self.roster.tell(passing_message(Count(members=members)))

    def publish(self, body: PassingBody) -> None:
        """Tell the controllers, if the log can be reached."""
        self._shared.tasks.spawn(self._publish(body), f"publish to {self.room.id}")

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
        for wire, audience in self.roster.quiet(limit):
            tick = frames.message({"type": "tick"}, wire)
            for member in audience:
                group = self.stage.group_of(member)
                if member.sent_at <= limit and (group is None or group.audience.last_at <= limit):
                    member.write(tick)
                    member.sent_at = now
