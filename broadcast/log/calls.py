"""Redis commands over one connection, one behind the other: answers come in the order of the questions.

It never asks twice: whatever was under way when the connection is lost fails, and the caller, who alone knows what may
be repeated, says it again. `RedisLog` owns it.
"""

import asyncio
import math
from collections import deque
from typing import Any

from redis.asyncio.connection import AbstractConnection
from redis.exceptions import RedisError, ResponseError

from broadcast.core.errors import Outage
from broadcast.log.dial import Connect, dial
from broadcast.log.port import OP_DEADLINE_S

WAITING_MAX = 4_096
_TURN = 64


class _Line:
    """One life of the connection, and who waits for an answer on it."""

    def __init__(self, connection: AbstractConnection) -> None:
        self.connection = connection
        self.waiting: deque[asyncio.Future[Any]] = deque()
        self.heard_at = 0.0
        self.outage: Outage | None = None
        self.task: asyncio.Task[None] | None = None

    @property
    def is_open(self) -> bool:
        return self.outage is None and self.connection.is_connected

    def lose(self, outage: Outage) -> None:
        if self.outage is None:
            self.outage = outage
            while self.waiting:
                future = self.waiting.popleft()
                if not future.done():
                    future.set_exception(Outage(outage.what, outage.detail))

    def answer(self, reply: Any) -> None:  # noqa: ANN401 — whatever a server may answer
        if not self.waiting:
            self.lose(Outage("log", "an answer that nobody asked for"))
            return
        future = self.waiting.popleft()
        if future.done():
            return
        if isinstance(reply, ResponseError):
            future.set_exception(reply)
        else:
            future.set_result(reply)


class Calls:
    """The asking side of the log plane. `connect` makes a connection."""

    def __init__(self, connect: Connect, *, silence_s: float = OP_DEADLINE_S / 2) -> None:
        self._connect = connect
        self._silence_s = silence_s
        self._gate = asyncio.Lock()
        self._line: _Line | None = None
        self._closed = False

    async def call(self, *command: str | bytes | int) -> Any:  # noqa: ANN401 — whatever a server may answer
        """The server's answer. Raises Outage, redis and OS errors; the caller sets the deadline."""
        line = self._line
        if line is None or not line.is_open:
            line = await self._dial()
        if len(line.waiting) >= WAITING_MAX:
            raise Outage("log", f"{WAITING_MAX} calls are waiting for an answer")
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        line.waiting.append(answer)
        clock = asyncio.get_running_loop().time
        asked_at = clock()
        try:
            # Without a socket deadline this writes before it first waits: the order of the futures is the one sent.
            await line.connection.send_command(*command, check_health=False)
            return await answer
        except asyncio.CancelledError:
            answer.cancel()
            if line.heard_at < asked_at <= clock() - self._silence_s:
                self._give_up(line, Outage("log", f"silent for {self._silence_s:g} s"))
            raise

    async def close(self) -> None:
        """What is under way fails."""
        self._closed = True
        line, self._line = self._line, None
        if line is not None and line.task is not None:
            self._give_up(line, Outage("log", "closed"))
            await asyncio.wait([line.task], timeout=OP_DEADLINE_S)

    def _give_up(self, line: _Line, outage: Outage) -> None:
        line.lose(outage)
        if line.task is not None:
            line.task.cancel()

    async def _dial(self) -> _Line:
        async with self._gate:
            line = self._line
            if line is not None and line.is_open:
                return line
            if self._closed:
                raise Outage("log", "closed")
            line = self._line = _Line(await dial(self._connect))
            line.task = asyncio.create_task(self._drain(line), name="log calls")
            return line

    async def _drain(self, line: _Line) -> None:
        clock = asyncio.get_running_loop().time
        answered = 0
        try:
            while line.outage is None:
                reply: Any
                try:
                    reply = await line.connection.read_response(timeout=math.inf)
                except ResponseError as error:
                    reply = error
                line.heard_at = clock()
                line.answer(reply)
                answered += 1
                if answered % _TURN == 0:
                    # A burst must not keep everyone else in the process waiting.
                    await asyncio.sleep(0)
        except (RedisError, OSError) as error:
            line.lose(Outage("log", str(error)))
        finally:
            line.lose(Outage("log", "nobody takes the answers"))
            await line.connection.disconnect(nowait=True)
