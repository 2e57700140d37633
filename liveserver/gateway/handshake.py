"""The opening handshake of a WebSocket as its server sees it (RFC 6455, 4.2): a request's bytes in, the answer's out.

It knows no socket and judges no origin: it says what was asked for, or how a request that is none is turned down. The
socket calls it once; the request has been through an HTTP parser already, so it is whole and well-formed.
"""

import binascii
from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha1
from http import HTTPStatus

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_KEY_BYTES = 16
_VERSION = "13"
_SPOKEN = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"


@dataclass(frozen=True, slots=True)
class Opening:
    """What somebody asks for who opens a socket. `offered` holds the subprotocols, the one they like best first."""

    path: str
    key: str
    origin: str | None
    offered: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why this opens no socket, as an HTTP answer."""

    status: HTTPStatus
    reason: str


def read(request: bytes) -> Opening | Refusal:
    """What is asked for. A field that comes more than once is one list, so that of two keys or origins none counts."""
    first, *lines = request.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        name, value = name.strip().lower(), value.strip()
        fields[name] = f"{fields[name]}, {value}" if name in fields else value
    method, _, target = first.partition(" ")
    if method != "GET" or "websocket" not in _list(fields, "upgrade") or "upgrade" not in _list(fields, "connection"):
        return Refusal(HTTPStatus.UPGRADE_REQUIRED, "This address opens WebSockets and nothing else")
    if fields.get("sec-websocket-version") != _VERSION:
        return Refusal(HTTPStatus.UPGRADE_REQUIRED, f"WebSockets of version {_VERSION} are spoken here")
    key = fields.get("sec-websocket-key", "")
    if not _is_key(key):
        return Refusal(HTTPStatus.BAD_REQUEST, "Sec-WebSocket-Key: 16 bytes in base64")
    offered = tuple(name.strip() for name in fields.get("sec-websocket-protocol", "").split(",") if name.strip())
    return Opening(target.partition(" ")[0], key, fields.get("origin"), offered)


def accepted(opening: Opening, subprotocol: str | None) -> bytes:
    """The answer that opens the socket."""
    proof = b64encode(sha1(opening.key.encode() + _GUID, usedforsecurity=False).digest())
    chosen = b"" if subprotocol is None else b"Sec-WebSocket-Protocol: %s\r\n" % subprotocol.encode()
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: %s\r\n%s\r\n" % (proof, chosen)
    )


def refused(refusal: Refusal) -> bytes:
    """The answer that does not; the connection is closed after it."""
    said = f"{refusal.reason}.\n".encode()
    status = f"{refusal.status.value} {refusal.status.phrase}".encode()
    spoken = _SPOKEN if refusal.status == HTTPStatus.UPGRADE_REQUIRED else b""
    return (
        b"HTTP/1.1 %s\r\n%sConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (status, spoken, len(said), said)
    )


def _list(fields: dict[str, str], name: str) -> list[str]:
    return [item.strip().lower() for item in fields.get(name, "").split(",")]


def _is_key(key: str) -> bool:
    try:
        return len(b64decode(key, validate=True)) == _KEY_BYTES
    except (binascii.Error, ValueError):
        return False
