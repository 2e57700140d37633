"""Redis pub/sub over one connection: one task drains it into bounded ears and does nothing else.

It never reconnects behind its listeners' backs: when the connection is lost, or silent for too long, every ear on it is
told, and the next one to listen opens a new connection. `RedisLog` owns it.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from redis.asyncio.connection import AbstractConnection
from redis.exceptions import RedisError

from broadcast.core.entries import Entry
from broadcast.core.errors import Outage
from broadcast.core.passing import Passing
from broadcast.log.dial import Connect, dial
from broadcast.log.ear import Ear
from broadcast.log.port import OP_DEADLINE_S

_TURN = 64

Read = Callable[[bytes, bytes], Entry | Passing | None]


class _Line:
    """One life of the connection: what is heard on it, and by whom."""

    def __init__(self, connection: AbstractConnection) -> None:
        self.connection = connection
        self.ears: dict[bytes, set[Ear]] = {}
        self.confirmed: dict[bytes, asyncio.Event] = {}
        self.asked: deque[asyncio.Event] = deque()
        self.idle: set[bytes] = set()
        self.outage: Outage | None = None
        self.task: asyncio.Task[None] | None = None

    @property
    def is_open(self) -> bool:
        return self.outage is None and self.connection.is_connected

    async def send(self, *command: str | bytes) -> None:
        if not self.is_open:
            raise self.outage or Outage("log", "the connection is lost")
        await self.connection.send_command(*command, check_health=False)

    async def sweep(self) -> None:
        """Leave the channels that nobody listens to any more."""
        while self.idle:
            name = self.idle.pop()
            if not self.ears[name]:
                del self.ears[name], self.confirmed[name]
                await self.send("UNSUBSCRIBE", name)

    def take(self, reply: Any, read: Read) -> None:  # noqa: ANN401 — whatever a server may say
        match reply:
            case [b"message", bytes() as name, bytes() as payload]:
                ears = self.ears.get(name)
                item = read(name, payload) if ears else None
                if ears and item is not None:
                    for ear in ears:
                        ear.hear(item)
            case [b"subscribe", *_] if self.asked:
                self.asked.popleft().set()

    def lose(self, outage: Outage) -> None:
        if self.outage is None:
            self.outage = outage
            for ear in self.all_ears():
                ear.lose(outage)
            for event in self.confirmed.values():
                event.set()

    def all_ears(self) -> list[Ear]:
        return [ear for ears in self.ears.values() for ear in ears]


class Channel:
    """The listening side of the log plane. `connect` makes a connection; `read` turns what came over a channel into
    what it says, or None where it says nothing that we know."""

    def __init__(self, connect: Connect, read: Read, *, silence_s: float = OP_DEADLINE_S / 2) -> None:
        self._connect = connect
        self._read = read
        self._silence_s = silence_s
        self._gate = asyncio.Lock()
        self._line: _Line | None = None
        self._closed = False

    async def open(self, name: bytes) -> Ear:
        """An ear on the channel `name`, once the server has confirmed it. Raises Outage, redis and OS errors; the
        caller sets the deadline, and gives the ear back by `leave`."""
        ear = Ear()
        try:
            line, confirmed = await self._join(name, ear)
            await confirmed.wait()
        except BaseException:
            self.leave(name, ear)
            raise
        if line.outage is not None:
            raise line.outage
        return ear

    def leave(self, name: bytes, ear: Ear) -> None:
        """This ear hears no more."""
        line = self._line
        ears = line.ears.get(name) if line is not None else None
        if line is not None and ears is not None:
            ears.discard(ear)
            if not ears:
                line.idle.add(name)

    async def close(self) -> None:
        """Every ear ends."""
        self._closed = True
        line, self._line = self._line, None
        if line is None:
            return
        for ear in line.all_ears():
            ear.end()
        line.lose(Outage("log", "closed"))
        if line.task is not None:
            line.task.cancel()
            await asyncio.wait([line.task], timeout=OP_DEADLINE_S)

    async def _join(self, name: bytes, ear: Ear) -> tuple[_Line, asyncio.Event]:
        async with self._gate:
            line = self._line
            if line is None or not line.is_open:
                line = await self._dial()
            line.ears.setdefault(name, set()).add(ear)
            confirmed = line.confirmed.get(name)
            if confirmed is None:
                confirmed = line.confirmed[name] = asyncio.Event()
                line.asked.append(confirmed)
                await line.send("SUBSCRIBE", name)
            return line, confirmed

    async def _dial(self) -> _Line:
        if self._closed:
            raise Outage("log", "closed")
        line = self._line = _Line(await dial(self._connect))
        line.task = asyncio.create_task(self._drain(line), name="log channel")
        return line

    async def _drain(self, line: _Line) -> None:
        heard, asked = 0, False
        try:
            while line.outage is None:
                reply = await line.connection.read_response(timeout=self._silence_s)
                if reply is not None:
                    asked = False
                    line.take(reply, self._read)
                    heard += 1
                    if heard % _TURN:
                        continue
                    # A burst must not keep everyone else in the process waiting.
                    await asyncio.sleep(0)
                elif asked:
                    line.lose(Outage("log", f"silent for {2 * self._silence_s:g} s"))
                    return
                else:
                    asked = True
                    await asyncio.wait_for(line.send("PING"), self._silence_s)
                await asyncio.wait_for(line.sweep(), self._silence_s)
        except (RedisError, OSError) as error:
            line.lose(Outage("log", str(error)))
        finally:
            line.lose(Outage("log", "nobody drains the channel"))
            await line.connection.disconnect(nowait=True)
