"""What a client may say: the hello, and commands, each validated field by field.

Every command carries `key`, made by the client and unique for it. An unknown type, an unknown field or a wrong value
is a `PeerFault` that names it; nothing is ignored.
"""

import re
import unicodedata
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from broadcast.core.codes import Reject
from broadcast.core.entries import Kind, RungKind
from broadcast.core.errors import PeerFault

MAX_TEXT = 1_000
MAX_TIP = 100_000_00

Key = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$")]
Text = Annotated[str, Meta(min_length=1, max_length=MAX_TEXT)]
Short = Annotated[str, Meta(max_length=200)]
Name = Annotated[str, Meta(min_length=1, max_length=40)]
Id = Annotated[str, Meta(min_length=1, max_length=64)]
Offset = Annotated[int, Meta(ge=1, le=2**53)]
Seconds = Annotated[int, Meta(ge=1, le=31_536_000)]
Media = Literal["video", "audio", "none"]


class HelloPosition(Struct, frozen=True, forbid_unknown_fields=True):
    """A position as a client gives it; `staff_offset` is staff's place in the staff log."""

    epoch: Annotated[str, Meta(min_length=1, max_length=64)]
    offset: Annotated[int, Meta(ge=0, le=2**53)]
    staff_offset: Annotated[int, Meta(ge=0, le=2**53)] | None = None


class Hello(Struct, frozen=True, tag="hello", forbid_unknown_fields=True, kw_only=True):
    """The first message. `accept` None: send what there is."""

    token: Annotated[str, Meta(max_length=2048)] | None = None
    name: Annotated[str, Meta(max_length=40)] | None = None
    position: HelloPosition | None = None
    media: Media = "video"
    accept: Annotated[tuple[Annotated[str, Meta(max_length=64)], ...], Meta(max_length=32)] | None = None


class Command(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Root of all commands."""

    key: Key


class ChatSend(Command, tag="chat.send", frozen=True):
    text: Text


class TipSend(Command, tag="tip.send", frozen=True):
    """`amount` in minor units of `currency` (ISO 4217)."""

    amount: Annotated[int, Meta(ge=1, le=MAX_TIP)]
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$")] = "EUR"
    text: Short = ""


class QuestionAsk(Command, tag="question.ask", frozen=True):
    text: Annotated[str, Meta(min_length=1, max_length=500)]


class QuestionAnswer(Command, tag="question.answer", frozen=True):
    question: Id
    text: Text


class MediaSelect(Command, tag="media.select", frozen=True):
    media: Media


class MediaRefresh(Command, tag="media.refresh", frozen=True):
    kind: Kind = Kind.VIDEO


class QoeReport(Command, tag="qoe.report", frozen=True):
    """What the viewer felt since the last report: stalls (count), longest gap and buffer (milliseconds)."""

    stalls: Annotated[int, Meta(ge=0, le=100_000)] = 0
    longest_gap_ms: Annotated[int, Meta(ge=0, le=86_400_000)] = 0
    buffer_ms: Annotated[int, Meta(ge=0, le=3_600_000)] = 0
    frames: Annotated[int, Meta(ge=0, le=1_000_000)] = 0


class MemberKick(Command, tag="member.kick", frozen=True):
    member: Id


class MemberBan(Command, tag="member.ban", frozen=True):
    """`for_s` None: without end."""

    member: Id
    for_s: Seconds | None = None


class MemberUnban(Command, tag="member.unban", frozen=True):
    member: Id


class MessageDelete(Command, tag="message.delete", frozen=True):
    """`room` is the one in whose log the offset was seen; None: wherever this arrives."""

    offset: Offset
    room: Id | None = None


class EventOpen(Command, tag="event.open", frozen=True):
    pass


class EventStart(Command, tag="event.start", frozen=True):
    pass


class EventPause(Command, tag="event.pause", frozen=True):
    text: Short = ""


class EventEnd(Command, tag="event.end", frozen=True):
    text: Short = ""


class ContingencyForce(Command, tag="contingency.force", frozen=True):
    """Go to this rung now; the ladder goes on from there."""

    rung: RungKind


class ContingencyPin(Command, tag="contingency.pin", frozen=True):
    """Stay on this rung, whatever happens, until released."""

    rung: RungKind


class ContingencyVeto(Command, tag="contingency.veto", frozen=True):
    """No move at all for `for_s` seconds."""

    for_s: Annotated[int, Meta(ge=1, le=3_600)] = 60


class ContingencyRelease(Command, tag="contingency.release", frozen=True):
    pass


AnyCommand = (
    ChatSend
    | TipSend
    | QuestionAsk
    | QuestionAnswer
    | MediaSelect
    | MediaRefresh
    | QoeReport
    | MemberKick
    | MemberBan
    | MemberUnban
    | MessageDelete
    | EventOpen
    | EventStart
    | EventPause
    | EventEnd
    | ContingencyForce
    | ContingencyPin
    | ContingencyVeto
    | ContingencyRelease
)

COMMANDS: dict[str, type[Command]] = {str(command.__struct_config__.tag): command for command in AnyCommand.__args__}

# C0 and C1 controls but tab and newline, the bidirectional overrides, lone surrogates: nothing that a sentence needs.
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_NOT_IN_A_LINE = re.compile("[\t\n\u2028\u2029]")
# Unicode's categories of what leaves no mark: separators, format characters, unassigned ones.
_UNSEEN = ("Z", "C")
_FIELD = re.compile(r"`\$\.?([^`]*)`$")
_UNKNOWN = re.compile(r"unknown field `([^`]*)`")
_MISSING = re.compile(r"required field `([^`]*)`")
_T = TypeVar("_T")


def parse_hello(message: dict[str, Any]) -> Hello:
    """The hello in `message`; PeerFault(bad_field) names what is wrong with it."""
    hello = _convert(message, Hello)
    if hello.name is not None:
        refuse_controls("name", hello.name, newlines=False)
    return hello


def parse_command(message: dict[str, Any]) -> AnyCommand:
    """The command in `message`; PeerFault(unknown_command | bad_field) otherwise."""
    kind = message.get("type")
    if not isinstance(kind, str):
        raise PeerFault(Reject.MALFORMED, "type: a message names its type", field="type")
    if kind not in COMMANDS:
        raise PeerFault(Reject.UNKNOWN_COMMAND, f"No command is called {kind[:40]!r}", field="type")
    command = _convert(message, COMMANDS[kind])
    for name in command.__struct_fields__:
        value = getattr(command, name)
        if isinstance(value, str):
            refuse_controls(name, value, newlines=name == "text")
    return command  # type: ignore[return-value]


def _convert(message: dict[str, Any], kind: type[_T]) -> _T:
    try:
        return msgspec.convert(message, kind)
    except msgspec.ValidationError as fault:
        field = _field_of(str(fault))
        raise PeerFault(Reject.BAD_FIELD, f"{field}: {str(fault).partition(' - at ')[0]}", field=field) from None


def _field_of(text: str) -> str:
    for pattern in (_UNKNOWN, _MISSING, _FIELD):
        found = pattern.search(text)
        if found and found.group(1):
            return found.group(1)
    return "message"


def refuse_controls(field: str, text: str, *, newlines: bool) -> None:
    """PeerFault(bad_field) where `text` holds what no sentence needs, or (one line: `newlines` false) no line does; and
    where it is not empty, but nothing of it can be seen."""
    if _FORBIDDEN.search(text) or (not newlines and _NOT_IN_A_LINE.search(text)):
        raise PeerFault(Reject.BAD_FIELD, f"{field}: control characters are not allowed", field=field)
    if text and all(unicodedata.category(character)[0] in _UNSEEN for character in text):
        raise PeerFault(Reject.BAD_FIELD, f"{field}: nothing but blanks", field=field)
