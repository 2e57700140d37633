"""Maps to bytes and back in both encodings, and what is no message."""

import json
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.core.codes import Close, Reject
from broadcast.core.commands import COMMANDS
from broadcast.core.entries import Chat, Cut, Entry, Moderated, Notice, Person, Role, RungKind, Settings, Tip
from broadcast.core.errors import PeerFault
from broadcast.core.passing import Count, Health, RungHealth
from broadcast.core.position import LogId, MemberId
from broadcast.core.wire import (
    MAX_DEPTH,
    MAX_ITEMS,
    MAX_MESSAGE_BYTES,
    AnyBody,
    Wire,
    body_from_bytes,
    body_to_bytes,
    decode,
    encode,
    encoded,
    entry_message,
    field_from_bytes,
    field_to_bytes,
    iso_utc,
    passing_message,
    schema,
)

ADA = Person(id=MemberId("m1"), name="Ada", role=Role.ATTENDEE)
BODIES: list[AnyBody] = [
    Chat(author=ADA, text="<b>hi</b> 👋"),
    Tip(author=ADA, tip="t1", amount=500, currency="EUR"),
    Moderated(member=MemberId("m2"), name="Eve", action="ban", by=ADA),
    Cut(source=None, rung=RungKind.SLATE, reason="No picture", cause="all_failed"),
    Notice(text="Back soon"),
    Count(members=3),
    Health(
        leader="f1",
        rung=RungKind.MAIN,
        source="main",
        rungs=(RungHealth(rung=RungKind.MAIN, verdict="healthy", why="30 pictures a second"),),
        armed=True,
    ),
]
LEAF = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text()
PLAIN = LEAF | st.lists(LEAF | st.dictionaries(st.text(), LEAF), max_size=3) | st.dictionaries(st.text(), LEAF)


def fault_of(data: bytes | str, wire: Wire) -> PeerFault:
    with pytest.raises(PeerFault) as caught:
        decode(data, wire)
    return caught.value


def nested(depth: int) -> dict[str, Any]:
    message: dict[str, Any] = {}
    for _ in range(depth - 1):
        message = {"a": message}
    return message


# ---- both encodings --------------------------------------------------------------------------------------------------


def test_subprotocols_name_the_encodings() -> None:
    assert Wire("live.v1.json") is Wire.JSON
    assert Wire("live.v1.msgpack") is Wire.MSGPACK
    assert Wire.JSON.is_text
    assert not Wire.MSGPACK.is_text


@pytest.mark.parametrize("wire", Wire)
@given(message=st.dictionaries(st.text(max_size=8), PLAIN, max_size=5))
def test_what_is_encoded_is_decoded(wire: Wire, message: dict[str, Any]) -> None:
    assert decode(encode(message, wire), wire) == message


@pytest.mark.parametrize("wire", Wire)
def test_a_part_that_is_encoded_once_stands_in_a_message_as_itself(wire: Wire) -> None:
    part = [{"type": "chat", "text": "Grüße"}, {"offset": 2**40}]
    assert decode(encode({"entries": encoded(part, wire)}, wire), wire) == {"entries": part}


def test_strangers_can_read_what_we_write() -> None:
    message = {"type": "chat", "text": "Grüße", "offset": 2**40, "none": None}
    assert json.loads(encode(message, Wire.JSON)) == message
    assert msgpack.unpackb(encode(message, Wire.MSGPACK)) == message


def test_a_msgpack_message_can_be_told_from_a_media_frame() -> None:
    for size in (0, 1, 15, 16, 100):
        assert encode({f"k{n}": n for n in range(size)}, Wire.MSGPACK)[0] >= 0x80


def test_text_is_taken_as_it_comes() -> None:
    assert decode('{"type":"ping"}', Wire.JSON) == {"type": "ping"}


@pytest.mark.parametrize("wire", Wire)
@pytest.mark.parametrize("value", [[], "text", 7, None, True])
def test_what_is_not_a_map_is_malformed(wire: Wire, value: Any) -> None:
    assert fault_of(encode(value, wire), wire).code is Reject.MALFORMED


@pytest.mark.parametrize("wire", Wire)
def test_what_is_too_large_ends_the_connection(wire: Wire) -> None:
    assert fault_of(encode({"text": "x" * MAX_MESSAGE_BYTES}, wire), wire).code is Close.TOO_LARGE
    assert fault_of(b"\xff" * 10_000_000, wire).code is Close.TOO_LARGE


@pytest.mark.parametrize("wire", Wire)
def test_what_is_too_deep_is_malformed(wire: Wire) -> None:
    decode(encode(nested(MAX_DEPTH), wire), wire)
    assert fault_of(encode(nested(MAX_DEPTH + 1), wire), wire).code is Reject.MALFORMED


@pytest.mark.parametrize("wire", Wire)
def test_too_many_items_are_malformed_even_when_no_one_list_has_them(wire: Wire) -> None:
    decode(encode({"a": [0] * (MAX_ITEMS - 1)}, wire), wire)
    assert fault_of(encode({"a": [0] * MAX_ITEMS}, wire), wire).code is Reject.MALFORMED
    assert fault_of(encode({"a": [0] * 128, "b": [0] * 128}, wire), wire).code is Reject.MALFORMED


@pytest.mark.parametrize(
    ("data", "wire", "code"),
    [
        (b"", Wire.JSON, Reject.MALFORMED),
        (b"{", Wire.JSON, Reject.MALFORMED),
        (b'{"a":1}{', Wire.JSON, Reject.MALFORMED),
        (b'{"a":NaN}', Wire.JSON, Reject.MALFORMED),
        (b'{"a":' + b"9" * 5_000 + b"}", Wire.JSON, Reject.MALFORMED),
        (b'{"a":"\\ud800"}', Wire.JSON, Reject.MALFORMED),
        (b"[" * 20_000, Wire.JSON, Reject.MALFORMED),
        (b'{"a":"\xff"}', Wire.JSON, Close.PROTOCOL),
        ('{"a":"\ud800"}', Wire.JSON, Close.PROTOCOL),
        (b"", Wire.MSGPACK, Reject.MALFORMED),
        (b"\x81", Wire.MSGPACK, Reject.MALFORMED),
        (b"\x80\x80", Wire.MSGPACK, Reject.MALFORMED),
        (b"\xc1", Wire.MSGPACK, Reject.MALFORMED),
        (b"\x81\x01\x02", Wire.MSGPACK, Reject.MALFORMED),
        (b"\x81\xa1a\xd6\xff\x00\x00\x00\x00", Wire.MSGPACK, Reject.MALFORMED),
        (b"\xdf\xff\xff\xff\xff", Wire.MSGPACK, Reject.MALFORMED),
        (b"\xdd\xff\xff\xff\xff", Wire.MSGPACK, Reject.MALFORMED),
        (b"\xc6\xff\xff\xff\xff", Wire.MSGPACK, Reject.MALFORMED),
        (b"\x91" * 20_000, Wire.MSGPACK, Reject.MALFORMED),
        (b"\x81\xa1a\xa1\xff", Wire.MSGPACK, Close.PROTOCOL),
    ],
)
def test_what_is_no_message_is_refused_by_name(data: bytes | str, wire: Wire, code: Reject | Close) -> None:
    assert fault_of(data, wire).code is code


@pytest.mark.parametrize("wire", Wire)
@given(data=st.binary(max_size=64))
def test_whatever_comes_is_a_map_or_a_fault(wire: Wire, data: bytes) -> None:
    outcome: object
    try:
        outcome = decode(data, wire)
    except PeerFault as fault:
        outcome = fault.code
    assert isinstance(outcome, dict) or outcome in (Reject.MALFORMED, Close.PROTOCOL)


# ---- messages --------------------------------------------------------------------------------------------------------


def test_an_entry_carries_its_fields_its_offset_and_its_time() -> None:
    entry = Entry(LogId("demo"), "e", 58, 1_795_174_515_041, Tip(author=ADA, tip="t1", amount=5, currency="EUR"))
    message = {
        "type": "tip",
        "from": {"id": "m1", "name": "Ada", "role": "attendee"},
        "tip": "t1",
        "amount": 5,
        "currency": "EUR",
        "text": "",
        "offset": 58,
        "at": "2026-11-20T11:35:15.041Z",
    }
    assert entry_message(entry) == message
    assert entry_message(entry, staff=True) == {**message, "log": "staff"}
    del message["offset"]
    assert entry_message(entry, carried=True) == {**message, "carried": True}


def test_a_passing_event_has_no_offset() -> None:
    assert passing_message(Count(members=3)) == {"type": "count", "members": 3}
    health = passing_message(BODIES[-1], staff=True)  # type: ignore[arg-type]
    assert health["log"] == "staff"
    assert health["rungs"][0] == {"rung": "main", "verdict": "healthy", "why": "30 pictures a second", "source": None}


@pytest.mark.parametrize("wire", Wire)
@pytest.mark.parametrize("body", BODIES)
def test_every_message_can_be_sent(body: AnyBody, wire: Wire) -> None:
    message = entry_message(Entry(LogId("demo"), "e", 1, 0, body))  # type: ignore[arg-type]
    assert decode(encode(message, wire), wire) == json.loads(json.dumps(message))


@pytest.mark.parametrize(
    ("at_ms", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (999, "1970-01-01T00:00:00.999Z"),
        (1_795_174_515_541, "2026-11-20T11:35:15.541Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
    ],
)
def test_times_are_iso_8601_in_utc_to_the_millisecond(at_ms: int, text: str) -> None:
    assert iso_utc(at_ms) == text


# ---- the store -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", BODIES)
def test_a_body_comes_back_from_the_store(body: AnyBody) -> None:
    assert body_from_bytes(body_to_bytes(body)) == body
    assert field_from_bytes(field_to_bytes(body)) == body


@pytest.mark.parametrize("data", [b"", b"\xc1", b"\x80", b"\x81\xa4type\xa4none", b"\x81\xa4type\xa4chat"])
def test_what_is_no_body_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 — any of msgspec's decoding errors
        body_from_bytes(data)


@pytest.mark.parametrize("value", [None, 7, "chat", [1, {"a": None}], {"type": "x"}, {"type": ["chat"]}, {"a": "chat"}])
def test_a_plain_field_comes_back_as_it_was(value: Any) -> None:
    assert field_from_bytes(field_to_bytes(value)) == value


def test_what_is_left_out_takes_no_room() -> None:
    assert body_to_bytes(Settings()) == b"\x81\xa4type\xa8settings"


# ---- the schema ------------------------------------------------------------------------------------------------------


def test_the_schema_names_every_command_and_the_hello() -> None:
    described = schema()
    tags = {definition["properties"]["type"]["enum"][0] for definition in _messages(described)}
    assert tags == {"hello", *COMMANDS}
    assert json.loads(json.dumps(described)) == described


def test_the_schema_bounds_what_it_describes() -> None:
    chat = next(one for one in _messages(schema()) if one["properties"]["type"]["enum"] == ["chat.send"])
    assert set(chat["required"]) == {"type", "key", "text"}
    assert chat["additionalProperties"] is False
    assert chat["properties"]["text"]["maxLength"] == 1_000


def _messages(described: dict[str, Any]) -> list[dict[str, Any]]:
    return [described["$defs"][one["$ref"].removeprefix("#/$defs/")] for one in described["anyOf"]]
