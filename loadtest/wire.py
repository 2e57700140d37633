"""A WebSocket client (RFC 6455) that costs as little as a client can: one buffer for all, frames cut where they lie.

Decides nothing about rooms; never negotiates compression, never buffers what it sends. Driven by an asyncio (uvloop)
event loop, for the swarm and the bench, where thousands of members share one process.
"""

import asyncio
import base64
import os
import struct
from typing import Protocol, cast
from urllib.parse import urlsplit

from loadtest.refusal import Refusal

_BUFFER = memoryview(bytearray(256 * 1024))
_HEAD_MAX = 16 * 1024
_TEXT, _BINARY, _CLOSE, _PING = 0x1, 0x2, 0x8, 0x9
_MASK = b"\x00\x00\x00\x00"  # a mask of zeros leaves the payload as it is; servers accept it like any other


class Ear(Protocol):
    """Who listens to one socket. `now` is the loop's time."""

    def opened(self, wire: "Wire") -> None: ...

    def text(self, payload: bytes) -> None: ...

    def binary(self, payload: bytes) -> None: ...

    def closed(self, code: int | None, reason: str) -> None: ...


class Wire(asyncio.BufferedProtocol):
    """One client socket. The shared buffer is safe because a loop hands it to one socket at a time."""

    __slots__ = ("_close", "_ear", "_open", "_parts", "_request", "_rest", "_transport", "received_bytes")

    def __init__(self, request: bytes, ear: Ear) -> None:
        self.received_bytes = 0
        self._request = request
        self._ear = ear
        self._open = False
        self._rest = b""
        self._parts: list[bytes] = []
        self._close: tuple[int | None, str] = (None, "")
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._request)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._ear.closed(*self._close)

    def get_buffer(self, sizehint: int) -> memoryview:
        return _BUFFER

    def buffer_updated(self, nbytes: int) -> None:
        self.received_bytes += nbytes
        data = self._rest + bytes(_BUFFER[:nbytes]) if self._rest else bytes(_BUFFER[:nbytes])
        if not self._open:
            data = self._handshake(data)
            if not self._open:
                self._rest = data
                return
        self._rest = self._frames(data)

    def send_text(self, payload: bytes) -> None:
        """Send one text message, if the socket still stands."""
        self._send(_TEXT, payload)

    def send_binary(self, payload: bytes) -> None:
        """Send one binary message, if the socket still stands."""
        self._send(_BINARY, payload)

    def close(self, code: int = 1000) -> None:
        """Say goodbye and close the socket."""
        self._send(_CLOSE, struct.pack("!H", code))
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Drop the socket without a word, as a crash does."""
        if self._transport is not None:
            self._transport.abort()

    def _send(self, opcode: int, payload: bytes) -> None:
        if self._transport is None:
            return
        size = len(payload)
        if size < 126:
            head = struct.pack("!BB", 0x80 | opcode, 0x80 | size)
        elif size < 65536:
            head = struct.pack("!BBH", 0x80 | opcode, 0xFE, size)
        else:
            head = struct.pack("!BBQ", 0x80 | opcode, 0xFF, size)
        self._transport.write(head + _MASK + payload)

    def _handshake(self, data: bytes) -> bytes:
        end = data.find(b"\r\n\r\n")
        if end < 0 and len(data) < _HEAD_MAX:
            return data
        status = data[: data.find(b"\r\n")].split(b" ", 2)
        if end < 0 or len(status) < 2 or status[1] != b"101":
            answer = b" ".join(status[1:]).decode("latin-1")[:80]
            self._close = (None, f"answered {answer or 'nothing of HTTP'} instead of a WebSocket")
            self.abort()
            return b""
        self._open = True
        self._ear.opened(self)
        return data[end + 4 :]

    def _frames(self, data: bytes) -> bytes:
        at, end = 0, len(data)
        while end - at >= 2:
            size, start = data[at + 1], at + 2
            if size == 126:
                if end - at < 4:
                    break
                size, start = (data[at + 2] << 8) | data[at + 3], at + 4
            elif size == 127:
                if end - at < 10:
                    break
                size, start = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
            stop = start + size
            if stop > end:
                break
            self._frame(data[at], data[start:stop])
            at = stop
        return data[at:] if at else data

    def _frame(self, first: int, payload: bytes) -> None:
        opcode = first & 0x0F
        if first == 0x81:
            self._ear.text(payload)
        elif first == 0x82:
            self._ear.binary(payload)
        elif opcode == _PING:
            self._send(0xA, payload)
        elif opcode == _CLOSE:
            code = int.from_bytes(payload[:2], "big") if len(payload) >= 2 else None
            self._close = (code, payload[2:].decode("utf-8", "replace"))
            self.close(code or 1000)
        elif opcode in (0, _TEXT, _BINARY):
            self._fragment(first, opcode, payload)

    def _fragment(self, first: int, opcode: int, payload: bytes) -> None:
        if opcode:
            self._parts = [bytes([opcode])]
        self._parts.append(payload)
        if first & 0x80:
            kind, whole = self._parts[0], b"".join(self._parts[1:])
            self._parts = []
            (self._ear.text if kind == b"\x01" else self._ear.binary)(whole)


def request(url: str, *, subprotocol: str) -> tuple[str, int, bytes]:
    """`(host, port, upgrade request)` for a `ws://` address. Refusal for any other."""
    parts = urlsplit(url)
    if parts.scheme != "ws" or not parts.hostname:
        raise Refusal(f"{url}: the swarm speaks plain http:// or ws://; point it behind the TLS")
    port = parts.port or 80
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        f"GET {parts.path or '/'} HTTP/1.1",
        f"Host: {parts.hostname}:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Protocol: {subprotocol}",
    ]
    return parts.hostname, port, ("\r\n".join(lines) + "\r\n\r\n").encode()
