"""Events over HTTP: what anyone may know of one, making one, its plan, and where to publish to it. It carries no media
and changes no running event (that goes through the socket and the log). `app` mounts it.
"""

import hashlib
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Literal, Protocol, cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from broadcast.core.codes import Reject
from broadcast.core.entries import Role
from broadcast.core.errors import PeerFault
from broadcast.core.position import RoomId, event_of, is_room_id
from liveserver import plan
from liveserver.api.access import Access
from liveserver.api.answer import answer, body, guarded
from liveserver.api.guards import Guards
from liveserver.api.rooms import Room
from liveserver.api.schema import EventInfo, EventMade, Fault, NewEvent, PlanInfo, Publish
from liveserver.people.links import Links
from liveserver.people.names import plain
from liveserver.people.staff import staff_of
from liveserver.store.event import EventRow

SOURCES = ("main", "standby")
STAFF = (Role.HOST, Role.MODERATOR, Role.OPERATOR)


class Events(Protocol):
    """The events that are kept."""

    async def find(self, event: str) -> EventRow | None: ...

    async def add(self, event: EventRow) -> bool: ...


class Audience(Protocol):
    """Where people are."""

    async def room(self, room: str) -> Room: ...

    async def audience(self, event: str) -> Room: ...


class EventResource:
    """`/api/v1/events…`. `gateways` and `media_nodes` are base urls, this gateway's own first."""

    def __init__(
        self,
        events: Events,
        rooms: Audience,
        access: Access,
        links: Links,
        guards: Guards,
        open_doors: Callable[[str, int], Awaitable[None]],
        *,
        gateways: Sequence[str],
        media_nodes: Sequence[str],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._events = events
        self._rooms = rooms
        self._access = access
        self._links = links
        self._guards = guards
        self._open_doors = open_doors
        self._gateways = [socket_url(url) for url in gateways]
        self._media_nodes = list(media_nodes)
        self._clock = clock

    def routes(self) -> list[BaseRoute]:
        """The resource's routes."""
        return [
            Route("/api/v1/events", guarded(self.make), methods=["POST"]),
            Route("/api/v1/events/{event}", guarded(self.show), methods=["GET"]),
            Route("/api/v1/events/{event}/plan", guarded(self.plan), methods=["GET"]),
            Route("/api/v1/events/{event}/publish", guarded(self.publish), methods=["GET"]),
        ]

    async def show(self, request: Request) -> Response:
        """What anyone may know of an event. A room's id does as well: then it is that room that is told of."""
        asked = request.path_params["event"]
        event = await self.find(asked)
        return answer(await self._info(event, asked))

    async def make(self, request: Request) -> Response:
        """Schedule an event. Its links come with the answer."""
        self._access.need(request, Role.OPERATOR)
        wanted = await body(request, NewEvent)
        for name in ("title", "host"):
            plain(name, getattr(wanted, name))
        toml = wanted.plan or plan.usual(wanted.id, lead=wanted.host, deputy=wanted.host)
        faults = await self._guards.faults_of(wanted.id, toml) if wanted.plan else []
        if faults:
            first = f"line {faults[0].line}: {faults[0].field}: {faults[0].remedy}"
            return answer(
                Fault(Reject.BAD_FIELD.value, "plan", f"{len(faults)} faults in the plan; {first}", faults), 400
            )
        plan.outline(wanted.id, toml)
        event = EventRow(
            id=wanted.id,
            title=wanted.title,
            host=wanted.host,
            starts_at_ms=_moment_ms(wanted.starts_at),
            guests=wanted.guests,
            plan=toml,
            created_at_ms=int(self._clock() * 1000),
        )
        # The doors first: an event that was announced as made is as it was asked for.
        taken = await self._events.find(event.id) is not None
        if wanted.open and not taken:
            await self._open_doors(event.id, event.created_at_ms)
        if taken or not await self._events.add(event):
            raise PeerFault(Reject.WRONG_STATE, f"An event is called {wanted.id!r} already", field="id")
        staff = staff_of(self._links, event)
        info = await self._info(event, event.id)
        made = EventMade(event=info, pages=staff.pages, tokens=staff.tokens, plan_checked=faults is not None)
        return answer(made, 201, {"location": f"/api/v1/events/{event.id}"})

    async def plan(self, request: Request) -> Response:
        """The event's contingency plan, for its staff."""
        asked = request.path_params["event"]
        self._access.need(request, *STAFF, event=event_of(RoomId(asked)))
        event = await self.find(asked)
        return answer(PlanInfo(toml=event.plan, rungs=list(plan.outline(event.id, event.plan).rungs)))

    async def publish(self, request: Request) -> Response:
        """Where the host's (or a publisher's) browser sends its picture: the media nodes, the likeliest first."""
        asked = request.path_params["event"]
        grant = self._access.need(request, Role.HOST, Role.PUBLISHER, event=event_of(RoomId(asked)))
        event = await self.find(asked)
        source = request.query_params.get("source", grant.source or SOURCES[0])
        if source not in SOURCES:
            raise PeerFault(Reject.BAD_FIELD, f"A source is one of {', '.join(SOURCES)}", field="source")
        if grant.role is Role.PUBLISHER and grant.source != source:
            raise PeerFault(Reject.FORBIDDEN, f"Your link is for the source {grant.source}", field="source")
        room = request.query_params.get("room") or (await self._rooms.audience(event.id)).room
        if room not in plan.rooms(event.id, event.plan):
            raise PeerFault(Reject.NOT_FOUND, "The event has no such room", field="room")
        if not self._media_nodes:
            raise PeerFault(Reject.UNAVAILABLE, "No media node is named; set MEDIA_NODES")
        urls = [f"{node}/whip/{room}/{source}" for node in spread(self._media_nodes, event.id, source)]
        return answer(Publish(source=source, room=room, urls=urls, token=self._links.publisher(room, source)))

    async def find(self, asked: str) -> EventRow:
        """The event that `asked` (an event's or a room's id) names. PeerFault(not_found) otherwise."""
        event = await self._events.find(event_of(RoomId(asked))) if is_room_id(asked) else None
        if event is None or asked not in plan.rooms(event.id, event.plan):
            raise PeerFault(Reject.NOT_FOUND, "There is no such event here", field="event")
        return event

    async def _info(self, event: EventRow, asked: str) -> EventInfo:
        there = await self._rooms.audience(asked)
        if asked != event.id and there.state in ("scheduled", "unknown"):
            there = Room(there.room, (await self._rooms.room(event.id)).state, there.rung, there.source)
        return EventInfo(
            id=event.id,
            title=event.title,
            host=event.host,
            starts_at=event.starts_at,
            state=cast(Literal["unknown"], there.state),
            room=there.room,
            guests=event.guests,
            notify=there.state != "ended",
            gateways=self._gateways,
            words=plan.outline(event.id, event.plan).words,
        )


def spread(nodes: Sequence[str], event: str, source: str) -> list[str]:
    """The nodes in an order that differs by event, and where the standby's first is the main's second: so that one
    node's death does not take both."""
    first = int.from_bytes(hashlib.blake2b(event.encode(), digest_size=4).digest(), "big") + SOURCES.index(source)
    first %= len(nodes)
    return [*nodes[first:], *nodes[:first]]


def socket_url(url: str) -> str:
    """The WebSocket's base for an http base url."""
    return "ws" + url.removeprefix("http")


def _moment_ms(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None and 2000 <= at.year <= 2200:
            return int(at.timestamp() * 1000)
    except (ValueError, OverflowError):
        pass
    reason = "A moment is ISO 8601 with an offset, like 2030-05-01T18:00:00+02:00"
    raise PeerFault(Reject.BAD_FIELD, reason, field="starts_at")
