"""Joins the realtime side of a gateway: sockets, hub, upstream, drain.

It decides nothing and listens on no port. The app makes one per process, gives its `ws_class()` to uvicorn, and calls
`start`, `drain` and `close` around the server's life.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from broadcast.core.entries import EventState, RungKind
from broadcast.core.position import EventId, RoomId
from broadcast.log.port import Log
from broadcast.token import node_token
from liveserver.gateway.admission import Admission
from liveserver.gateway.commands import Commands
from liveserver.gateway.directory import Directory
from liveserver.gateway.doorway import doorway
from liveserver.gateway.drain import drain
from liveserver.gateway.hub import Hub
from liveserver.gateway.knobs import Knobs
from liveserver.gateway.payment import Payments
from liveserver.gateway.socket import Socket
from liveserver.gateway.upstream import Upstream


@dataclass(frozen=True, slots=True)
class RoomReport:
    """One room of this gateway, for operators. `members` counts all gateways' (as far as known), `here` this one's."""

    room: RoomId
    event: EventId
    members: int
    here: int
    rung: RungKind
    source: str | None
    state: EventState


class Gateway:
    """The realtime side of one process. `start` comes first; everything is called from one event loop."""

    def __init__(self, *, log: Log, directory: Directory, payments: Payments, knobs: Knobs) -> None:
        self._knobs = knobs
        self._log = log
        self._directory = directory
        self._payments = payments
        self._upstream: Upstream | None = None
        self._hub: Hub | None = None

    def ws_class(self) -> type[asyncio.Protocol]:
        """What uvicorn's `Config(ws=…)` gets: `/live/{room}` is ours, other paths go to Starlette as ever."""
        return doorway(self._make_socket)

    async def start(self) -> None:
        """Connect to the media nodes and begin the sweep. Returns at once; `ready` says when it is of use."""
        self._upstream = Upstream(self._knobs.media_nodes, self._node_token)
        admission = Admission(self._log, self._directory, self._knobs)
        commands = Commands(self._log, self._payments, admission.info)
        self._hub = Hub(self._log, self._upstream, admission, commands, self._knobs)
        self._upstream.start()
        self._hub.start()

    async def drain(self, window_s: float) -> None:
        """Take nobody new; send everyone here elsewhere (DRAIN), paced over `window_s`."""
        if self._hub is not None:
            self._hub.is_draining = True
            await drain(self._hub.sockets, window_s)

    async def close(self) -> None:
        """End every task and socket. The log is the caller's to close."""
        if self._hub is not None:
            await self._hub.close()
        if self._upstream is not None:
            await self._upstream.close()

    def ready(self) -> tuple[bool, str]:
        """Whether attendees should be sent here, and if not, why, in a few words."""
        if self._hub is None or self._upstream is None:
            return False, "not started"
        if self._hub.is_draining:
            return False, "draining"
        if not self._hub.is_keeping_time:
            return False, "its clock stands still"
        links = self._upstream.links()
        if links and not any(links.values()):
            # Chat, notices and moves go on without the picture; were this "not ready", a dead media node would take
            # every gateway out of the load balancer.
            return True, "no media node can be reached"
        return True, ""

    def rooms(self) -> list[RoomReport]:
        """The rooms that have members here now."""
        venues = self._hub.venues if self._hub is not None else ()
        return [
            RoomReport(
                room=venue.room.id,
                event=venue.room.event,
                members=venue.roster.everywhere,
                here=venue.here,
                rung=venue.stage.rung if venue.room.is_live else venue.room.rung,
                source=venue.stage.sending.source,
                state=venue.room.life.state,
            )
            for venue in venues
            if venue.here
        ]

    def _make_socket(self, registry: set[Any]) -> Socket:
        assert self._hub is not None, "the gateway is started before the server listens"
        return Socket(self._hub, registry, self._knobs.hello_within_s)

    def _node_token(self) -> str:
        return node_token(self._knobs.node_id, self._knobs.secret, time.time())
