"""A small media node: speaks `/feeds` as ARCHITECTURE.md has it, and sends what a test tells it; and who watches it."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgpack
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from broadcast.core.frame import Frame, pack
from broadcast.token import verify
from tests.liveserver.gateway.node import ROOM, SECRET, Client, Node, joined

VIDEO = {"codec": "avc1.42e01f", "codedWidth": 640, "codedHeight": 360, "description": "AULA"}
_SESSIONS = itertools.count(1)
AUDIO = {"codec": "opus", "sampleRate": 48000, "numberOfChannels": 2}


class FeedNode:
    """Sources are `up` and `down`; a source that is up sends pictures and sounds every `interval_s` to who pulls it."""

    def __init__(self, tick_ms: int = 100) -> None:
        self.port = 0
        self.tick_ms = tick_ms
        self.pulls: list[tuple[str, str]] = []
        self.refreshed: list[str] = []
        self.is_mute = False
        self._sources: dict[tuple[str, str], Publisher] = {}
        self._connections: dict[ServerConnection, dict[tuple[str, str], dict[str, int]]] = {}
        self._feeds = itertools.count(1)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def up(self, source: str, room: str = ROOM, **how: Any) -> "Publisher":
        publisher = Publisher(self, room, source, f"s{next(_SESSIONS)}", **how)
        self._sources[room, source] = publisher
        self._announce(publisher, "up")
        publisher.start()
        return publisher

    def down(self, publisher: "Publisher", *, silently: bool = False) -> None:
        publisher.stop()
        self._sources.pop((publisher.room, publisher.source), None)
        if not silently:
            self._announce(publisher, "down")

    async def hang_up(self) -> None:
        for connection in list(self._connections):
            await connection.close()

    def send(self, publisher: "Publisher", kind: str, config: dict[str, Any] | None, frame: Frame) -> None:
        for connection, pulled in list(self._connections.items()):
            feeds = pulled.get((publisher.room, publisher.source))
            if feeds is None:
                continue
            if kind not in feeds or config is not None:
                feeds.setdefault(kind, next(self._feeds))
                self._say(connection, publisher.named(kind, feeds[kind], config))
            named = Frame(feeds[kind], frame.time_us, frame.key, frame.payload)
            self._write(connection, pack(named))

    async def serve(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        assert connection.request.path == "/feeds"
        bearer = connection.request.headers["Authorization"].removeprefix("Bearer ")
        assert verify(bearer, SECRET).role == "node"
        self._say(connection, {"type": "node", "node": "m1", "tick_ms": self.tick_ms})
        self._connections[connection] = {}
        for publisher in self._sources.values():
            self._say(connection, publisher.announcement("up"))
        ticking = asyncio.create_task(self._tick(connection))
        try:
            async for data in connection:
                assert isinstance(data, bytes)
                self._hear(connection, msgpack.unpackb(data))
        except ConnectionClosed:
            pass
        finally:
            ticking.cancel()
            del self._connections[connection]

    def _hear(self, connection: ServerConnection, message: dict[str, Any]) -> None:
        place = (message["room"], message["source"])
        if message["type"] == "pull":
            self.pulls.append(place)
            self._connections[connection][place] = {}
            publisher = self._sources.get(place)
            if publisher is not None:
                publisher.key_next = True
                publisher.picture()
        elif message["type"] == "stop":
            self._connections[connection].pop(place, None)
        elif message["type"] == "refresh":
            self.refreshed.append(message["source"])

    async def _tick(self, connection: ServerConnection) -> None:
        while True:
            await asyncio.sleep(self.tick_ms / 1000)
            if not self.is_mute:
                self._say(connection, {"type": "tick"})

    def _announce(self, publisher: "Publisher", state: str) -> None:
        for connection in self._connections:
            self._say(connection, publisher.announcement(state))

    def _say(self, connection: ServerConnection, message: dict[str, Any]) -> None:
        self._write(connection, msgpack.packb(message))

    def _write(self, connection: ServerConnection, data: bytes) -> None:
        if not self.is_mute and connection.state.name == "OPEN":
            connection.protocol.send_binary(data)
            connection.send_data()


class Publisher:
    """One source: `gop` pictures from key frame to key frame, each of `size` bytes, and a sound with each."""

    def __init__(
        self,
        node: FeedNode,
        room: str,
        source: str,
        session: str,
        *,
        since_ms: int = 1,
        interval_s: float = 0.02,
        gop: int = 25,
        size: int = 100,
        video: dict[str, Any] | None = VIDEO,
    ) -> None:
        self.node, self.room, self.source, self.session = node, room, source, session
        self.since_ms, self.interval_s, self.gop, self.size, self.video = since_ms, interval_s, gop, size, video
        self.sent = 0
        self.key_next = True
        self._task: asyncio.Task[None] | None = None

    def announcement(self, state: str) -> dict[str, Any]:
        who = {"room": self.room, "source": self.source, "session": self.session}
        return {"type": "source", **who, "state": state, "reason": "", "since_ms": self.since_ms}

    def named(self, kind: str, feed: int, config: dict[str, Any] | None) -> dict[str, Any]:
        who = {"room": self.room, "source": self.source, "session": self.session, "kind": kind}
        usual = AUDIO if kind == "audio" else self.video
        return {"type": "feed", "feed": feed, **who, "config": config or usual}

    def start(self) -> None:
        self._task = asyncio.create_task(self._publish())

    def stop(self) -> None:
        """Fall silent."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def picture(self, *, config: dict[str, Any] | None = None) -> None:
        """One picture and one sound, now."""
        key = self.key_next or self.sent % self.gop == 0 or config is not None
        self.key_next = False
        self.sent += 1
        time_us = int(self.sent * self.interval_s * 1e6)
        label = f"{self.source} {self.session} {self.sent} ".encode()
        if self.video is not None:
            self.node.send(self, "video", config, Frame(0, time_us, key, label.ljust(self.size, b".")))
        self.node.send(self, "audio", None, Frame(0, time_us, True, label))

    async def _publish(self) -> None:
        while True:
            self.picture()
            await asyncio.sleep(self.interval_s)


@asynccontextmanager
async def feeding(**how: Any) -> AsyncIterator[FeedNode]:
    """A media node on a free port."""
    node = FeedNode(**how)
    async with serve(node.serve, "127.0.0.1", 0, compression=None, max_size=None, ping_interval=None) as server:
        node.port = next(iter(server.sockets)).getsockname()[1]
        try:
            yield node
        finally:
            for publisher in list(node._sources.values()):
                publisher.stop()


def text(frame: Frame) -> list[str]:
    """Source, session and number, as the fake node labels its frames."""
    return frame.payload.decode().rstrip(".").split()


def feeds(client: Client) -> dict[int, dict[str, Any]]:
    """The newest name of each feed."""
    return {m["feed"]: m for m in client.messages if m["type"] == "feed"}


def pictures(client: Client) -> list[tuple[float, Frame, int, bool]]:
    """The frames of video feeds."""
    kinds = {number: m["kind"] for number, m in feeds(client).items()}
    return [frame for frame in client.frames if kinds[frame[1].feed] == "video"]


def viewing(node: Node, **hello: Any) -> Any:
    """Somebody who watches."""
    return joined(node, **{"media": "video", **hello})
