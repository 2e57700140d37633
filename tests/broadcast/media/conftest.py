"""A media node on a port of its own, publishers and readers for it; all of it real."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgpack
import pytest
import uvicorn
from hypothesis import HealthCheck, settings
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from broadcast.app import create
from broadcast.core.entries import Role
from broadcast.core.frame import Frame, unpack
from broadcast.media import clip
from broadcast.media.clip import Clip
from broadcast.media.node import MediaNode
from broadcast.media.publish import Publisher
from broadcast.settings import MediaSettings
from broadcast.token import Grant, sign
from tests.waiting import until

# How long an example takes says nothing on a machine that others use too.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

SECRET = "only for tests: 0123456789abcdefghij"


def token(
    role: Role, *, event: str = "demo", source: str | None = None, room: str | None = None, for_s: int = 300
) -> str:
    """A token of this deployment."""
    return sign(Grant("someone", "Someone", role, event, int(time.time()) + for_s, source, room), SECRET)


class Node:
    """A media node that listens."""

    def __init__(self, node: MediaNode, port: int) -> None:
        self.node = node
        self.base = f"http://127.0.0.1:{port}"
        self.feeds = f"ws://127.0.0.1:{port}/feeds"

    def whip(self, room: str = "demo", source: str = "main") -> str:
        return f"{self.base}/whip/{room}/{source}"


class Reader:
    """A reader of /feeds: everything that came, in order."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.messages: list[dict[str, Any]] = []
        self.frames: list[tuple[Frame, float]] = []
        self.order: list[dict[str, Any] | Frame] = []
        self.closed: int | None = None

    async def say(self, **message: Any) -> None:
        await self.socket.send(msgpack.packb(message))

    async def listen(self) -> None:
        try:
            async for data in self.socket:
                found = unpack(data)
                if found is not None:
                    self.frames.append((found[0], time.monotonic()))
                    self.order.append(found[0])
                else:
                    message = msgpack.unpackb(data)
                    self.messages.append(message)
                    self.order.append(message)
        except ConnectionClosed:
            pass
        self.closed = self.socket.close_code

    def of(self, kind: str, /, **wanted: Any) -> list[dict[str, Any]]:
        """The messages of one type, with these fields."""
        return [
            message
            for message in self.messages
            if message["type"] == kind and all(message.get(name) == value for name, value in wanted.items())
        ]

    def frames_of(self, kind: str) -> list[Frame]:
        """The frames of all feeds of one kind."""
        feeds = {message["feed"] for message in self.of("feed", kind=kind)}
        return [frame for frame, _ in self.frames if frame.feed in feeds]


@asynccontextmanager
async def running(**environ: str) -> AsyncIterator[Node]:
    """A node with these settings."""
    application = create(MediaSettings.read({"SECRET": SECRET, "NODE_ID": "m1", **environ}))
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(application, ws="websockets-sansio", log_config=None, ws_per_message_deflate=False)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await until(lambda: server.started or serving.done(), what="the node is up")
        yield Node(application.state.node, listener.getsockname()[1])
    finally:
        server.should_exit = True
        await serving
        listener.close()


@pytest.fixture
async def node() -> AsyncIterator[Node]:
    async with running(WATCH="off") as made:
        yield made


@asynccontextmanager
async def reading(node: Node) -> AsyncIterator[Reader]:
    """A reader of the node."""
    headers = {"Authorization": f"Bearer {token(Role.NODE, event='*')}"}
    async with connect(node.feeds, additional_headers=headers, max_size=None) as websocket:
        reader = Reader(websocket)
        listening = asyncio.create_task(reader.listen())
        try:
            yield reader
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


@asynccontextmanager
async def publishing(
    node: Node, what: Clip, room: str = "demo", source: str = "main", **options: Any
) -> AsyncIterator[Publisher]:
    """A publisher of this clip, connected."""
    grant = token(Role.PUBLISHER, event=room.partition(".")[0], source=source)
    publisher = Publisher(what, node.whip(room, source), grant, **{"loop": True, **options})
    try:
        await publisher.start()
        yield publisher
    finally:
        await publisher.close()


@pytest.fixture(scope="session")
def h264_clip() -> Clip:
    return clip.render("main", seconds=2, width=320, height=180)


@pytest.fixture(scope="session")
def vp8_clip() -> Clip:
    return clip.render("main", seconds=2, width=320, height=180, codec="VP8")


@pytest.fixture
def tokens() -> Callable[..., str]:
    return token
