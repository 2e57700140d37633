"""The operator's view over HTTP: every node asked for its readiness, events and rooms at a glance, and the guards'
incidents and mail handed through. It judges nothing and commands nothing. `app` mounts it.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Literal, Protocol

import httpx
import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from broadcast.core.codes import Reject
from broadcast.core.entries import Role
from broadcast.core.errors import PeerFault
from liveserver import plan
from liveserver.api.access import Access
from liveserver.api.answer import answer, guarded
from liveserver.api.guards import Guards
from liveserver.api.rooms import Room
from liveserver.api.schema import Incidents, Mail, NodeInfo, Ops, OpsEvent, RoomInfo
from liveserver.store.event import EventRow

PROBE_DEADLINE_S = 1.5
EVENTS_MAX = 50
NodeRole = Literal["gateway", "media", "failover"]


class Events(Protocol):
    """The events that are kept."""

    async def newest(self, limit: int) -> list[EventRow]: ...


class Audience(Protocol):
    """Where people are."""

    async def room(self, room: str) -> Room: ...

    async def audience(self, event: str) -> Room: ...

    async def members(self, room: str) -> int | None: ...


class OpsResource:
    """`/api/v1/ops…`. `nodes` are (role, base url); `guards` answer for incidents and mail."""

    def __init__(
        self,
        events: Events,
        rooms: Audience,
        access: Access,
        guards: Guards,
        *,
        nodes: Sequence[tuple[NodeRole, str]],
    ) -> None:
        self._events = events
        self._rooms = rooms
        self._access = access
        self._guards = guards
        self._nodes = list(nodes)
        self._client = httpx.AsyncClient(timeout=PROBE_DEADLINE_S, trust_env=False)

    def routes(self) -> list[BaseRoute]:
        """The resource's routes."""
        return [
            Route("/api/v1/ops", guarded(self.show), methods=["GET"]),
            Route("/api/v1/ops/incidents", guarded(self.incidents), methods=["GET"]),
            Route("/api/v1/ops/mail", guarded(self.mail), methods=["GET"]),
        ]

    async def close(self) -> None:
        """Release the connections to the other nodes."""
        await self._client.aclose()

    async def show(self, request: Request) -> Response:
        """Nodes, events and rooms."""
        self._access.need(request, Role.OPERATOR)
        probes = asyncio.gather(*(self._probe(role, url) for role, url in self._nodes))
        events = await self._events.newest(EVENTS_MAX)
        shown = await asyncio.gather(*(self._event(event) for event in events))
        rooms = [room for _, of_event in shown for room in of_event]
        return answer(Ops(nodes=list(await probes), events=[event for event, _ in shown], rooms=rooms))

    async def incidents(self, request: Request) -> Response:
        """What the guards recorded: all of it for an operator, the own event's for a host."""
        grant = self._access.need(request, Role.OPERATOR, Role.HOST)
        asked = request.query_params.get("event", "")[:40]
        if grant.role is Role.HOST:
            if asked and asked != grant.event:
                raise PeerFault(Reject.FORBIDDEN, "Your link is for another event", field="event")
            asked = grant.event
        query = {"event": asked} if asked else {}
        return answer(await self._guards.read("/failover/v1/incidents", query, Incidents))

    async def mail(self, request: Request) -> Response:
        """What the guards mailed."""
        self._access.need(request, Role.OPERATOR)
        return answer(await self._guards.read("/failover/v1/mail", {}, Mail))

    async def _event(self, event: EventRow) -> tuple[OpsEvent, list[RoomInfo]]:
        there = await self._rooms.audience(event.id)
        backup = plan.outline(event.id, event.plan).backup_room
        names = [event.id] + ([backup] if backup else [])
        rooms = await asyncio.gather(*(self._room(event.id, name) for name in names))
        shown = OpsEvent(
            id=event.id,
            title=event.title,
            host=event.host,
            starts_at=event.starts_at,
            state=there.state,
            room=there.room,
        )
        return shown, list(rooms)

    async def _room(self, event: str, name: str) -> RoomInfo:
        room, members = await asyncio.gather(self._rooms.room(name), self._rooms.members(name))
        return RoomInfo(room=name, event=event, members=members, rung=room.rung, source=room.source, state=room.state)

    async def _probe(self, role: NodeRole, url: str) -> NodeInfo:
        try:
            async with asyncio.timeout(PROBE_DEADLINE_S):
                found = await self._client.get(f"{url}/readyz")
            ready, detail = found.status_code == 200, _detail(found)
        except (httpx.HTTPError, TimeoutError) as fault:
            ready, detail = False, "no answer in time" if isinstance(fault, TimeoutError) else "cannot be reached"
        return NodeInfo(role=role, url=url, ready=ready, detail=detail)


def _detail(found: httpx.Response) -> str:
    """What a node's own `/readyz` names as amiss, in one line: the gateway's `parts`, or the others' `detail`."""
    unsaid = "" if found.status_code == 200 else f"answers {found.status_code}"
    try:
        said: Any = msgspec.json.decode(found.content[:65_536])
    except msgspec.DecodeError:
        return unsaid
    said = said if isinstance(said, dict) else {}
    parts, detail = said.get("parts"), said.get("detail")
    if isinstance(parts, dict):
        detail = {
            name: part.get("detail") or "amiss"
            for name, part in parts.items()
            if isinstance(part, dict) and not part.get("ok")
        }
    if isinstance(detail, dict):
        detail = "; ".join(f"{name}: {why}" for name, why in detail.items())
    return detail[:300] if isinstance(detail, str) and detail else unsaid
