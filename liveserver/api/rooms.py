"""What the log knows of an event's rooms, for answers over HTTP: its state, where its audience is, how many they are.
It remembers what it heard last, so that an outage of the log leaves the event's page standing; it says nothing in any
room. The resources ask it.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Protocol

from broadcast.core.errors import Outage
from broadcast.core.position import LogId, Position, RoomId, room_log
from broadcast.log.port import Reading

REMEMBERED_MAX = 1_000
COUNT_TTL_S = 1.0
_HOPS_MAX = 3


class Reader(Protocol):
    """The log, as far as it is read here."""

    async def read(self, log: LogId, after: Position | None, limit: int) -> Reading: ...

    async def attend(self, log: LogId, node: str, members: int, ttl_s: float) -> int: ...


@dataclass(frozen=True, slots=True)
class Room:
    """A room as its log's state fields have it. `state` is the event's; `unknown` where the log was never heard."""

    room: str
    state: str = "unknown"
    rung: str | None = None
    source: str | None = None
    moved_to: str | None = None


class Rooms:
    """Reads rooms. `node` is this gateway's id."""

    def __init__(self, log: Reader, node: str) -> None:
        self._log = log
        self._asker = f"{node}!asks"
        self._heard: OrderedDict[str, Room] = OrderedDict()

    async def room(self, room: str) -> Room:
        """The room, as it stands or, while the log is away, as it was heard last."""
        try:
            reading = await self._log.read(room_log(RoomId(room)), None, 1)
        except Outage:
            return self._heard.get(room, Room(room))
        found = _room_of(room, reading.state)
        self._heard[room] = found
        self._heard.move_to_end(room)
        while len(self._heard) > REMEMBERED_MAX:
            self._heard.popitem(last=False)
        return found

    async def audience(self, event: str) -> Room:
        """The room where the event's audience is now."""
        found = await self.room(event)
        for _ in range(_HOPS_MAX):
            if found.moved_to is None or found.moved_to == found.room:
                break
            there = await self.room(found.moved_to)
            # A room that nothing has been said in yet is in the state of the one its audience came from.
            state = there.state if there.state not in ("unknown", "scheduled") else found.state
            found = Room(there.room, state, there.rung, there.source, there.moved_to)
        return found

    async def members(self, room: str) -> int | None:
        """How many members the room has, over all gateways; None while the log is away. The log tells the count to
        whoever says how many they have themselves: here nobody, under a name of its own, for a second."""
        try:
            async with asyncio.timeout(COUNT_TTL_S):
                return await self._log.attend(room_log(RoomId(room)), self._asker, 0, COUNT_TTL_S)
        except (Outage, TimeoutError):
            return None


def _room_of(room: str, state: dict[str, Any]) -> Room:
    event, cut, moved = (state.get(field) or {} for field in ("event", "cut", "moved"))
    return Room(
        room=room,
        state=_read(event, "state") or "scheduled",
        rung=_read(cut, "rung"),
        source=_read(cut, "source"),
        moved_to=_read(moved, "room"),
    )


def _read(body: Any, name: str) -> str | None:  # noqa: ANN401  # a body is a map on one make of the log, a struct on another
    value = body.get(name) if isinstance(body, dict) else getattr(body, name, None)
    return str(value) if value else None
