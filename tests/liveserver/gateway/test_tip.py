"""Tips, and commands that wait: for the payments, for the log."""

import asyncio
from typing import Any

from broadcast.core.entries import Chat, Draft, Person, Role, Standing
from broadcast.core.errors import Outage
from broadcast.core.passing import TipStatus
from broadcast.core.position import EventId, LogId, MemberId, RoomId, room_log
from broadcast.log.memory import MemoryLog
from liveserver.gateway.payment import TipOutcome
from tests.liveserver.gateway.node import (
    MODERATOR,
    ROOM,
    Till,
    joined,
    serving,
)


class BrokenLog(MemoryLog):
    """A log that can be away."""

    is_away = False

    async def standing(self, event: EventId, member: MemberId) -> Standing:
        if self.is_away:
            raise Outage("log")
        return await super().standing(event, member)

    async def append(self, log: LogId, draft: Draft) -> Any:
        if self.is_away:
            raise Outage("log")
        return await super().append(log, draft)


class SlowTill(Till):
    """Takes its time over the first tip."""

    def __init__(self) -> None:
        super().__init__()
        self.may_go_on = asyncio.Event()

    async def tip(
        self, member: Person, event: EventId, room: RoomId, amount: int, currency: str, text: str, key: str
    ) -> TipOutcome:
        await self.may_go_on.wait()
        return await super().tip(member, event, room, amount, currency, text, key)


async def test_a_tip_is_acked_with_what_became_of_it_and_later_news_comes_to_its_giver_alone() -> None:
    log, till = MemoryLog(), Till()
    async with serving(log, payments=till) as node, joined(node) as ada, joined(node, name="Ben") as ben:
        you = (await ada.hear("welcome"))["you"]
        ack = await ada.do("tip.send", "t-1", amount=500, currency="EUR")
        assert (ack["status"], ack["tip"]) == ("pending", f"tip-{you['id']}-t-1")
        action = await ada.do("tip.send", "t-2", amount=14)
        assert action["action"] == {"url": "https://pay.example/1"}
        status = TipStatus(tip=ack["tip"], status="confirmed", member=MemberId(you["id"]))
        await log.publish(room_log(ROOM), status)
        assert (await ada.hear("tip.status"))["status"] == "confirmed"
        await ada.do("chat.send", "c", text="!")
        await ben.hear("chat")
        assert not any(m["type"] == "tip.status" for m in ben.messages)


async def test_nobody_pays_for_what_they_may_not_say() -> None:
    log, till = BrokenLog(), Till()
    async with serving(log, payments=till) as node, joined(node) as ada:
        you = MemberId((await ada.hear("welcome"))["you"]["id"])
        author = Person(MemberId(MODERATOR), "Mo", Role.MODERATOR)
        for n, (standing, code) in enumerate(
            ((Standing(muted_until_ms=-1), "muted"), (Standing(banned_until_ms=-1), "banned"))
        ):
            draft = Draft(Chat(author=author, text="!"), f"s-{n}", author.id, standings={you: standing})
            await log.append(room_log(ROOM), draft)
            assert (await ada.do("tip.send", f"t-{n}", amount=5))["code"] == code
        assert not till.taken
        log.is_away = True
        assert (await ada.do("tip.send", "t-9", amount=5))["type"] == "ack", "the till does not hang on the log"


async def test_while_the_log_is_away_commands_are_turned_down_for_now() -> None:
    log = BrokenLog()
    async with serving(log) as node, joined(node) as ada:
        log.is_away = True
        reject = await ada.do("chat.send", "c-1", text="hello?")
        assert (reject["code"], reject["retry_after_s"]) == ("unavailable", 2.0)
        log.is_away = False
        ada.messages.clear()
        assert (await ada.do("chat.send", "c-1", text="hello?"))["type"] == "ack"


async def test_one_members_commands_are_carried_out_in_turn_and_not_without_end() -> None:
    till = SlowTill()
    async with serving(MemoryLog(), payments=till) as node, joined(node) as ada, joined(node) as ben:
        await ada.say(type="tip.send", key="t", amount=5)
        await ada.say(type="chat.send", key="c", text="after")
        assert (await ben.do("chat.send", "b", text="before"))["offset"] == 1
        till.may_go_on.set()
        assert (await ada.answer("c"))["offset"] == 2
