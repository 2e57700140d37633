"""A gateway on a real port, and clients on real sockets, for the tests of this folder."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any, Self

import msgpack
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from broadcast.core.entries import EventState, Person, Role
from broadcast.core.errors import Outage
from broadcast.core.frame import Frame, unpack
from broadcast.core.position import EventId, RoomId, event_of
from broadcast.log.port import Log
from broadcast.settings import Origins
from broadcast.token import ANY_EVENT, Grant, sign
from liveserver.gateway.directory import Backup, RoomInfo
from liveserver.gateway.gateway import Gateway
from liveserver.gateway.knobs import Knobs
from liveserver.gateway.payment import TipOutcome

SECRET = "a secret of at least thirty-two characters"
ROOM = RoomId("demo")
BACKUP = RoomId("demo.backup")
FAR = RoomId("demo.far")


class Rooms:
    """A directory of three rooms of one event, one of another, and one without guests."""

    def __init__(self, state: EventState = EventState.LIVE) -> None:
        self.state = state
        self.is_away = False

    async def room(self, room_id: RoomId) -> RoomInfo | None:
        if self.is_away:
            raise Outage("record")
        if room_id not in (ROOM, BACKUP, FAR, "other", "closed"):
            return None
        backups = (Backup("https://elsewhere.example/e/demo", "Backup", 12.0),)
        return RoomInfo(room_id, event_of(room_id), "A demo", "Ada", None, room_id != "closed", self.state, backups)


class Till:
    """Payments: confirms, but for an amount of 13, which it refuses, and 14, which needs the giver."""

    def __init__(self) -> None:
        self.taken: dict[tuple[str, str], int] = {}
        self.is_away = False

    async def tip(
        self, member: Person, event: EventId, room: RoomId, amount: int, currency: str, text: str, key: str
    ) -> TipOutcome:
        if self.is_away:
            raise Outage("record")
        if amount == 13:
            return TipOutcome("t0", "refused", reason="The card was declined")
        if amount == 14:
            return TipOutcome("t1", "action", action_url="https://pay.example/1")
        self.taken[member.id, key] = amount
        return TipOutcome(f"tip-{member.id}-{key}", "pending")


class Node:
    """One gateway, served."""

    def __init__(self, gateway: Gateway, server: uvicorn.Server, port: int) -> None:
        self.gateway = gateway
        self.server = server
        self.port = port

    def url(self, room: str = ROOM) -> str:
        return f"ws://127.0.0.1:{self.port}/live/{room}"


async def _echo(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("echo " + await socket.receive_text())
    await socket.close()


@asynccontextmanager
async def serving(log: Log, **turned: Any) -> AsyncIterator[Node]:
    """A gateway on a free port over `log`. `turned`: knobs, or `directory`, `payments`."""
    directory, payments = turned.pop("directory", None) or Rooms(), turned.pop("payments", None) or Till()
    knobs = Knobs(**{"node_id": "g1", "secret": SECRET, "origins": Origins(loopback=True), **turned})
    gateway = Gateway(log=log, directory=directory, payments=payments, knobs=knobs)
    await gateway.start()
    app = Starlette(routes=[WebSocketRoute("/echo", _echo)])
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, ws=gateway.ws_class(), lifespan="off", log_level="warning", backlog=4096
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    serve = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0)
        if serve.done():
            serve.result()
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Node(gateway, server, port)
    finally:
        await gateway.close()
        server.should_exit = True
        await serve


class Client:
    """Somebody in a room. Messages are kept in `messages`, frames in `frames`, until the socket closes."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.is_text = connection.subprotocol != "live.v1.msgpack"
        self.messages: list[dict[str, Any]] = []
        self.frames: list[tuple[float, Frame, int, bool]] = []
        self.order: list[str] = []
        self._news = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None

    async def read(self) -> None:
        try:
            async for data in self.connection:
                self._take(data)
        except ConnectionClosed:
            pass
        finally:
            self._news.set()

    def _take(self, data: str | bytes) -> None:
        if isinstance(data, bytes) and data[0] == 1:
            found = unpack(data)
            assert found is not None
            self.frames.append((time.monotonic(), *found))
            self.order.append(f"frame {found[0].feed}")
        else:
            message = json.loads(data) if isinstance(data, str) else msgpack.unpackb(data)
            assert isinstance(data, str) is self.is_text
            self.messages.append(message)
            self.order.append(message["type"])
        self._news.set()

    def listen(self) -> Self:
        self._reading = asyncio.create_task(self.read())
        return self

    async def say(self, **message: Any) -> None:
        await self.connection.send(json.dumps(message) if self.is_text else msgpack.packb(message))

    async def hear(self, wanted: str | Callable[[dict[str, Any]], object], within_s: float = 5.0) -> dict[str, Any]:
        """The first message of this type (or that `wanted` is true of)."""
        is_it = wanted if callable(wanted) else (lambda message: message["type"] == wanted)
        async with asyncio.timeout(within_s):
            while True:
                found = next((message for message in self.messages if is_it(message)), None)
                if found is not None:
                    return found
                assert not self.is_closed, f"closed {self.closed_with} before {wanted}; had {self.messages}"
                self._news.clear()
                await self._news.wait()

    async def answer(self, key: str) -> dict[str, Any]:
        return await self.hear(lambda message: message.get("key") == key and message["type"] in ("ack", "reject"))

    async def do(self, type_: str, key: str, **fields: Any) -> dict[str, Any]:
        await self.say(type=type_, key=key, **fields)
        return await self.answer(key)

    async def framed(self, count: int, within_s: float = 5.0) -> None:
        async with asyncio.timeout(within_s):
            while len(self.frames) < count:
                self._news.clear()
                await self._news.wait()

    @property
    def is_closed(self) -> bool:
        return self._reading is not None and self._reading.done()

    @property
    def closed_with(self) -> tuple[int | None, str | None]:
        return self.connection.close_code, self.connection.close_reason

    async def closed(self, within_s: float = 5.0) -> int | None:
        assert self._reading is not None
        async with asyncio.timeout(within_s):
            await asyncio.shield(self._reading)
        return self.connection.close_code

    def texts(self) -> list[str]:
        """Everything said, in the order shown."""
        said = [m for m in self.messages if m["type"] == "chat"]
        welcomed = [e for m in self.messages if m["type"] == "welcome" for e in m["history"] if e["type"] == "chat"]
        return [message["text"] for message in (*welcomed, *said)]

    async def leave(self) -> None:
        await self.connection.close()
        if self._reading is not None:
            await self._reading


def token(
    member: str, role: Role = Role.ATTENDEE, event: str = "demo", *, for_s: int = 600, secret: str = SECRET
) -> str:
    return sign(Grant(member, member.title(), role, event, int(time.time()) + for_s), secret)


HOST = f"host-{ROOM}"
MODERATOR = f"moderator-{ROOM}"


def host() -> str:
    return token(HOST, Role.HOST)


def moderator() -> str:
    return token(MODERATOR, Role.MODERATOR)


def operator() -> str:
    return token("operator-demo", Role.OPERATOR, ANY_EVENT)


@asynccontextmanager
async def opened(
    node: Node, room: str = ROOM, *, protocols: Iterable[str] = ("live.v1.json",), **options: Any
) -> AsyncIterator[Client]:
    """A socket that has not said hello."""
    async with connect(
        node.url(room), subprotocols=list(protocols) or None, compression=None, max_size=None, proxy=None, **options
    ) as connection:
        client = Client(connection).listen()
        try:
            yield client
        finally:
            await client.leave()


@asynccontextmanager
async def joined(node: Node, room: str = ROOM, *, wire: str = "live.v1.json", **hello: Any) -> AsyncIterator[Client]:
    """Somebody welcomed."""
    async with opened(node, room, protocols=(wire,)) as client:
        await client.say(**{"type": "hello", "token": None, "name": "Ada", "media": "none", **hello})
        await client.hear("welcome")
        yield client


@asynccontextmanager
async def greeted(node: Node, token_: str, room: str = ROOM) -> AsyncIterator[Client]:
    """Somebody who said hello with a token, welcome or not."""
    async with opened(node, room) as client:
        await client.say(type="hello", token=token_)
        yield client
