"""The /feeds WebSocket: what gateways and controllers pull from this node.

It carries messages between one socket and the hub, and closes what breaks the rules; it holds nothing back and drops
nothing by itself (`backlog` does). Starlette drives it, one call per reader.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final

import msgpack
import structlog
from starlette.responses import JSONResponse
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from broadcast.core.codes import Close
from broadcast.core.errors import PeerFault
from broadcast.core.position import is_room_id
from broadcast.media.hub import Hub, Reader
from broadcast.media.refusal import Refusal, demand_node

READERS_MAX: Final = 256
MESSAGE_MAX_BYTES: Final = 4_096
SEND_S: Final = 5.0

_TICK: Final[bytes] = msgpack.packb({"type": "tick"})
log = structlog.get_logger(__name__)


class Serve:
    """The node's readers. `on_sent` is told how many seconds lay between a frame's arrival and its way out."""

    def __init__(
        self, hub: Hub, secret: str, *, tick_s: float, clock: Callable[[], float], on_sent: Callable[[float], None]
    ) -> None:
        self._hub = hub
        self._secret = secret
        self._tick_s = tick_s
        self._clock = clock
        self._on_sent = on_sent
        self._closing = asyncio.Event()

    def routes(self) -> list[WebSocketRoute]:
        """The routes, to be mounted at the root of an application."""
        return [WebSocketRoute("/feeds", self._feeds)]

    def close(self) -> None:
        """Let every reader go."""
        self._closing.set()

    async def _feeds(self, websocket: WebSocket) -> None:
        try:
            demand_node(websocket.headers.get("authorization"), self._secret)
        except Refusal as refusal:
            await _deny(websocket, refusal)
            return
        if len(self._hub.readers) >= READERS_MAX or self._closing.is_set():
            await _deny(websocket, Refusal(503, "too_many", "This node takes no more readers"))
            return
        await websocket.accept()
        reader = self._hub.join()
        try:
            close = await self._converse(websocket, reader)
        finally:
            self._hub.leave(reader)
        if close is not None:
            await _close(websocket, close)

    async def _converse(self, websocket: WebSocket, reader: Reader) -> PeerFault | None:
        """Write and read until one of the two ends; what to close with, None where the socket is gone already."""
        tasks = [
            asyncio.create_task(self._write(websocket, reader), name="feeds writer"),
            asyncio.create_task(self._read(websocket, reader), name="feeds reader"),
            asyncio.create_task(self._closing.wait(), name="feeds closing"),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if self._closing.is_set():
                return PeerFault(Close.DRAIN, "This node is closing")
            for task in tasks:
                if task.done() and (fault := task.exception()) is not None:
                    return _closing_for(fault)
            return None
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _write(self, websocket: WebSocket, reader: Reader) -> None:
        while True:
            item = reader.take()
            if item is None:
                try:
                    async with asyncio.timeout(self._tick_s):
                        await reader.ready.wait()
                except TimeoutError:
                    await self._send(websocket, _TICK)
                continue
            if reader.backlog.overrun:
                raise PeerFault(Close.LAGGING, "You take messages more slowly than they come")
            await self._send(websocket, item.data)
            if item.kind is not None:
                self._on_sent(self._clock() - item.at)

    @staticmethod
    async def _send(websocket: WebSocket, data: bytes) -> None:
        try:
            async with asyncio.timeout(SEND_S):
                await websocket.send_bytes(data)
        except TimeoutError:
            raise PeerFault(Close.LAGGING, f"You took nothing for {SEND_S:.0f} s") from None

    async def _read(self, websocket: WebSocket, reader: Reader) -> None:
        while True:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            self._obey(reader, _parse(message.get("bytes")))

    def _obey(self, reader: Reader, message: dict[str, Any]) -> None:
        match message.get("type"):
            case "watch":
                reader.watches = True
            case "pull":
                self._hub.pull(reader, _name(message))
            case "stop":
                self._hub.stop(reader, _name(message))
            case "refresh":
                self._hub.refresh(_name(message))
            case _:
                raise PeerFault(Close.PROTOCOL, "type: watch, pull, stop or refresh", field="type")


def _parse(data: bytes | None) -> dict[str, Any]:
    if data is None:
        raise PeerFault(Close.PROTOCOL, "Messages are binary here")
    if len(data) > MESSAGE_MAX_BYTES:
        raise PeerFault(Close.TOO_LARGE, f"A message has at most {MESSAGE_MAX_BYTES} bytes")
    try:
        message = msgpack.unpackb(data)
    except (ValueError, msgpack.exceptions.UnpackException):
        message = None
    if not isinstance(message, dict):
        raise PeerFault(Close.PROTOCOL, "A message is one msgpack map")
    return message


def _name(message: dict[str, Any]) -> tuple[str, str]:
    room, source = message.get("room"), message.get("source")
    if not isinstance(room, str) or not is_room_id(room):
        raise PeerFault(Close.PROTOCOL, "room: no room is called that", field="room")
    if not isinstance(source, str) or not 0 < len(source) <= 40:
        raise PeerFault(Close.PROTOCOL, "source: a name of at most 40 characters", field="source")
    return (room, source)


def _closing_for(fault: BaseException) -> PeerFault | None:
    if isinstance(fault, PeerFault):
        return fault
    if isinstance(fault, WebSocketDisconnect | ConnectionError):
        return None
    raise fault


async def _deny(websocket: WebSocket, refusal: Refusal) -> None:
    if "websocket.http.response" in websocket.scope.get("extensions", {}):
        response = JSONResponse(refusal.body(), status_code=refusal.status, headers=refusal.headers)
        await websocket.send_denial_response(response)
    else:
        await websocket.close(Close.TOKEN_INVALID)


async def _close(websocket: WebSocket, fault: PeerFault) -> None:
    log.info("reader let go", code=int(fault.code), reason=fault.reason)
    try:
        async with asyncio.timeout(SEND_S):
            await websocket.close(int(fault.code), fault.reason)
    except (TimeoutError, RuntimeError, WebSocketDisconnect, ConnectionError):
        # It would not take its close either; the server drops the connection when this call returns.
        return
