"""Coming back: what was missed, once and in order; or the room anew."""

from broadcast.core.entries import Chat, Draft, Person, Role
from broadcast.core.position import LogId, MemberId, room_log
from broadcast.log.memory import MemoryLog
from tests.liveserver.gateway.node import ROOM, host, joined, moderator, serving
from tests.waiting import until

LOG = room_log(ROOM)
BEN = Person(MemberId("g-ben"), "Ben", Role.ATTENDEE)


async def say(log: MemoryLog, first: int, last: int, where: LogId = LOG) -> None:
    """Chat entries called by their numbers."""
    for n in range(first, last + 1):
        await log.append(where, Draft(Chat(author=BEN, text=str(n)), f"c-{n}", BEN.id))


async def test_who_comes_back_is_told_what_it_missed_and_nothing_twice() -> None:
    log = MemoryLog()
    async with serving(log) as one, serving(log, node_id="g2") as two:
        await say(log, 1, 3)
        async with joined(one) as ada:
            position = (await ada.hear("welcome"))["position"]
            assert position["offset"] == 3
        await say(log, 4, 6)
        async with joined(two, position=position) as ada:
            welcome = await ada.hear("welcome")
            assert welcome["resumed"] is True
            assert ada.texts() == ["4", "5", "6"]
            await say(log, 7, 7)
            await until(lambda: ada.texts() == ["4", "5", "6", "7"])


async def test_a_long_gap_is_filled_whole_though_the_welcome_holds_only_its_beginning() -> None:
    log = MemoryLog()
    async with serving(log, history_max=10) as node:
        await say(log, 1, 3)
        async with joined(node) as ada:
            position = (await ada.hear("welcome"))["position"]
        await say(log, 4, 40)
        async with joined(node, position=position) as ada:
            welcome = await ada.hear("welcome")
            assert (welcome["resumed"], len(welcome["history"]), welcome["position"]["offset"]) == (True, 10, 13)
            await until(lambda: len(ada.texts()) == 37)
            assert ada.texts() == [str(n) for n in range(4, 41)]


async def test_a_gap_older_than_what_the_gateway_holds_is_read_from_the_log() -> None:
    log = MemoryLog()
    await say(log, 1, 1_200)
    async with serving(log) as node:
        epoch = (await log.read(room_log(ROOM), None, 1)).position.epoch
        async with joined(node):
            await say(log, 1_201, 1_210)
            async with joined(node, position={"epoch": epoch, "offset": 15}) as ada:
                await until(lambda: len(ada.texts()) == 1_195)
                assert (await ada.hear("welcome"))["resumed"] is True
                assert ada.texts() == [str(n) for n in range(16, 1_211)]


async def test_a_gap_that_cannot_be_proven_whole_is_said_to_be_one() -> None:
    log = MemoryLog()
    await say(log, 1, 5_100)
    epoch = (await log.read(room_log(ROOM), None, 1)).position.epoch
    async with serving(log) as node:
        for position in (
            {"epoch": "another", "offset": 3},
            {"epoch": epoch, "offset": 9_999},
            {"epoch": epoch, "offset": 2},
        ):
            async with joined(node, position=position) as ada:
                welcome = await ada.hear("welcome")
                assert (welcome["resumed"], len(welcome["history"])) == (False, 200)
                assert welcome["position"] == {"epoch": epoch, "offset": 5_100}


async def test_staff_resume_both_logs() -> None:
    log = MemoryLog()
    async with serving(log) as node:
        async with joined(node, token=host()) as boss:
            await boss.do("contingency.veto", "v-1", for_s=5)
            entry = await boss.hear("override")
            assert (entry["log"], entry["offset"]) == ("staff", 1)
            position = {**(await boss.hear("welcome"))["position"], "staff_offset": 1}
        async with joined(node, token=moderator()) as other:
            assert [e["type"] for e in (await other.hear("welcome"))["history"]] == ["override"]
        async with joined(node, token=host(), position=position) as boss:
            welcome = await boss.hear("welcome")
            assert (welcome["resumed"], welcome["history"]) == (True, [])


async def test_a_log_that_came_back_with_another_past_is_shown_anew() -> None:
    """What subscribers are shown when their gap can't be filled: a second welcome."""
    log = MemoryLog()
    async with serving(log) as node, joined(node) as ada:
        await say(log, 1, 2)
        await until(lambda: len(ada.texts()) == 2)
        stream = log._streams[room_log(ROOM)]
        stream.epoch, stream.offset = "reborn", 0
        stream.entries.clear()
        await say(log, 3, 3)
        again = await ada.hear(lambda m: m["type"] == "welcome" and m["position"]["epoch"] == "reborn")
        assert again["resumed"] is False
        await say(log, 4, 4)
        await until(lambda: ada.texts()[-1] == "4")
