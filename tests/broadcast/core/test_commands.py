"""What a client may say, and that everything else is refused by name."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.core import commands
from broadcast.core.codes import Reject
from broadcast.core.commands import COMMANDS, ChatSend, Hello, HelloPosition, TipSend, parse_command, parse_hello
from broadcast.core.entries import Kind, RungKind
from broadcast.core.errors import PeerFault

GOOD: dict[str, dict[str, Any]] = {
    "chat.send": {"text": "hello\nworld 👋"},
    "tip.send": {"amount": 500, "currency": "USD", "text": "thanks"},
    "question.ask": {"text": "why?"},
    "question.answer": {"question": "q1", "text": "because"},
    "media.select": {"media": "audio"},
    "media.refresh": {"kind": "audio"},
    "qoe.report": {"stalls": 1, "longest_gap_ms": 40, "buffer_ms": 80, "frames": 30},
    "member.kick": {"member": "m1"},
    "member.ban": {"member": "m1", "for_s": 60},
    "member.unban": {"member": "m1"},
    "message.delete": {"offset": 3, "room": "demo.backup"},
    "event.open": {},
    "event.start": {},
    "event.pause": {"text": "back at 3"},
    "event.end": {"text": ""},
    "contingency.force": {"rung": "slate"},
    "contingency.pin": {"rung": "audio"},
    "contingency.veto": {"for_s": 10},
    "contingency.release": {},
}


def said(kind: str, /, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "key": "c-1", **fields}


def fault_of(message: dict[str, Any]) -> PeerFault:
    with pytest.raises(PeerFault) as caught:
        parse_command(message)
    return caught.value


# ---- commands --------------------------------------------------------------------------------------------------------


def test_there_is_an_example_of_every_command() -> None:
    assert set(GOOD) == set(COMMANDS)


@pytest.mark.parametrize("kind", GOOD)
def test_a_command_is_read(kind: str) -> None:
    command = parse_command(said(kind, **GOOD[kind]))
    assert type(command) is COMMANDS[kind]
    assert command.key == "c-1"
    for name, value in GOOD[kind].items():
        assert getattr(command, name) == value


@pytest.mark.parametrize("kind", GOOD)
def test_an_unknown_field_is_refused_by_name(kind: str) -> None:
    fault = fault_of(said(kind, **GOOD[kind], extra=1))
    assert (fault.code, fault.field) == (Reject.BAD_FIELD, "extra")


@pytest.mark.parametrize("kind", GOOD)
def test_a_command_without_a_key_is_refused(kind: str) -> None:
    fault = fault_of({"type": kind, **GOOD[kind]})
    assert (fault.code, fault.field) == (Reject.BAD_FIELD, "key")


@pytest.mark.parametrize("key", ["", " ", "a b", "ä", "k" * 65, 7, None, "a\n"])
def test_a_key_is_short_and_printable(key: object) -> None:
    fault = fault_of({"type": "chat.send", "key": key, "text": "x"})
    assert (fault.code, fault.field) == (Reject.BAD_FIELD, "key")


@pytest.mark.parametrize("message", [{}, {"type": None}, {"type": 7}, {"type": ["chat.send"]}])
def test_what_names_no_type_is_malformed(message: dict[str, Any]) -> None:
    fault = fault_of(message)
    assert (fault.code, fault.field) == (Reject.MALFORMED, "type")


@pytest.mark.parametrize("kind", ["chat", "hello", "", "room.lock", "x" * 10_000])
def test_an_unknown_command_is_refused_by_name_and_not_echoed_at_length(kind: str) -> None:
    fault = fault_of(said(kind))
    assert (fault.code, fault.field) == (Reject.UNKNOWN_COMMAND, "type")
    assert len(fault.reason) < 80


@pytest.mark.parametrize(
    ("kind", "fields", "field"),
    [
        ("chat.send", {"text": ""}, "text"),
        ("chat.send", {"text": "x" * 1_001}, "text"),
        ("chat.send", {"text": 5}, "text"),
        ("chat.send", {"text": None}, "text"),
        ("chat.send", {}, "text"),
        ("chat.send", {"text": " \n\t "}, "text"),
        ("chat.send", {"text": "  \n "}, "text"),
        ("chat.send", {"text": "\u200b\u2060 \u00ad"}, "text"),
        ("chat.send", {"text": "a\x00b"}, "text"),
        ("chat.send", {"text": "a\x1bb"}, "text"),
        ("chat.send", {"text": "a\u202eb"}, "text"),
        ("chat.send", {"text": "a\ud800b"}, "text"),
        ("tip.send", {"amount": -5}, "amount"),
        ("tip.send", {"amount": 0}, "amount"),
        ("tip.send", {"amount": 10**18}, "amount"),
        ("tip.send", {"amount": 5.5}, "amount"),
        ("tip.send", {"amount": "5"}, "amount"),
        ("tip.send", {"amount": True}, "amount"),
        ("tip.send", {"amount": 5, "currency": "euro"}, "currency"),
        ("tip.send", {"amount": 5, "currency": "EUR\n"}, "currency"),
        ("media.select", {"media": "smell"}, "media"),
        ("member.kick", {"member": ""}, "member"),
        ("member.kick", {"member": "a\nb"}, "member"),
        ("member.kick", {"member": "a\tb"}, "member"),
        ("member.ban", {"member": "m", "for_s": 0}, "for_s"),
        ("message.delete", {"offset": 0}, "offset"),
        ("message.delete", {"offset": 2**60}, "offset"),
        ("message.delete", {"offset": 3, "room": ""}, "room"),
        ("contingency.force", {"rung": "roof"}, "rung"),
        ("contingency.veto", {"for_s": 10**6}, "for_s"),
    ],
)
def test_a_wrong_value_is_refused_by_name(kind: str, fields: dict[str, Any], field: str) -> None:
    fault = fault_of(said(kind, **fields))
    assert (fault.code, fault.field) == (Reject.BAD_FIELD, field)
    assert fault.reason.startswith(f"{field}: ")


def test_defaults_are_those_of_the_protocol() -> None:
    assert parse_command(said("tip.send", amount=1)) == TipSend(key="c-1", amount=1, currency="EUR", text="")
    assert parse_command(said("media.refresh")).kind is Kind.VIDEO  # type: ignore[union-attr]
    assert parse_command(said("contingency.pin", rung="slate")).rung is RungKind.SLATE  # type: ignore[union-attr]


def test_what_is_pasted_may_be_indented_and_a_family_of_signs_is_a_text() -> None:
    for text in ("if it:\n\tdo(it)", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\u0645\u0631\u062d\u0628\u0627"):
        command = parse_command({"type": "chat.send", "key": "k", "text": text})
        assert command == ChatSend(key="k", text=text)


def test_text_of_a_thousand_characters_with_lines_is_fine() -> None:
    text = "ä\n" * 500
    assert parse_command(said("chat.send", text=text)) == ChatSend(key="c-1", text=text)


# ---- hello -----------------------------------------------------------------------------------------------------------


def test_a_hello_may_say_nothing_at_all() -> None:
    assert parse_hello({"type": "hello"}) == Hello()


def test_a_hello_says_who_and_where() -> None:
    hello = parse_hello(
        {
            "type": "hello",
            "token": "t",
            "name": "Ada",
            "position": {"epoch": "e", "offset": 41, "staff_offset": 3},
            "media": "none",
            "accept": ["vp8", "opus"],
        }
    )
    assert hello.position == HelloPosition(epoch="e", offset=41, staff_offset=3)
    assert hello.accept == ("vp8", "opus")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": "x" * 41}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": "a\u202eb"}, "name"),
        ({"name": "a\u2028b"}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "a\tb"}, "name"),
        ({"name": "\u200b"}, "name"),
        ({"token": "x" * 2_049}, "token"),
        ({"position": {"epoch": "e"}}, "offset"),
        ({"position": {"epoch": "e", "offset": -1}}, "position.offset"),
        ({"position": "e:1"}, "position"),
        ({"accept": ["x"] * 33}, "accept"),
        ({"accept": [1]}, "accept[0]"),
        ({"media": None}, "media"),
        ({"more": 1}, "more"),
        ({"type": "chat.send"}, "type"),
    ],
)
def test_a_wrong_hello_is_refused_by_name(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(PeerFault) as caught:
        parse_hello({"type": "hello", **fields})
    assert (caught.value.code, caught.value.field) == (Reject.BAD_FIELD, field)


def test_a_fault_without_a_place_is_the_message_s() -> None:
    assert commands._field_of("Expected `object`, got `array`") == "message"
    assert commands._field_of("Expected `int` - at `$`") == "message"


# ---- anything at all -------------------------------------------------------------------------------------------------

PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.lists(st.text())


@given(st.sampled_from([*GOOD, "nonsense"]), st.dictionaries(st.sampled_from(["text", "key", "amount", "x"]), PLAIN))
def test_whatever_is_said_is_read_or_refused_by_name(kind: str, fields: dict[str, Any]) -> None:
    fault: PeerFault | None = None
    try:
        parse_command({"type": kind, **fields})
    except PeerFault as raised:
        fault = raised
    assert fault is None or (isinstance(fault.code, Reject) and fault.field)
