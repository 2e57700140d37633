"""What goes on while the log is away, and what staff hear of it."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from broadcast.core.entries import Draft, RungKind, Standing
from broadcast.core.errors import Outage
from broadcast.core.passing import Health, Passing, PassingBody, Quality, RungHealth
from broadcast.core.position import EventId, LogId, MemberId, Position, staff_log
from broadcast.log.ear import Ear
from broadcast.log.memory import MemoryLog
from broadcast.log.port import Appended, Reading, Refused, Subscription
from tests.liveserver.gateway.feeds import feeding
from tests.liveserver.gateway.node import ROOM, greeted, joined, moderator, opened, serving
from tests.waiting import until


class FrailLog(MemoryLog):
    """A log plane that can be away as a whole: what is open is lost, what is asked fails."""

    def __init__(self) -> None:
        super().__init__()
        self._away = False
        self._open: set[Ear] = set()

    @property
    def is_away(self) -> bool:
        return self._away

    @is_away.setter
    def is_away(self, away: bool) -> None:
        self._away = away
        for ear in self._open if away else ():
            ear.lose(Outage("log"))

    def _refuse(self) -> None:
        if self._away:
            raise Outage("log")

    async def append(self, log: LogId, draft: Draft) -> Appended | Refused:
        self._refuse()
        return await super().append(log, draft)

    async def publish(self, log: LogId, body: PassingBody) -> None:
        self._refuse()
        await super().publish(log, body)

    async def read(self, log: LogId, after: Position | None, limit: int) -> Reading:
        self._refuse()
        return await super().read(log, after, limit)

    async def standing(self, event: EventId, member: MemberId) -> Standing:
        self._refuse()
        return await super().standing(event, member)

    async def attend(self, log: LogId, node: str, members: int, ttl_s: float) -> int:
        self._refuse()
        return await super().attend(log, node, members, ttl_s)

    def subscribe(self, log: LogId) -> AbstractAsyncContextManager[Any]:
        return self._listening(log)

    @asynccontextmanager
    async def _listening(self, log: LogId) -> AsyncIterator[Subscription]:
        self._refuse()
        async with super().subscribe(log) as ear:
            self._open.add(ear)
            try:
                yield ear
            finally:
                self._open.discard(ear)


async def test_without_the_log_the_picture_goes_on_and_nothing_said_before_or_after_is_lost() -> None:
    log = FrailLog()
    async with feeding() as media, serving(log, media_nodes=(media.url,)) as node:
        media.up("main")
        async with joined(node, media="video") as ada, joined(node, name="Ben") as ben:
            you = (await ada.hear("welcome"))["you"]
            await ada.do("chat.send", "c-1", text="before")
            await ben.hear("chat")
            log.is_away = True
            reject = await ada.do("chat.send", "c-2", text="during")
            assert reject["code"] == "unavailable"
            seen = len(ada.frames)
            await ada.framed(seen + 20)
            async with joined(node, token=you["token"], media="video") as again:
                assert [e["text"] for e in (await again.hear("welcome"))["history"]] == ["before"]
                await again.framed(20)
            log.is_away = False
            ada.messages.clear()
            assert (await ada.do("chat.send", "c-2", text="during"))["type"] == "ack"
            await until(lambda: ben.texts() == ["before", "during"])


async def test_without_the_log_who_was_banned_stays_out_and_rooms_unknown_here_take_nobody() -> None:
    log = FrailLog()
    async with serving(log) as node, joined(node, token=moderator()) as staff:
        async with joined(node) as troll:
            you = (await troll.hear("welcome"))["you"]
            await staff.do("member.ban", "b-1", member=you["id"])
            await troll.closed()
        log.is_away = True
        async with greeted(node, you["token"]) as client:
            assert await client.closed() == 4300
        async with greeted(node, moderator(), "demo.backup") as client:
            assert await client.closed() == 4002


async def test_without_the_log_a_new_room_is_said_to_be_out_of_reach() -> None:
    log = FrailLog()
    log.is_away = True
    async with serving(log) as node, opened(node) as client:
        await client.say(type="hello", name="Ada")
        assert await client.closed(8.0) == 4002


async def test_the_ladders_state_reaches_staff_and_nobody_else() -> None:
    log = MemoryLog()
    rungs = (RungHealth(rung=RungKind.MAIN, verdict="healthy", why="30 pictures a second"),)
    health = Health(leader="f1", rung=RungKind.MAIN, source="main", rungs=rungs, armed=True)
    async with serving(log) as node, joined(node) as ada, joined(node, token=moderator()) as staff:
        await log.publish(staff_log(ROOM), health)
        told = await staff.hear("health")
        assert (told["rungs"][0]["verdict"], told["log"]) == ("healthy", "staff")
        await ada.do("chat.send", "c", text="!")
        await ada.hear("chat")
        assert not any(m["type"] == "health" for m in ada.messages)


async def test_what_viewers_report_is_summed_for_the_controllers() -> None:
    log = MemoryLog()
    async with (
        serving(log) as node,
        joined(node, media="video") as ada,
        joined(node, media="audio"),
        joined(node),
        joined(node, token=moderator(), media="video") as staff,
        log.subscribe(staff_log(ROOM)) as ears,
    ):
        # Staff who look on are none of them.
        await staff.do("qoe.report", "q-1", stalls=2, longest_gap_ms=900)
        await ada.do("qoe.report", "q-1", stalls=2, longest_gap_ms=900)
        async for item in ears:
            if isinstance(item, Passing) and isinstance(item.body, Quality) and item.body.stalled:
                break
        assert item.body == Quality(node="g1", viewers=2, stalled=1, audio_only=1)
