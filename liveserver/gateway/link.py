"""The socket to one media node: kept open, opened again with jitter, and listened to.

It knows nothing of viewers and chooses between no sources: what comes is handed to the upstream, what the upstream
wants said goes out through a bounded queue. The upstream makes one per media node.
"""

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit

import msgpack
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from broadcast.core.frame import MAX_FRAME_BYTES, MEDIA_FRAME, Frame, unpack

TICKS_MISSED_MAX = 3
OPEN_WITHIN_S = 3.0
RETRY_MIN_S = 0.1
RETRY_MAX_S = 2.0
SAY_MAX = 4_096
_FIRST_TICK_S = 1.0

_log = logging.getLogger(__name__)


class Listener(Protocol):
    """What a link tells."""

    def linked(self, link: "Link") -> None: ...

    def unlinked(self, link: "Link") -> None: ...

    def heard(self, link: "Link", message: dict[str, Any]) -> None: ...

    def pictured(self, link: "Link", frame: Frame) -> None: ...


class Link:
    """`url` is the media node's (http or https); `token` makes the bearer token for one handshake."""

    def __init__(self, url: str, token: Callable[[], str], listener: Listener) -> None:
        self.url = url
        self.is_up = False
        self._address = feeds_address(url)
        self._token = token
        self._listener = listener
        self._to_say: asyncio.Queue[dict[str, Any]] = asyncio.Queue(SAY_MAX)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Connect, and stay so."""
        self._task = asyncio.create_task(self._keep(), name=f"link {self.url}")

    async def close(self) -> None:
        """Hang up."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def say(self, message: dict[str, Any]) -> None:
        """Send this to the node, if there is a connection; what is said to nobody is forgotten."""
        if self.is_up:
            with contextlib.suppress(asyncio.QueueFull):
                self._to_say.put_nowait(message)

    async def _keep(self) -> None:
        failures = 0
        while True:
            try:
                headers = {"Authorization": f"Bearer {self._token()}"}
                async with connect(
                    self._address,
                    additional_headers=headers,
                    compression=None,
                    max_size=MAX_FRAME_BYTES + 1024,
                    open_timeout=OPEN_WITHIN_S,
                    ping_interval=None,
                    close_timeout=1.0,
                    proxy=None,
                ) as connection:
                    failures = 0
                    await self._converse(connection)
            except (OSError, TimeoutError, WebSocketException, ValueError) as fault:
                _log.info("media node %s: %s", self.url, fault or type(fault).__name__)
            except Exception:  # noqa: BLE001 — our own bug must not leave the rooms without pictures
                _log.exception("media node %s: the link crashed; beginning anew", self.url)
            ceiling = min(RETRY_MAX_S, RETRY_MIN_S * 2.0 ** min(failures, 8))
            await asyncio.sleep(RETRY_MIN_S + random.random() * (ceiling - RETRY_MIN_S))  # noqa: S311 — jitter
            failures += 1

    async def _converse(self, connection: ClientConnection) -> None:
        self._to_say = asyncio.Queue(SAY_MAX)
        saying = asyncio.create_task(self._say(connection), name=f"to {self.url}")
        self.is_up = True
        try:
            self._listener.linked(self)
            await self._listen(connection)
        finally:
            self.is_up = False
            saying.cancel()
            await asyncio.gather(saying, return_exceptions=True)
            self._listener.unlinked(self)

    async def _listen(self, connection: ClientConnection) -> None:
        patience_s = _FIRST_TICK_S * TICKS_MISSED_MAX
        while True:
            async with asyncio.timeout(patience_s):
                data = await connection.recv()
            if isinstance(data, str):
                continue
            if data[:1] == bytes((MEDIA_FRAME,)):
                found = unpack(data)
                if found is not None:
                    self._listener.pictured(self, found[0])
                continue
            message = _map(data)
            if message.get("type") == "node" and isinstance(message.get("tick_ms"), int):
                patience_s = max(0.1, message["tick_ms"] / 1000 * TICKS_MISSED_MAX)
            self._listener.heard(self, message)

    async def _say(self, connection: ClientConnection) -> None:
        while True:
            message = await self._to_say.get()
            await connection.send(msgpack.packb(message))


def feeds_address(url: str) -> str:
    """The WebSocket address of `/feeds` on the node at `url`."""
    parts = urlsplit(url)
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    return urlunsplit((scheme, parts.netloc, parts.path.rstrip("/") + "/feeds", "", ""))


def _map(data: bytes) -> dict[str, Any]:
    """The message in `data`; an empty one for what is none (a newer node may say things unknown here)."""
    try:
        message = msgpack.unpackb(data)
    except (ValueError, msgpack.UnpackException):
        return {}
    return message if isinstance(message, dict) else {}
