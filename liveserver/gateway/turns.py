"""Gives each member's commands their turn: in the order in which they came, one at a time, and not without end.

It carries out none of them. The hub hands it what a socket lets through.
"""

from collections import deque

from broadcast.core.codes import Reject
from broadcast.core.commands import AnyCommand
from liveserver.gateway.commands import Commands
from liveserver.gateway.seating import Seating
from liveserver.gateway.socket import Socket
from liveserver.gateway.tasks import Tasks

WAITING_MAX = 32


class Turns:
    """One gateway's."""

    def __init__(self, commands: Commands, seating: Seating, tasks: Tasks) -> None:
        self._commands = commands
        self._seating = seating
        self._tasks = tasks
        self._waiting: dict[Socket, deque[AnyCommand]] = {}

    def take(self, socket: Socket, command: AnyCommand) -> None:
        """Carry this out after whatever this socket asked for before."""
        waiting = self._waiting.get(socket)
        if waiting is None:
            self._waiting[socket] = deque((command,))
            self._tasks.spawn(self._perform(socket), "commands")
        elif len(waiting) < WAITING_MAX:
            waiting.append(command)
        else:
            code = Reject.RATE_LIMITED.value
            answer = {"type": "reject", "key": command.key, "code": code, "reason": "Too much at once"}
            socket.send({**answer, "retry_after_s": 1.0})

    def forget(self, socket: Socket) -> None:
        """The socket is gone: what it asked for and nobody began is not begun."""
        self._waiting.pop(socket, None)

    async def _perform(self, socket: Socket) -> None:
        try:
            while waiting := self._waiting.get(socket):
                found = self._seating.find(socket)
                if found is None:
                    return
                member, venue = found
                await self._commands.perform(member, venue, waiting[0])
                waiting.popleft()
        finally:
            self._waiting.pop(socket, None)
