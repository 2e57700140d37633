"""Who is removed, by whom, and for how long."""

from typing import Literal

from broadcast.core.entries import Draft, Moderated, Person, Role, Standing
from broadcast.core.position import MemberId, room_log
from broadcast.log.memory import MemoryLog
from tests.liveserver.gateway.node import (
    BACKUP,
    HOST,
    MODERATOR,
    ROOM,
    greeted,
    host,
    joined,
    moderator,
    serving,
    token,
)


async def test_a_message_is_deleted_and_what_is_none_is_not_found() -> None:
    async with serving(MemoryLog()) as node, joined(node) as ada, joined(node, token=moderator()) as staff:
        said = await ada.do("chat.send", "c-1", text="rude")
        await staff.do("message.delete", "d-1", offset=said["offset"])
        assert (await ada.hear("deleted"))["target"] == said["offset"]
        for offset in (2, 99):
            reject = await staff.do("message.delete", f"d-{offset}-x", offset=offset)
            assert (reject["code"], reject["field"]) == ("not_found", "offset")


async def test_a_ban_closes_sockets_on_every_gateway_and_lasts_until_lifted() -> None:
    log = MemoryLog()
    async with serving(log) as one, serving(log, node_id="g2") as two, joined(one, token=moderator()) as staff:
        async with joined(two, name="Troll") as troll:
            you = (await troll.hear("welcome"))["you"]
            assert (await staff.do("member.ban", "b-1", member=you["id"]))["type"] == "ack"
            assert await troll.closed() == 4300
        for node in (one, two):
            async with greeted(node, you["token"]) as client:
                assert await client.closed() == 4300
        await staff.do("member.unban", "b-2", member=you["id"])
        async with joined(two, token=you["token"]) as back:
            assert (await back.hear("welcome"))["you"]["id"] == you["id"]
        assert [m["action"] for m in staff.messages if m["type"] == "moderated"] == ["ban", "unban"]


async def test_a_ban_that_was_not_heard_of_removes_once_the_log_is_found_again() -> None:
    log = MemoryLog()
    async with (
        serving(log) as node,
        joined(node, token=token("g-troll")) as troll,
        joined(node, token=token("g-ben")) as ben,
        joined(node) as ada,
    ):
        await ada.do("chat.send", "c-1", text="before")
        stream = log._streams[room_log(ROOM)]
        stream.epoch, stream.offset = "reborn", 0
        stream.entries.clear()
        for member in ("g-troll", "g-ben"):
            await log.append(room_log(ROOM), ruled(member, "ban", Standing(banned_until_ms=-1)))
        await log.append(room_log(BACKUP), ruled("g-ben", "unban", Standing(banned_until_ms=1)))
        assert await troll.closed() == 4300
        assert (await ben.do("chat.send", "c-2", text="let back in from another room"))["offset"] == 3
        again = await ben.hear(lambda m: m["type"] == "welcome" and m["position"]["epoch"] == "reborn")
        assert [entry["action"] for entry in again["history"]] == ["ban", "ban"], "found, not heard"


def ruled(member: str, action: Literal["ban", "unban"], standing: Standing) -> Draft:
    """What another gateway writes when a moderator judges somebody."""
    by = Person(MemberId(MODERATOR), "Mo", Role.MODERATOR)
    body = Moderated(member=MemberId(member), name="", action=action, by=by)
    return Draft(body, f"{action}-{member}", by.id, standings={MemberId(member): standing})


async def test_a_ban_for_a_while_says_until_when() -> None:
    async with serving(MemoryLog()) as node, joined(node, token=moderator()) as staff, joined(node) as troll:
        you = (await troll.hear("welcome"))["you"]
        await staff.do("member.ban", "b-1", member=you["id"], for_s=60)
        assert await troll.closed() == 4300
        assert "until" in (troll.closed_with[1] or "")


async def test_who_was_kicked_stays_out_for_a_moment() -> None:
    async with serving(MemoryLog()) as node, joined(node, token=moderator()) as staff, joined(node) as troll:
        you = (await troll.hear("welcome"))["you"]
        await staff.do("member.kick", "k-1", member=you["id"])
        assert await troll.closed() == 4301
        async with greeted(node, you["token"]) as client:
            assert await client.closed() == 4301


async def test_nobody_moderates_their_equals_or_betters() -> None:
    log = MemoryLog()
    async with (
        serving(log) as one,
        serving(log, node_id="g2") as two,
        joined(one, token=moderator()) as staff,
        joined(two, token=host()) as boss,
    ):
        for n, target in enumerate((HOST, MODERATOR)):
            reject = await staff.do("member.ban", f"b-{n}", member=target)
            assert (reject["code"], reject["field"]) == ("forbidden", "member")
        assert (await boss.do("member.kick", "k-1", member=MODERATOR))["type"] == "ack"
        assert await staff.closed() == 4301
