"""The session: the story of one connection, what is turned down, and an exhaustive walk."""

import copy
import itertools
from typing import Any

import pytest

from broadcast.core.codes import Close, Reject
from broadcast.core.commands import ChatSend, Hello
from broadcast.core.entries import Role
from broadcast.core.errors import IllegalMove
from broadcast.core.woke import Woke
from liveserver.core.session import (
    BURST,
    COMMANDS_PER_S,
    EARLY_MAX,
    GARBAGE_MAX,
    HELLO_WITHIN_S,
    JOIN_WITHIN_S,
    REFUSED_MAX,
    Admitted,
    Echo,
    End,
    Garbled,
    Gone,
    Join,
    Nudged,
    Perform,
    Phase,
    Received,
    Removed,
    Reply,
    Session,
    SessionEffect,
    SessionEvent,
)

HELLO = Received({"type": "hello", "name": "Ada"})
CHAT = ChatSend(key="c-1", text="hi")


def chat(key: Any = "c-1", **more: Any) -> Received:
    return Received({"type": "chat.send", "key": key, "text": "hi", **more})


def inside(role: Role = Role.ATTENDEE) -> Session:
    session = Session(0)
    session.step(HELLO, 0)
    session.step(Admitted(role), 0)
    return session


def reply(effects: list[SessionEffect]) -> dict[str, Any]:
    """The one reply that `effects` is."""
    (effect,) = effects
    assert isinstance(effect, Reply)
    return effect.message


# ---- the story -------------------------------------------------------------------------------------------------------


def test_somebody_comes_speaks_and_is_removed() -> None:
    session = Session(10)
    assert session.deadline() == 10 + HELLO_WITHIN_S
    assert session.step(HELLO, 11) == [Join(Hello(name="Ada"))]
    assert session.deadline() == 11 + JOIN_WITHIN_S
    assert session.step(chat(), 12) == [], "waits for the welcome"
    assert session.step(Admitted(Role.ATTENDEE), 13) == [Perform(CHAT)]
    assert session.deadline() is None
    assert session.step(chat("c-2"), 14) == [Perform(ChatSend(key="c-2", text="hi"))]
    assert session.step(Removed(Close.BANNED, "You are banned"), 15) == [End(Close.BANNED, "You are banned")]
    assert session.phase is Phase.OVER
    for event in (chat(), HELLO, Removed(Close.DRAIN, "late"), Gone(), Woke(), Garbled("?"), Admitted(Role.HOST)):
        assert session.step(event, 16) == []


# ---- the hello -------------------------------------------------------------------------------------------------------


def test_who_says_nothing_is_let_go() -> None:
    session = Session(0, 2.5)
    assert session.step(Woke(), 2.4) == []
    assert session.step(Woke(), 2.5) == [End(Close.HELLO_TIMEOUT, "No hello within 2.5 s")]


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (chat(), "The first message is a hello"),
        (Received({}), "The first message is a hello"),
        (Received({"type": "hello", "media": "smell"}), "hello: media:"),
        (Received({"type": "hello", "colour": "red"}), "hello: colour:"),
        (Received({"type": "hello", "name": "a\nb"}), "hello: name:"),
        (Garbled("This is not JSON"), "This is not JSON"),
    ],
)
def test_what_is_no_hello_ends_it(event: SessionEvent, reason: str) -> None:
    (end,) = Session(0).step(event, 1)
    assert isinstance(end, End)
    assert end.code is Close.PROTOCOL
    assert end.reason.startswith(reason)


def test_admission_that_takes_too_long_sends_them_elsewhere() -> None:
    session = Session(0)
    session.step(HELLO, 1)
    assert session.step(Woke(), 2) == []
    (end,) = session.step(Woke(), 1 + JOIN_WITHIN_S)
    assert isinstance(end, End)
    assert end.code is Close.NODE_FAILING


def test_commands_before_the_welcome_wait_but_not_without_end() -> None:
    session = Session(0)
    session.step(HELLO, 0)
    for _ in range(EARLY_MAX):
        assert session.step(chat(), 0) == []
    (end,) = session.step(chat(), 0)
    assert isinstance(end, End)
    assert end.code is Close.PROTOCOL


def test_an_early_command_is_judged_by_the_role_they_come_in_with() -> None:
    session = Session(0)
    session.step(HELLO, 0)
    session.step(Received({"type": "event.start", "key": "e"}), 0)
    assert reply(session.step(Admitted(Role.ATTENDEE), 1))["code"] == Reject.FORBIDDEN


def test_nobody_is_admitted_unasked() -> None:
    for session in (Session(0), inside()):
        before = [getattr(copy.copy(session), name) for name in Session.__slots__]
        with pytest.raises(IllegalMove):
            session.step(Admitted(Role.HOST), 1)
        assert [getattr(session, name) for name in Session.__slots__] == before


# ---- commands --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "key", "code", "field"),
    [
        ({"type": "dance", "key": "k"}, "k", Reject.UNKNOWN_COMMAND, "type"),
        ({"type": "hello", "key": "k"}, "k", Reject.UNKNOWN_COMMAND, "type"),
        ({"key": "k"}, "k", Reject.MALFORMED, "type"),
        ({"type": "chat.send", "text": "hi"}, None, Reject.BAD_FIELD, "key"),
        ({"type": "chat.send", "key": 7, "text": "hi"}, None, Reject.BAD_FIELD, "key"),
        ({"type": "chat.send", "key": "k" * 65, "text": "hi"}, None, Reject.BAD_FIELD, "key"),
        ({"type": "chat.send", "key": "ü", "text": "hi"}, None, Reject.BAD_FIELD, "key"),
        ({"type": "chat.send", "key": "", "text": "hi"}, None, Reject.BAD_FIELD, "key"),
        ({"type": "chat.send", "key": "k", "text": "\x00"}, "k", Reject.BAD_FIELD, "text"),
        ({"type": "ping", "n": "x"}, None, Reject.BAD_FIELD, "n"),
        ({"type": "ping", "n": True}, None, Reject.BAD_FIELD, "n"),
        ({"type": "ping", "n": 2**60}, None, Reject.BAD_FIELD, "n"),
    ],
)
def test_what_is_wrong_is_turned_down_by_name(
    message: dict[str, Any], key: str | None, code: Reject, field: str
) -> None:
    said = reply(inside().step(Received(message), 1))
    assert (said["type"], said["key"], said["code"], said["field"]) == ("reject", key, code, field)
    assert said["reason"]


def test_what_is_not_theirs_to_do_is_forbidden() -> None:
    ban = Received({"type": "member.ban", "key": "b", "member": "m"})
    said = reply(inside().step(ban, 1))
    assert (said["key"], said["code"]) == ("b", Reject.FORBIDDEN)
    assert isinstance(inside(Role.MODERATOR).step(ban, 1)[0], Perform)


def test_a_ping_is_answered_in_kind() -> None:
    assert reply(inside().step(Received({"type": "ping", "n": 3}), 1)) == {"type": "pong", "n": 3}
    assert reply(inside().step(Received({"type": "ping"}), 1)) == {"type": "pong"}


def test_garbage_is_answered_a_few_times() -> None:
    session = inside()
    for _ in range(GARBAGE_MAX):
        assert reply(session.step(Garbled("This is not JSON"), 1)) == {
            "type": "reject",
            "key": None,
            "code": "malformed",
            "reason": "This is not JSON",
        }
    (end,) = session.step(Garbled("This is not JSON"), 1)
    assert isinstance(end, End)
    assert end.code is Close.PROTOCOL


def test_a_burst_is_let_through_and_then_so_many_a_second() -> None:
    session = inside()
    done = sum(isinstance(session.step(chat(), 1)[0], Perform) for _ in range(int(BURST) * 2))
    assert done == BURST
    said = reply(session.step(chat("late"), 1))
    assert (said["key"], said["code"], said["retry_after_s"]) == ("late", Reject.RATE_LIMITED, 1 / COMMANDS_PER_S)
    done = sum(isinstance(session.step(chat(), 2)[0], Perform) for _ in range(int(BURST)))
    assert done == COMMANDS_PER_S
    assert isinstance(session.step(chat(), 1), list), "a clock that stands still takes nothing away"


def test_who_floods_is_told_so_often_and_no_oftener() -> None:
    session = inside()
    answers = [session.step(Received({"type": "ping"}), 1) for _ in range(500)]
    told = sum(bool(effects) for effects in answers)
    assert told == BURST + REFUSED_MAX + 1
    assert answers[told - 1] == [End(Close.PROTOCOL, "Too many messages")]
    assert session.phase is Phase.OVER


def test_who_is_a_little_too_fast_for_hours_is_only_told_so() -> None:
    session = inside()
    for n in range(10_000):
        session.step(chat(), n / (1.9 * COMMANDS_PER_S))
    assert session.phase is Phase.IN


def test_control_frames_count_like_messages_at_any_time() -> None:
    for session in (Session(0), inside()):
        assert session.step(Nudged(), 0) == [Echo()]
        effects = [effect for _ in range(500) for effect in session.step(Nudged(), 0)]
        assert effects == [Echo()] * int(BURST - 1) + [End(Close.PROTOCOL, "Too many messages")]


# ---- every sequence --------------------------------------------------------------------------------------------------


def test_whatever_happens_nothing_is_performed_outside_and_the_end_is_said_once() -> None:
    events: list[SessionEvent] = [
        HELLO,
        chat(),
        Received({"type": "dance"}),
        Garbled("?"),
        Nudged(),
        Admitted(Role.ATTENDEE),
        Removed(Close.DRAIN, "bye"),
        Gone(),
        Woke(),
    ]
    for sequence in itertools.product(events, repeat=5):
        session, ends, joins = Session(0), 0, 0
        for n, event in enumerate(sequence):
            before = session.phase
            try:
                effects = session.step(event, n * 4.0)
            except IllegalMove:
                assert session.phase is before
                continue
            if before is Phase.OVER:
                assert effects == []
            if any(isinstance(effect, Perform) for effect in effects):
                assert session.phase is Phase.IN
            joins += sum(isinstance(effect, Join) for effect in effects)
            ends += sum(isinstance(effect, End) for effect in effects)
            assert (session.phase is Phase.OVER) >= bool(ends)
            if session.phase in (Phase.OVER, Phase.IN):
                assert session.deadline() is None
        assert joins <= 1
        assert ends <= 1
