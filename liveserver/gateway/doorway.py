"""The class that uvicorn makes for every WebSocket handshake: `/live/…` becomes our socket, all else stays uvicorn's.

It reads a request line and nothing more. uvicorn gives no promise about the hand-over (made, told of its connection,
given the request's bytes, then set as the protocol): a contract test in tests/liveserver/gateway holds it.
"""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from uvicorn.config import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState

from liveserver.gateway.socket import PATH, Socket

MakeSocket = Callable[[set[Any]], Socket]


class Doorway(asyncio.Protocol):
    """Stands in until the request is read; then hands the transport on."""

    make_socket: MakeSocket

    def __init__(self, config: Config, server_state: ServerState, app_state: dict[str, Any]) -> None:
        self._config = config
        self._server_state = server_state
        self._app_state = app_state
        self._inner: Socket | WebSocketsSansIOProtocol | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """uvicorn hands the connection over."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """First the request, as uvicorn rebuilt it; then whatever comes before the transport knows its new protocol."""
        if self._inner is not None:
            self._inner.data_received(data)
            return
        assert self._transport is not None, "uvicorn connects before it gives data"
        target = data.split(b" ", 2)[1] if data.count(b" ", 0, 4096) > 1 else b""
        if target.startswith(PATH.encode()):
            self._inner = type(self).make_socket(self._server_state.connections)
        else:
            self._inner = WebSocketsSansIOProtocol(self._config, self._server_state, self._app_state)
        self._inner.connection_made(self._transport)
        self._inner.data_received(data)
        asyncio.get_running_loop().call_soon(self._hand_over)

    def _hand_over(self) -> None:
        if self._transport is not None and self._inner is not None and not self._transport.is_closing():
            self._transport.set_protocol(self._inner)

    def eof_received(self) -> bool | None:
        """The peer said its last."""
        return self._inner.eof_received() if self._inner is not None else None

    def pause_writing(self) -> None:
        """Passed on."""
        if self._inner is not None:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Passed on."""
        if self._inner is not None:
            self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Passed on."""
        if self._inner is not None:
            self._inner.connection_lost(exc)


def doorway(make_socket: MakeSocket) -> type[asyncio.Protocol]:
    """A class of its own for one gateway, so that two may live in one process."""
    return type("GatewayDoorway", (Doorway,), {"make_socket": staticmethod(make_socket)})
