"""Joins the realtime side of a gateway: sockets, hub, upstream, drain.

It decides nothing and listens on no port. The app makes one per process, gives its `ws_class()` to uvicorn, and calls
`start`, `drain` and `close` around the server's life.
"""

import asyncio
from dataclasses import dataclass

from broadcast.core.entries import EventState, RungKind
from broadcast.core.position import EventId, RoomId
from broadcast.log.port import Log
from liveserver.gateway.directory import Directory
from liveserver.gateway.knobs import Knobs
from liveserver.gateway.payment import Payments


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
    """The realtime side of one process. Everything is called from one event loop."""

    def __init__(self, *, log: Log, directory: Directory, payments: Payments, knobs: Knobs) -> None:
        self._log = log
        self._directory = directory
        self._payments = payments
        self._knobs = knobs

    def ws_class(self) -> type[asyncio.Protocol]:
        """What uvicorn's `Config(ws=…)` gets: `/live/{room}` is ours, other paths go to Starlette as ever."""
        raise NotImplementedError

    async def start(self) -> None:
        """Connect to the media nodes and begin the sweep. Returns at once; `ready` says when it is of use."""

    async def drain(self, window_s: float) -> None:
        """Take nobody new; send everyone here elsewhere (DRAIN), paced over `window_s`."""

    async def close(self) -> None:
        """End every task and socket. The log is the caller's to close."""

    def ready(self) -> tuple[bool, str]:
        """Whether attendees should be sent here, and if not, why, in a few words."""
        return False, "not started"

    def rooms(self) -> list[RoomReport]:
        """The rooms that have members here now."""
        return []
