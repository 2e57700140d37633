"""Sockets that take no more just now: let out of the fan-out, caught up when they take more, or told to come back.

It judges nobody: each member's outbox does. The hub hands it the transports' signals, and its sweep.
"""

import asyncio

from broadcast.core.codes import Close
from broadcast.core.woke import Woke
from liveserver.core.outbox import CatchUp, CaughtUp, Failed, Flowing, GiveUp, Leave, OutboxEvent, Paused
from liveserver.core.session import Removed
from liveserver.gateway.member import Member
from liveserver.gateway.seating import Seating
from liveserver.gateway.socket import Socket
from liveserver.gateway.tasks import Tasks
from liveserver.gateway.venue import Venue


class Laggards:
    """One gateway's."""

    def __init__(self, seating: Seating, tasks: Tasks) -> None:
        self._seating = seating
        self._tasks = tasks
        self._loop = asyncio.get_running_loop()
        self._paused: set[Socket] = set()

    def __contains__(self, socket: Socket) -> bool:
        return socket in self._paused

    def paused(self, socket: Socket) -> None:
        """It takes no more."""
        self._paused.add(socket)
        self._weigh(socket, Paused())

    def flowing(self, socket: Socket) -> None:
        """It takes more again."""
        self._paused.discard(socket)
        self._weigh(socket, Flowing())

    def forget(self, socket: Socket) -> None:
        """It is gone."""
        self._paused.discard(socket)

    def sweep(self) -> None:
        """Their time goes on."""
        for socket in list(self._paused):
            self._weigh(socket, Woke())

    def _weigh(self, socket: Socket, event: OutboxEvent) -> None:
        found = self._seating.find(socket)
        if found is None:
            return
        member, venue = found
        for effect in member.outbox.step(event, self._loop.time()):
            match effect:
                case Leave():
                    venue.steward.fall_behind(member)
                case CatchUp():
                    self._tasks.spawn(self._catch_up(member, venue), "catch up")
                case GiveUp():
                    socket.feed(Removed(Close.LAGGING, "You could not take what was sent; come back"))
                case _:
                    pass

    async def _catch_up(self, member: Member, venue: Venue) -> None:
        """In the room where they are by the time it is done: they may be led on meanwhile."""
        while True:
            caught = await venue.steward.catch_up(member)
            found = self._seating.find(member.socket)
            if found is None or found[1] is venue:
                break
            venue = found[1]
        self._weigh(member.socket, CaughtUp() if caught else Failed())
