"""How messages look on a connection and how bodies lie in a store: maps to bytes and back, in JSON and in msgpack.

It decides what is too large, too deep or not a message at all; it never looks at what a message means, and it opens
no connection. Gateways, media nodes, the makes of the log and the load clients call it.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import msgpack
import msgspec

from broadcast.core.codes import Close, Reject
from broadcast.core.commands import AnyCommand, Hello
from broadcast.core.entries import Entry, EntryBody
from broadcast.core.errors import PeerFault
from broadcast.core.passing import PassingBody

MAX_MESSAGE_BYTES = 32 * 1024
MAX_DEPTH = 8
MAX_ITEMS = 256

_SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"

AnyBody = EntryBody | PassingBody


class Wire(StrEnum):
    """The encodings a client may choose; each value is the WebSocket subprotocol that names it."""

    JSON = "live.v1.json"
    MSGPACK = "live.v1.msgpack"

    @property
    def is_text(self) -> bool:
        """Whether messages travel in text frames (RFC 6455, opcode 1) rather than binary ones (opcode 2)."""
        return self is Wire.JSON


def encode(message: dict[str, Any], wire: Wire) -> bytes:
    """The payload of the frame that carries `message`: UTF-8 JSON, or msgpack."""
    return msgspec.json.encode(message) if wire is Wire.JSON else msgspec.msgpack.encode(message)


def encoded(value: list[dict[str, Any]], wire: Wire) -> msgspec.Raw:
    """A part of messages that many are sent, encoded once: `encode` takes it for the value itself."""
    return msgspec.Raw(msgspec.json.encode(value) if wire is Wire.JSON else msgspec.msgpack.encode(value))


def decode(data: bytes | str, wire: Wire) -> dict[str, Any]:
    """The map in one frame's payload (for JSON also as text that is decoded already).

    PeerFault(TOO_LARGE) beyond `MAX_MESSAGE_BYTES`, PeerFault(PROTOCOL) for text that is not UTF-8 (RFC 6455, 8.1):
    the connection ends. PeerFault(MALFORMED) for what is not a map, nested too deep or has too many items.
    """
    try:
        payload = data.encode() if isinstance(data, str) else data
    except UnicodeEncodeError:
        raise PeerFault(Close.PROTOCOL, "Text must be UTF-8") from None
    if len(payload) > MAX_MESSAGE_BYTES:
        raise PeerFault(Close.TOO_LARGE, f"A message has at most {MAX_MESSAGE_BYTES} bytes")
    message = _read_json(payload) if wire is Wire.JSON else _read_msgpack(payload)
    if not isinstance(message, dict):
        raise PeerFault(Reject.MALFORMED, "A message is a map")
    _refuse_sprawl(message)
    return message


def entry_message(entry: Entry, *, staff: bool = False, carried: bool = False) -> dict[str, Any]:
    """The entry as clients get it. `staff`: it stands in the staff log; `carried`: it comes from another room, so its
    offset means nothing here and is left out."""
    message = body_message(entry.body)
    if not carried:
        message["offset"] = entry.offset
    message["at"] = iso_utc(entry.at_ms)
    if carried:
        message["carried"] = True
    if staff:
        message["log"] = "staff"
    return message


def passing_message(body: PassingBody, *, staff: bool = False) -> dict[str, Any]:
    """The passing event as clients get it: its fields, no offset. `staff`: it went by on the staff channel."""
    message = body_message(body)
    if staff:
        message["log"] = "staff"
    return message


def body_message(body: AnyBody) -> dict[str, Any]:
    """The body as a map with its `type`; every field is named, those at their default too."""
    message: dict[str, Any] = {"type": body.__struct_config__.tag}
    for name, attribute in zip(body.__struct_encode_fields__, body.__struct_fields__, strict=True):
        message[name] = msgspec.to_builtins(getattr(body, attribute))
    return message


def iso_utc(at_ms: int) -> str:
    """ISO 8601 in UTC with milliseconds and `Z`, for Unix milliseconds."""
    seconds, ms = divmod(at_ms, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{ms:03d}Z"


def body_to_bytes(body: AnyBody) -> bytes:
    """The body as a store keeps it: msgpack, tagged, defaults left out."""
    return msgspec.msgpack.encode(body)


_bodies: msgspec.msgpack.Decoder[AnyBody] = msgspec.msgpack.Decoder(AnyBody)
_TAGS = frozenset(kind.__struct_config__.tag for kind in AnyBody.__args__)


def body_from_bytes(data: bytes) -> AnyBody:
    """What `body_to_bytes` wrote. ValueError for anything else."""
    return _bodies.decode(data)


def field_to_bytes(value: object) -> bytes:
    """A state field as a store keeps it: a body, or plain maps, lists, text, numbers."""
    return msgspec.msgpack.encode(value)


def field_from_bytes(data: bytes) -> Any:  # noqa: ANN401 — a field is whatever its writer agreed with its readers
    """What `field_to_bytes` wrote: a body comes back as the body, anything else as plain values."""
    value = msgspec.msgpack.decode(data)
    if isinstance(value, dict):
        tag = value.get("type")
        if isinstance(tag, str) and tag in _TAGS:
            return _bodies.decode(data)
    return value


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of everything a client may say: the hello and the commands."""
    kinds = (Hello, *AnyCommand.__args__)
    found, components = msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")
    return {
        "$schema": _SCHEMA_DIALECT,
        "title": "Messages from a client, protocol version 1",
        "anyOf": list(found),
        "$defs": components,
    }


def _read_json(payload: bytes) -> object:
    try:
        return msgspec.json.decode(payload)
    except UnicodeDecodeError:
        raise PeerFault(Close.PROTOCOL, "Text must be UTF-8") from None
    except RecursionError:
        raise PeerFault(Reject.MALFORMED, f"Nested deeper than {MAX_DEPTH}") from None
    except msgspec.DecodeError:
        raise PeerFault(Reject.MALFORMED, "This is not JSON") from None


def _read_msgpack(payload: bytes) -> object:
    try:
        return msgpack.unpackb(
            payload,
            max_str_len=MAX_MESSAGE_BYTES,
            max_bin_len=MAX_MESSAGE_BYTES,
            max_array_len=MAX_ITEMS,
            max_map_len=MAX_ITEMS,
            max_ext_len=0,
        )
    except UnicodeDecodeError:
        raise PeerFault(Close.PROTOCOL, "Text must be UTF-8") from None
    except (ValueError, msgpack.UnpackException):
        raise PeerFault(Reject.MALFORMED, "This is not msgpack, or beyond its limits") from None


def _refuse_sprawl(message: dict[str, Any]) -> None:
    level: list[Any] = [message]
    items = 0
    for _ in range(MAX_DEPTH):
        inner: list[Any] = []
        for value in level:
            items += len(value)
            inner += value.values() if isinstance(value, dict) else value
        if items > MAX_ITEMS:
            raise PeerFault(Reject.MALFORMED, f"More than {MAX_ITEMS} items")
        level = [value for value in inner if isinstance(value, dict | list)]
        if not level:
            return
    raise PeerFault(Reject.MALFORMED, f"Nested deeper than {MAX_DEPTH}")
