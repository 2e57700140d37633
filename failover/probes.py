"""Keeps a socket to one media node and hands on what it says of its sources: who came, who went, how they are. It
judges nothing and pulls no media. The guard keeps one per node of `MEDIA_NODES`.
"""

import asyncio
import random
from collections.abc import Callable
from typing import Literal, Protocol

import msgspec
import structlog
from msgspec import Struct
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

OPEN_DEADLINE_S = 3.0
RETRY_MIN_S = 0.1
RETRY_MAX_S = 2.0
TICKS_MISSED = 3
MESSAGE_MAX_BYTES = 256 * 1024

log = structlog.get_logger(__name__)


class PictureSample(Struct, frozen=True):
    """`video` of a sample; None: unknown."""

    silent_ms: float | None = None
    frames_per_s: float | None = None
    bitrate_bps: float | None = None
    loss: float | None = None
    black: bool | None = None
    frozen: bool | None = None


class SoundSample(Struct, frozen=True):
    """`audio` of a sample; None: unknown."""

    silent_ms: float | None = None
    packets_per_s: float | None = None
    bitrate_bps: float | None = None
    loss: float | None = None
    silence: bool | None = None


class NodeSaid(Struct, frozen=True, tag="node"):
    node: str
    tick_ms: float = 500


class Tick(Struct, frozen=True, tag="tick"):
    pass


class SourceSaid(Struct, frozen=True, tag="source"):
    room: str
    source: str
    session: str
    state: Literal["up", "down"]
    since_ms: float = 0
    reason: str | None = None


class SampleSaid(Struct, frozen=True, tag="sample"):
    room: str
    source: str
    session: str
    video: PictureSample | None = None
    audio: SoundSample | None = None


Said = NodeSaid | Tick | SourceSaid | SampleSaid
_decoder: msgspec.msgpack.Decoder[Said] = msgspec.msgpack.Decoder(Said)


class Hearer(Protocol):
    """Who is told. `node` is the node's url."""

    def source_said(self, node: str, said: SourceSaid) -> None: ...

    def sampled(self, node: str, said: SampleSaid, late_s: float) -> None: ...

    def node_lost(self, node: str) -> None: ...


class FeedProbe:
    """One media node, followed until `close`. `url` is its base url; `late_s` tells how late this process is."""

    def __init__(self, url: str, token: Callable[[], str], hearer: Hearer, late_s: Callable[[], float]) -> None:
        self.url = url
        self.up = False
        self._token = token
        self._hearer = hearer
        self._late_s = late_s
        self._quiet_s = 2.0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to follow, in the background."""
        self._task = asyncio.create_task(self._follow(), name=f"probe {self.url}")

    async def close(self) -> None:
        """Follow no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _follow(self) -> None:
        failures = 0
        while True:
            broke = False
            try:
                await self._once()
            except (OSError, WebSocketException, EOFError) as fault:
                if failures == 0:
                    log.warning(
                        "a media node cannot be followed", node=self.url, why=str(fault)[:200] or type(fault).__name__
                    )
            except Exception:  # a bug: better begun anew, and said, than deaf to the node from here on
                broke = True
                log.exception("following a media node broke off", node=self.url)
            failures = 0 if self.up and not broke else failures + 1
            self._lost()
            ceiling_s = min(RETRY_MAX_S, RETRY_MIN_S * 2.0 ** min(failures, 8))
            await asyncio.sleep(RETRY_MIN_S + random.random() * (ceiling_s - RETRY_MIN_S))  # noqa: S311  # jitter

    def _lost(self) -> None:
        if not self.up:
            return
        self.up = False
        try:
            self._hearer.node_lost(self.url)
        except Exception:  # a bug of whoever hears must not end the listening
            log.exception("nobody could be told that a media node is lost", node=self.url)

    async def _once(self) -> None:
        address = "ws" + self.url.removeprefix("http") + "/feeds"
        async with connect(
            address,
            additional_headers={"Authorization": f"Bearer {self._token()}"},
            compression=None,
            open_timeout=OPEN_DEADLINE_S,
            close_timeout=0.2,
            ping_interval=None,
            max_size=MESSAGE_MAX_BYTES,
            proxy=None,
        ) as socket:
            await socket.send(msgspec.msgpack.encode({"type": "watch"}))
            while (data := await self._hear(socket)) is not None:
                self._take(data)

    async def _hear(self, socket: ClientConnection) -> bytes | None:
        """The next message; None when the node has been quiet for too long."""
        while True:
            try:
                async with asyncio.timeout(self._quiet_s):
                    data = await socket.recv()
            except TimeoutError:
                if self._late_s() < self._quiet_s / 2:
                    log.warning("a media node has gone quiet", node=self.url, quiet_s=self._quiet_s)
                    return None
                # It was we who stood still; what it said meanwhile is waiting to be read.
                continue
            if isinstance(data, bytes):
                return data

    def _take(self, data: bytes) -> None:
        try:
            said = _decoder.decode(data)
        except msgspec.DecodeError:
            # Feeds and media frames are not for us; nor is anything a newer node may say.
            return
        match said:
            case NodeSaid(tick_ms=tick_ms):
                self._quiet_s = max(0.5, TICKS_MISSED * tick_ms / 1000)
                self.up = True
            case SourceSaid():
                self._hearer.source_said(self.url, said)
            case SampleSaid():
                self._hearer.sampled(self.url, said, self._late_s())
            case Tick():
                pass
