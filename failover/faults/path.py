"""A TCP path of the harness's own, which can be cut, stalled, delayed, throttled, made lossy or answer with errors.

Stands between a process and what it needs (Redis, SMTP, a payment provider, a media node); whoever is behind learns
nothing of it. A process of its own (`failover fault path`), steered by JSON lines on its control port.
"""

import asyncio
import contextlib
import json
import random
import time
from dataclasses import dataclass, field
from typing import Literal, get_args

_CHUNK = 16 * 1024
_QUEUE_MAX = 256
_CONNECT_S = 5.0
_RESEND_S = 0.2

Mode = Literal["pass", "cut", "stall", "delay", "throttle", "lossy", "errors"]
MODES: tuple[Mode, ...] = get_args(Mode)
Speech = Literal["raw", "http", "smtp", "redis"]
SPEECHES: tuple[Speech, ...] = get_args(Speech)

_ERROR: dict[str, bytes] = {
    "raw": b"",
    "http": b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    "smtp": b"421 4.3.2 Service not available, closing transmission channel\r\n",
    "redis": b"-LOADING Redis is loading the dataset in memory\r\n",
}
_SPEAKS_FIRST = ("smtp", "raw")


@dataclass(slots=True)
class State:
    """What the path does to what passes. `bitten` counts connections and chunks treated since `mode` was set."""

    mode: Mode = "pass"
    delay_ms: float = 0.0
    bytes_per_s: float = 0.0
    share: float = 0.0
    bitten: int = 0
    connections: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)


class TcpPath:
    """One listening port and what lies behind it. `speech` says in which language errors are given."""

    def __init__(self, to_host: str, to_port: int, *, speech: Speech = "raw", seed: int = 1) -> None:
        self._to = (to_host, to_port)
        self._speech = speech
        self._dice = random.Random(seed)  # noqa: S311  a fault, replayable by its seed
        self._state = State()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._servers: list[asyncio.Server] = []

    async def open(self, host: str, port: int, control_port: int) -> tuple[int, int]:
        """Listen; `(port, control port)` really taken (0: any). The control port is of the loopback alone."""
        servers = (
            await asyncio.start_server(self._accept, host, port),
            await asyncio.start_server(self._steer, "127.0.0.1", control_port),
        )
        self._servers += servers
        return servers[0].sockets[0].getsockname()[1], servers[1].sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Everything ends."""
        for server in self._servers:
            server.close()
        self._drop_all()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def set(self, mode: Mode, *, delay_ms: float = 0.0, bytes_per_s: float = 0.0, share: float = 0.0) -> None:
        """From now on treat what passes so."""
        before, self._state = (
            self._state,
            State(mode, delay_ms, bytes_per_s, share, connections=self._state.connections),
        )
        before.changed.set()
        if mode in ("cut", "errors"):
            self._state.bitten += len(self._writers) // 2
            self._drop_all()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._state.connections += 1
        try:
            if self._state.mode == "cut":
                self._state.bitten += 1
                writer.transport.abort()
            elif self._state.mode == "errors":
                await self._answer_with_error(reader, writer)
            else:
                await self._join(reader, writer)
        finally:
            self._state.connections -= 1
            writer.close()

    async def _answer_with_error(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._state.bitten += 1
        with contextlib.suppress(OSError, TimeoutError):
            if self._speech not in _SPEAKS_FIRST:
                await asyncio.wait_for(reader.read(_CHUNK), _CONNECT_S)
            writer.write(_ERROR[self._speech])
            await writer.drain()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._while_stalled()
        try:
            async with asyncio.timeout(_CONNECT_S):
                there = await asyncio.open_connection(*self._to)
        except (OSError, TimeoutError):
            writer.transport.abort()
            return
        ends = (writer, there[1])
        self._writers.update(ends)
        pumps = [asyncio.create_task(self._pump(reader, there[1])), asyncio.create_task(self._pump(there[0], writer))]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            self._writers.difference_update(ends)
            there[1].close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_QUEUE_MAX)
        sender = asyncio.create_task(self._send(queue, writer))
        try:
            while data := await reader.read(_CHUNK):
                await queue.put((time.monotonic(), data))
            await queue.put((time.monotonic(), b""))
            await sender
        except OSError:
            return
        finally:
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)

    async def _send(self, queue: "asyncio.Queue[tuple[float, bytes]]", writer: asyncio.StreamWriter) -> None:
        while True:
            came_at, data = await queue.get()
            if not data:
                return
            await self._while_stalled()
            wait_s = self._wait_s(len(data)) - (time.monotonic() - came_at if self._state.mode == "delay" else 0.0)
            if wait_s > 0:
                # Whatever changes (it heals, too) lets go at once.
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._state.changed.wait(), wait_s)
            writer.write(data)
            await writer.drain()

    async def _while_stalled(self) -> None:
        while self._state.mode == "stall":
            self._state.bitten += 1
            await self._state.changed.wait()

    def _wait_s(self, size: int) -> float:
        """How long a chunk of `size` bytes is held. A lost one: until TCP would have sent it again."""
        state = self._state
        match state.mode:
            case "delay":
                wait_s = state.delay_ms / 1000
            case "throttle":
                wait_s = size / state.bytes_per_s
            case "lossy":
                wait_s = _RESEND_S if self._dice.random() < state.share else 0.0
            case _:
                wait_s = 0.0
        if wait_s:
            state.bitten += 1
        return wait_s

    def _drop_all(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def _steer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = await asyncio.wait_for(reader.readline(), _CONNECT_S)
            order = json.loads(line)
            if "mode" in order:
                self._obey(order)
            state = self._state
            answer: dict[str, object] = {"mode": state.mode, "bitten": state.bitten, "connections": state.connections}
        except (ValueError, TypeError, TimeoutError) as fault:
            answer = {"error": str(fault) or "no order came"}
        with contextlib.suppress(OSError):
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
        writer.close()

    def _obey(self, order: dict[str, object]) -> None:
        mode = order.pop("mode")
        if mode not in MODES:
            raise ValueError(f"no mode is called {mode!r}")
        knobs = {name: float(str(value)) for name, value in order.items()}
        needed = {"delay": "delay_ms", "throttle": "bytes_per_s", "lossy": "share"}.get(str(mode))
        if set(knobs) != ({needed} if needed else set()) or any(value <= 0 for value in knobs.values()):
            raise ValueError(f"{mode} needs {needed or 'nothing'}, greater than zero")
        self.set(mode, **knobs)
