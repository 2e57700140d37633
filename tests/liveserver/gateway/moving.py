"""What a controller writes to move a room, and what shows that somebody has gone, for the tests of moves."""

import asyncio
from typing import Any

from broadcast.core.entries import Chat, Cut, Draft, Moved, Person, Role, RungKind
from broadcast.core.position import LogId, MemberId, Position, RoomId, room_log
from broadcast.log.memory import MemoryLog
from broadcast.log.port import Reading
from liveserver.gateway.hub import Hub
from tests.liveserver.gateway.node import BACKUP, ROOM, Client, Node

LOG = room_log(ROOM)
BEN = Person(MemberId("g-ben"), "Ben", Role.ATTENDEE)


async def say(log: MemoryLog, first: int, last: int, where: LogId = LOG) -> None:
    """Chat entries called by their numbers."""
    for n in range(first, last + 1):
        await log.append(where, Draft(Chat(author=BEN, text=str(n)), f"c-{n}", BEN.id))


async def move(log: MemoryLog, spread_ms: int = 100, *, where: RoomId = ROOM, to: RoomId = BACKUP) -> None:
    """What a controller writes to lead the audience away."""
    body = Moved(room=to, url="https://live.example/e/demo", spread_ms=spread_ms, reason="The camera is gone")
    await log.append(room_log(where), Draft(body, "m-1", MemberId("c"), checked=False, sets={"moved": body}))


async def call_off(log: MemoryLog) -> None:
    """What a controller writes when the show is on again where it was."""
    back = Cut(source="main", rung=RungKind.MAIN, reason="The camera is back", cause="recovered")
    await log.append(
        room_log(ROOM), Draft(back, "c-1", MemberId("c"), checked=False, sets={"cut": back, "moved": None})
    )


def hub_of(node: Node) -> Hub:
    assert node.gateway._hub is not None
    return node.gateway._hub


class GatedLog(MemoryLog):
    """A log on which nothing of the backup room can be read until the gate is open."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()

    async def read(self, log: LogId, after: Position | None, limit: int) -> Reading:
        if log.startswith(BACKUP):
            await self.gate.wait()
        return await super().read(log, after, limit)


async def arrival(client: Client, room: RoomId = BACKUP) -> dict[str, Any]:
    """The welcome of the room that the audience is led to."""
    return await client.hear(lambda m: m["type"] == "welcome" and m["room"]["id"] == room)
