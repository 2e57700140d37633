"""What is said in a room, and what is turned down."""

from typing import Any

import pytest

from broadcast.core.entries import Chat, Draft, EventChanged, EventState, Person, Role
from broadcast.core.position import MemberId, room_log, staff_log
from broadcast.log.memory import MemoryLog
from liveserver.core import questions
from tests.liveserver.gateway.node import (
    HOST,
    ROOM,
    Rooms,
    host,
    joined,
    moderator,
    serving,
    token,
)
from tests.waiting import until


@pytest.mark.parametrize("wire", ["live.v1.json", "live.v1.msgpack"])
async def test_what_is_said_is_acked_and_reaches_everyone_in_one_order(wire: str) -> None:
    async with serving(MemoryLog()) as node, joined(node, wire=wire) as ada, joined(node, name="Ben") as ben:
        for n in range(12):
            await (ada if n % 2 else ben).say(type="chat.send", key=f"c-{n}", text=f"{n}")
        for who in (ada, ben):
            await until(lambda who=who: len(who.texts()) == 12)
        said = [m for m in ada.messages if m["type"] == "chat"]
        assert [m["offset"] for m in said] == list(range(1, 13))
        assert ada.texts() == ben.texts()
        assert [text for text in ada.texts() if int(text) % 2] == [str(n) for n in range(12) if n % 2]
        ack = await ada.answer("c-1")
        assert ack["type"] == "ack"
        assert next(m for m in said if m["offset"] == ack["offset"])["text"] == "1"
        assert said[0]["at"].endswith("Z")


async def test_a_command_sent_again_has_happened_once() -> None:
    log = MemoryLog()
    async with serving(log) as one, serving(log, node_id="g2") as two:
        async with joined(one) as ada:
            token_ = (await ada.hear("welcome"))["you"]["token"]
            first = await ada.do("chat.send", "c-1", text="once")
            ada.messages.clear()
            again = await ada.do("chat.send", "c-1", text="once")
            assert first["offset"] == again["offset"]
        async with joined(two, token=token_) as ada:
            elsewhere = await ada.do("chat.send", "c-1", text="once")
            assert elsewhere["offset"] == first["offset"]
            assert ada.texts() == ["once"]


BAD = [
    ({"type": "dance"}, "unknown_command", "type"),
    ({"type": "hello"}, "unknown_command", "type"),
    ({"type": "reaction.send"}, "unknown_command", "type"),
    ({"type": 7}, "malformed", "type"),
    ({"type": "chat.send"}, "bad_field", "text"),
    ({"type": "chat.send", "text": ""}, "bad_field", "text"),
    ({"type": "chat.send", "text": "   "}, "bad_field", "text"),
    ({"type": "chat.send", "text": 7}, "bad_field", "text"),
    ({"type": "chat.send", "text": "x" * 1001}, "bad_field", "text"),
    ({"type": "chat.send", "text": "bell \x07"}, "bad_field", "text"),
    ({"type": "chat.send", "text": "right \u202e left"}, "bad_field", "text"),
    ({"type": "chat.send", "text": "hi", "colour": "red"}, "bad_field", "colour"),
    ({"type": "tip.send", "amount": -5}, "bad_field", "amount"),
    ({"type": "tip.send", "amount": 10**18}, "bad_field", "amount"),
    ({"type": "tip.send", "amount": 5, "currency": "eur"}, "bad_field", "currency"),
    ({"type": "tip.send", "amount": 13}, "payment_refused", None),
    ({"type": "member.ban", "member": "g-1"}, "forbidden", None),
    ({"type": "event.start"}, "forbidden", None),
    ({"type": "contingency.force", "rung": "slate"}, "forbidden", None),
    ({"type": "media.select", "media": "smell"}, "bad_field", "media"),
]


@pytest.mark.parametrize(("said", "code", "field"), BAD)
async def test_a_wrong_command_is_turned_down_by_name_and_the_room_goes_on(
    said: dict[str, Any], code: str, field: str | None
) -> None:
    async with serving(MemoryLog()) as node, joined(node) as client:
        await client.say(**{"key": "k-1", **said})
        reject = await client.answer("k-1")
        assert (reject["type"], reject["code"], reject.get("field")) == ("reject", code, field)
        assert (await client.do("chat.send", "k-2", text="still here"))["type"] == "ack"


async def test_a_ping_is_answered() -> None:
    async with serving(MemoryLog()) as node, joined(node) as client:
        await client.say(type="ping", n=7)
        assert (await client.hear("pong"))["n"] == 7


async def test_something_comes_at_least_every_tick() -> None:
    async with serving(MemoryLog(), tick_ms=100, sweep_s=0.02) as node, joined(node) as client:
        await until(lambda: sum(m["type"] == "tick" for m in client.messages) >= 3)


async def test_the_room_counts_its_members_over_all_gateways() -> None:
    log = MemoryLog()
    async with serving(log) as one, serving(log, node_id="g2") as two, joined(one) as ada, joined(two):
        assert (await ada.hear(lambda m: m["type"] == "count" and m["members"] == 2))["members"] == 2


async def test_who_is_here_is_told_of_who_comes_to_the_same_gateway() -> None:
    async with serving(MemoryLog()) as node, joined(node) as ada:
        await ada.hear(lambda m: m["type"] == "count" and m["members"] == 1)
        async with joined(node, name="Ben"):
            assert (await ada.hear(lambda m: m["type"] == "count" and m["members"] == 2))["members"] == 2
        assert (await ada.hear(lambda m: m["type"] == "count" and m["members"] == 1))["members"] == 1


async def test_questions_are_asked_answered_and_withdrawn() -> None:
    async with serving(MemoryLog()) as node, joined(node) as ada, joined(node, token=moderator()) as staff:
        asked = await ada.do("question.ask", "q-1", text="Why?")
        question = await staff.hear("question")
        assert question["state"] == "open"
        assert (await ada.do("question.answer", "q-2", question=question["id"], text="Because"))["code"] == "forbidden"
        await staff.do("question.answer", "a-1", question=question["id"], text="Because")
        answered = await ada.hear(lambda m: m["type"] == "question" and m["state"] == "answered")
        assert (answered["answer"], answered["answered_by"]["name"]) == ("Because", "Moderator-Demo")
        missing = await staff.do("question.answer", "a-2", question="none", text="Because")
        assert (missing["code"], missing["field"]) == ("not_found", "question")
        async with joined(node) as late:
            assert [q["answer"] for q in (await late.hear("welcome"))["room"]["questions"]] == ["Because"]
        await staff.do("message.delete", "d-1", offset=asked["offset"])
        async with joined(node) as late:
            assert (await late.hear("welcome"))["room"]["questions"] == []


async def test_nobody_asks_more_questions_than_can_be_waited_for() -> None:
    log = MemoryLog()
    async with (
        serving(log) as node,
        serving(log, node_id="g2") as two,
        joined(node, token=token("g-ada")) as ada,
        joined(node, name="Ben") as ben,
        joined(node, token=moderator()) as staff,
    ):
        stem = "k" * 60
        for n in range(5):
            assert (await ada.do("question.ask", f"{stem}{n}", text=f"{n}?"))["type"] == "ack"
        reject = await ada.do("question.ask", "q-5", text="5?")
        assert (reject["code"], "wait for an answer" in reject["reason"]) == ("rate_limited", True)
        assert (await ben.do("question.ask", "q-5", text="And I?"))["type"] == "ack"
        async with joined(two, token=token("g-ada")) as again:
            questions = (await again.hear("welcome"))["room"]["questions"]
            assert [q["text"] for q in questions] == ["0?", "1?", "2?", "3?", "4?", "And I?"], (
                "long keys do not collide"
            )
            ack = await again.do("question.ask", f"{stem}4", text="4?")
            assert (ack["type"], ack["offset"]) == ("ack", 5), "sent again, it is not one too many"
        await staff.do("question.answer", "a-1", question=questions[0]["id"], text="Because")
        await ada.hear(lambda m: m["type"] == "question" and m["state"] == "answered")
        assert (await ada.do("question.ask", "q-6", text="6?"))["type"] == "ack"


async def test_the_oldest_question_goes_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "QUESTIONS_MAX", 3)
    log = MemoryLog()
    async with serving(log) as node, joined(node) as ada:
        for n in range(4):
            assert (await ada.do("question.ask", f"q-{n}", text=f"{n}?"))["type"] == "ack"
            await ada.hear(lambda m, n=n: m["type"] == "question" and m["text"] == f"{n}?")
        state = (await log.read(room_log(ROOM), None, 1)).state
        assert [body.text for name, body in state.items() if name.startswith("question:")] == ["1?", "2?", "3?"]


async def test_the_hosts_word_changes_the_event_and_nonsense_does_not() -> None:
    async with serving(MemoryLog(), directory=Rooms(EventState.SCHEDULED)) as node:
        async with joined(node, token=host()) as boss, joined(node) as ada:
            assert (await boss.do("event.pause", "e-0"))["code"] == "wrong_state"
            for n, (command, state) in enumerate(
                (("event.open", "open"), ("event.start", "live"), ("event.pause", "break"), ("event.end", "ended"))
            ):
                assert (await boss.do(command, f"e-{n + 1}"))["type"] == "ack"
                await ada.hear(lambda m, state=state: m["type"] == "event" and m["state"] == state)
            boss.messages.clear()
            assert (await boss.do("event.end", "e-4"))["type"] == "ack", "sent again, answered again"
            assert (await boss.do("event.start", "e-9"))["code"] == "wrong_state"
        async with joined(node) as late:
            assert (await late.hear("welcome"))["room"]["state"] == "ended"


async def test_a_hand_on_the_wheel_is_written_to_the_staffs_log() -> None:
    log = MemoryLog()
    async with serving(log) as node, joined(node, token=host()) as boss, joined(node) as ada:
        for n, (command, fields) in enumerate(
            (
                ("contingency.force", {"rung": "audio"}),
                ("contingency.pin", {"rung": "slate"}),
                ("contingency.veto", {"for_s": 30}),
            )
        ):
            assert (await boss.do(command, f"w-{n}", **fields))["type"] == "ack"
            state = (await log.read(staff_log(ROOM), None, 1)).state
            assert state["override"].action == command.removeprefix("contingency.")
        await boss.do("contingency.release", "w-9")
        assert "override" not in (await log.read(staff_log(ROOM), None, 1)).state
        await boss.hear(lambda m: m["type"] == "override" and m["action"] == "release" and m["log"] == "staff")
        assert not any(m["type"] == "override" for m in ada.messages)


async def test_what_an_older_host_wrote_is_known_to_who_comes_later() -> None:
    log = MemoryLog()
    body = EventChanged(state=EventState.BREAK, reason="Back at nine")
    author = Person(MemberId(HOST), "Ada", Role.HOST)
    await log.append(room_log(ROOM), Draft(body, "e", author.id, checked=False, sets={"event": body}))
    await log.append(room_log(ROOM), Draft(Chat(author=author, text="hi"), "c", author.id))
    async with serving(log) as node, joined(node) as ada:
        welcome = await ada.hear("welcome")
        assert (welcome["room"]["state"], welcome["room"]["state_reason"]) == ("break", "Back at nine")
        assert [entry["type"] for entry in welcome["history"]] == ["event", "chat"]
        assert welcome["history"][1]["from"]["role"] == "host"
