"""A member's WebSocket for greenlets: websocket-client, msgpack, and a read buffer in front of it.

Never decides to reconnect. Lives in locust's processes only, where gevent has patched sockets; driven by `audience`.
"""

import contextlib
import socket as sockets
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast

import msgpack
import websocket

_READ = 64 * 1024
_CONNECT_S = 10.0
_POLL_S = 1.0
_OPTIONS = ((sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1),)


@lru_cache(maxsize=256)
def _decoded(data: bytes) -> dict[str, Any] | None:
    """The map in a message. Everybody in a room is sent the same bytes: read once, shared, never changed."""
    message = msgpack.unpackb(data)
    return message if isinstance(message, dict) else None


class Lost(Exception):
    """The socket is gone; `code` is the close code, None where there was none."""

    def __init__(self, code: int | None, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class _Buffered:
    """A socket whose small reads are served from one big one: websocket-client asks for two bytes at a time."""

    def __init__(self, inner: sockets.socket) -> None:
        self._inner = inner
        self._data = b""

    def recv(self, size: int) -> bytes:
        """At most `size` bytes, as a socket gives them."""
        if not self._data:
            self._data = self._inner.recv(_READ)
        taken, self._data = self._data[:size], self._data[size:]
        return taken

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  whatever a socket has
        return getattr(self._inner, name)


class Socket:
    """One connection. `receive` gives messages as maps and media frames as bytes."""

    def __init__(self, url: str) -> None:
        try:
            self._web = websocket.create_connection(
                url,
                timeout=_CONNECT_S,
                subprotocols=["live.v1.msgpack"],
                sockopt=_OPTIONS,
                skip_utf8_validation=True,
                enable_multithread=False,
            )
        except (OSError, websocket.WebSocketException) as fault:
            raise Lost(None, str(fault) or type(fault).__name__) from None
        self._web.settimeout(_POLL_S)
        self._web.sock = cast(sockets.socket, _Buffered(cast(sockets.socket, self._web.sock)))

    def send(self, message: Mapping[str, Any]) -> None:
        """Send a message. Lost where there is nobody."""
        try:
            self._web.send_binary(msgpack.packb(message))
        except (OSError, websocket.WebSocketException) as fault:
            raise Lost(None, str(fault)) from None

    def receive(self) -> dict[str, Any] | bytes | None:
        """The next message or media frame; None when nothing came for a second. Lost at the end."""
        try:
            opcode, data = self._web.recv_data()
        except websocket.WebSocketTimeoutException:
            return None
        except (OSError, websocket.WebSocketException) as fault:
            raise Lost(None, str(fault)) from None
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            code = int.from_bytes(data[:2], "big") if len(data) >= 2 else None
            raise Lost(code, data[2:].decode("utf-8", "replace"))
        if data and data[0] < 0x80:
            return bytes(data)
        try:
            return _decoded(bytes(data))
        except ValueError as fault:
            raise Lost(None, f"not msgpack: {fault!r}") from None

    def drop(self) -> None:
        """Break the connection without a word."""
        with contextlib.suppress(OSError, websocket.WebSocketException):
            self._web.shutdown()  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """Say goodbye."""
        with contextlib.suppress(OSError, websocket.WebSocketException):
            self._web.close(timeout=0)
