"""WebSocket frames as a server sends them (RFC 6455, 5.2): unmasked, so that one frame serves every member.

It parses nothing and sends nothing. Whoever writes to more than one socket builds the frame here, once.
"""

import struct
from typing import Any

from broadcast.core.codes import Close
from broadcast.core.wire import Wire, encode

_TEXT = 0x81
_BINARY = 0x82
_CLOSE = 0x88
_PING = 0x89
_SHORT = 126
_MEDIUM = 65_536
_REASON_MAX = 123

PING = bytes((_PING, 0))


def binary(payload: bytes) -> bytes:
    """A whole binary message in one frame."""
    return _header(_BINARY, len(payload)) + payload


def message(content: dict[str, Any], wire: Wire) -> bytes:
    """A message in the frame that `wire` carries messages in."""
    payload = encode(content, wire)
    return _header(_TEXT if wire.is_text else _BINARY, len(payload)) + payload


def close(code: Close, reason: str) -> bytes:
    """A close frame; the reason is cut to what a control frame holds."""
    said = reason.encode()[:_REASON_MAX].decode(errors="ignore").encode()
    return _header(_CLOSE, len(said) + 2) + struct.pack("!H", code) + said


def _header(first: int, length: int) -> bytes:
    if length < _SHORT:
        return bytes((first, length))
    if length < _MEDIUM:
        return struct.pack("!BBH", first, 126, length)
    return struct.pack("!BBQ", first, 127, length)
