"""Pictures and sounds, from a media node's `/feeds` to viewers."""

import itertools
from typing import Any

from broadcast.core.entries import Cut, Draft, EventState, Moved, Order, Orders, RungKind
from broadcast.core.passing import Passing, Witness
from broadcast.core.position import MemberId, room_log, staff_log
from broadcast.log.memory import MemoryLog
from tests.liveserver.gateway.feeds import VIDEO, FeedNode, feeding, feeds, pictures, text, viewing
from tests.liveserver.gateway.node import BACKUP, ROOM, Rooms, host, joined, serving
from tests.waiting import until

CONTROLLER = MemberId("controller")


async def cut(log: MemoryLog, source: str | None, rung: RungKind, key: str = "cut") -> None:
    """What a controller writes."""
    body = Cut(source=source, rung=rung, reason="Because", cause="test")
    await log.append(room_log(ROOM), Draft(body, key, CONTROLLER, checked=False, sets={"cut": body}))


async def order(log: MemoryLog, *orders: Order) -> None:
    """The plan's standing orders."""
    body = Orders(orders=orders or (Order(source="main", then="standby"),), token=1)
    await log.append(staff_log(ROOM), Draft(body, "orders", CONTROLLER, checked=False, sets={"orders": body}))


async def test_a_viewer_begins_with_everything_since_the_newest_key_frame() -> None:
    async with feeding() as media, serving(MemoryLog(), media_nodes=(media.url,)) as node:
        main = media.up("main", interval_s=10)
        async with viewing(node) as first:
            await first.framed(2)
            for _ in range(6):
                main.picture()
            await first.framed(14)
            async with viewing(node, wire="live.v1.msgpack") as late:
                await late.framed(14)
                named = feeds(late)
                assert {m["kind"] for m in named.values()} == {"video", "audio"}
                assert next(m for m in named.values() if m["kind"] == "video")["config"] == VIDEO
                shown = [int(text(frame)[2]) for _, frame, _, _ in pictures(late)]
                assert shown == list(range(shown[-1] - 6, shown[-1] + 1))
                main.picture()
                await late.framed(16)
                assert int(text(pictures(late)[-1][1])[2]) == shown[-1] + 1
        assert media.pulls == [(ROOM, "main")], "one pull for all viewers"


async def test_each_feed_is_named_before_its_first_frame_which_is_a_key_frame_and_first_of_its_cut() -> None:
    async with feeding() as media, serving(MemoryLog(), media_nodes=(media.url,)) as node:
        media.up("main")
        async with viewing(node) as viewer:
            await viewer.framed(20)
            for number in feeds(viewer):
                assert viewer.order.index(f"frame {number}") > viewer.order.index("feed")
                mine = [frame for frame in viewer.frames if frame[1].feed == number]
                assert mine[0][1].key
                assert [first for _, _, _, first in mine] == [True] + [False] * (len(mine) - 1)
            assert {cut for _, _, cut, _ in viewer.frames} == {1}


async def test_a_new_format_is_named_again() -> None:
    async with feeding() as media, serving(MemoryLog(), media_nodes=(media.url,)) as node:
        main = media.up("main", interval_s=10)
        async with viewing(node) as viewer:
            await viewer.framed(2)
            main.picture(config={**VIDEO, "codedWidth": 1280})
            await viewer.hear(lambda m: m["type"] == "feed" and m["config"].get("codedWidth") == 1280)
            await viewer.framed(4)
            assert pictures(viewer)[-1][1].key
            assert {cut for _, _, cut, _ in viewer.frames} == {1}


async def test_a_cut_begins_the_other_source_from_its_key_frame_under_the_next_number() -> None:
    log = MemoryLog()
    async with feeding() as media, serving(log, media_nodes=(media.url,)) as node:
        media.up("main")
        media.up("standby", gop=1000)
        async with viewing(node) as viewer, viewing(node, media="audio") as listener:
            await viewer.framed(10)
            await cut(log, "standby", RungKind.STANDBY)
            async with viewing(node) as late:
                await late.framed(1)
                assert {cut for _, _, cut, _ in late.frames} == {1}, "cut numbers count per connection"
            await until(lambda: {c for _, _, c, _ in viewer.frames} == {1, 2})
            numbers = [cut for _, _, cut, _ in viewer.frames]
            assert numbers == sorted(numbers)
            second = [frame for frame in pictures(viewer) if frame[2] == 2]
            assert (text(second[0][1])[0], second[0][1].key, second[0][3]) == ("standby", True, True)
            shown = [int(text(frame)[2]) for _, frame, _, _ in second]
            assert shown == list(range(shown[0], shown[0] + len(shown))), "no picture is missing or doubled"
            await until(lambda: {c for _, _, c, _ in listener.frames} == {1, 2})
            assert {feeds(listener)[frame.feed]["kind"] for _, frame, _, _ in listener.frames} == {"audio"}


async def test_while_the_old_source_still_comes_a_cut_waits_for_the_new_ones_key_frame() -> None:
    log = MemoryLog()
    async with feeding() as media, serving(log, media_nodes=(media.url,)) as node:
        media.up("main")
        standby = media.up("standby", gop=1000)
        async with viewing(node) as viewer:
            await viewer.framed(10)
            await until(lambda: standby.sent > 10)
            await cut(log, "standby", RungKind.STANDBY)
            await viewer.hear("cut")
            await until(lambda: "standby" in media.refreshed)
            seen = len(viewer.frames)
            await viewer.framed(seen + 4)
            assert {c for _, _, c, _ in viewer.frames} == {1}
            before = standby.sent
            standby.key_next = True
            await until(lambda: any(c == 2 for _, _, c, _ in viewer.frames))
            first = next(frame for _, frame, c, _ in viewer.frames if c == 2)
            assert first.key
            assert int(text(first)[2]) >= before


async def test_rungs_send_sound_alone_or_nothing_and_the_sound_goes_on_unbroken() -> None:
    log = MemoryLog()
    async with feeding() as media, serving(log, media_nodes=(media.url,)) as node:
        media.up("main")
        async with viewing(node) as viewer:
            await viewer.framed(10)
            await cut(log, "main", RungKind.AUDIO, "1")
            await viewer.hear("cut")
            seen = len(viewer.frames)
            await viewer.framed(seen + 20)
            kinds = feeds(viewer)
            assert {kinds[frame.feed]["kind"] for _, frame, _, _ in viewer.frames[seen + 2 :]} == {"audio"}
            await cut(log, "main", RungKind.MAIN, "2")
            await until(lambda: kinds[viewer.frames[-1][1].feed]["kind"] == "video")
            assert {c for _, _, c, _ in viewer.frames} == {1}
            sounds = [int(text(f)[2]) for _, f, _, _ in viewer.frames if kinds[f.feed]["kind"] == "audio"]
            assert sounds == list(range(sounds[0], sounds[0] + len(sounds)))
            await cut(log, None, RungKind.SLATE, "3")
            await viewer.hear(lambda m: m["type"] == "cut" and m["rung"] == "slate")
            seen = len(viewer.frames)
            assert (await viewer.do("chat.send", "c", text="quiet"))["type"] == "ack"
            assert len(viewer.frames) <= seen + 2
            await cut(log, "main", RungKind.MAIN, "4")
            await until(lambda: viewer.frames[-1][2] == 2)


async def test_nothing_is_sent_unless_the_event_is_live() -> None:
    log = MemoryLog()
    directory = Rooms(EventState.OPEN)
    async with feeding() as media, serving(log, media_nodes=(media.url,), directory=directory) as node:
        media.up("main")
        async with viewing(node) as viewer, joined(node, token=host()) as boss:
            await until(lambda: media.pulls)
            assert (await viewer.do("chat.send", "c", text="early"))["type"] == "ack"
            assert viewer.frames == []
            await boss.do("event.start", "e-1")
            await viewer.framed(5)
            await boss.do("event.pause", "e-2")
            await viewer.hear(lambda m: m["type"] == "event" and m["state"] == "break")
            seen = len(viewer.frames)
            await viewer.do("chat.send", "c2", text="pause")
            assert len(viewer.frames) == seen


async def test_a_silent_source_is_left_by_standing_order_within_a_fifth_of_a_second_and_reported() -> None:
    log = MemoryLog()
    async with feeding() as media, serving(log, media_nodes=(media.url,)) as node:
        main = media.up("main")
        media.up("standby")
        await order(log)
        async with viewing(node) as viewer, log.subscribe(staff_log(ROOM)) as ears:
            await viewer.framed(30)
            main.stop()
            await until(lambda: viewer.frames[-1][2] == 2)
            shown = pictures(viewer)
            before = max(at for at, _, number, _ in shown if number == 1)
            after = min(at for at, _, number, _ in shown if number == 2)
            assert 0.1 < after - before < 0.4
            async for item in ears:
                if isinstance(item, Passing) and isinstance(item.body, Witness):
                    break
            assert (item.body.source, item.body.saw, item.body.showing) == ("main", "silent", "standby")
            main.start()
            seen = len(viewer.frames)
            await viewer.framed(seen + 60)
            assert {c for _, _, c, _ in viewer.frames[seen:]} == {2}, "never back by itself"
            await cut(log, "standby", RungKind.STANDBY, "1")
            await viewer.hear("cut")
            seen = len(viewer.frames)
            await viewer.framed(seen + 10)
            assert viewer.frames[-1][2] == 2, "a cut that restates what is shown changes nothing"
            await cut(log, "main", RungKind.MAIN, "2")
            await until(lambda: viewer.frames[-1][2] == 3)


async def test_a_lost_media_node_takes_its_sources_with_it() -> None:
    log = MemoryLog()
    async with feeding() as one, feeding() as two, serving(log, media_nodes=(one.url, two.url)) as node:
        one.up("main")
        two.up("standby")
        await order(log)
        async with viewing(node) as viewer:
            await viewer.framed(20)
            one.is_mute = True
            await until(lambda: text(viewer.frames[-1][1])[0] == "standby")
            upstream = node.gateway._upstream
            assert upstream is not None
            await until(lambda: upstream.links()[one.url] is False)


async def test_of_two_sessions_of_one_source_the_newest_counts() -> None:
    async with feeding() as one, feeding() as two, serving(MemoryLog(), media_nodes=(one.url, two.url)) as node:
        one.up("main", since_ms=100)
        async with viewing(node) as viewer:
            await viewer.framed(10)
            newer = two.up("main", since_ms=200)
            await until(lambda: viewer.frames[-1][2] == 2)
            assert text(viewer.frames[-1][1])[1] == newer.session
            two.down(newer)
            await until(lambda: viewer.frames[-1][2] == 3)


async def test_a_source_without_a_picture_is_heard() -> None:
    async with feeding() as media, serving(MemoryLog(), media_nodes=(media.url,)) as node:
        media.up("main", video=None)
        async with viewing(node) as viewer, viewing(node) as late:
            await viewer.framed(10)
            await late.framed(10)


async def test_in_the_room_an_audience_moved_to_cut_numbers_go_on() -> None:
    log = MemoryLog()
    async with feeding() as media, serving(log, media_nodes=(media.url,)) as node:
        media.up("main")
        elsewhere = media.up("main", BACKUP)
        async with viewing(node) as viewer:
            await viewer.framed(10)
            body = Moved(room=BACKUP, url="", spread_ms=0, reason="Because")
            await log.append(room_log(ROOM), Draft(body, "m", CONTROLLER, checked=False, sets={"moved": body}))
            await viewer.hear(lambda m: m["type"] == "welcome" and m["room"]["id"] == BACKUP)
            await until(lambda: viewer.frames[-1][2] == 2)
            assert text(viewer.frames[-1][1])[1] == elsewhere.session
            numbers = [number for _, _, number, _ in viewer.frames]
            assert numbers == sorted(numbers)


async def test_feeds_are_pulled_while_somebody_is_there() -> None:
    async with feeding() as media, serving(MemoryLog(), media_nodes=(media.url,), linger_s=0.05, sweep_s=0.02) as node:
        media.up("main")
        async with viewing(node) as viewer:
            await viewer.framed(2)
        await until(lambda: not any(pulled for pulled in pulled_by(media)))


async def test_a_media_node_that_comes_back_is_found_again() -> None:
    async with feeding() as media, serving(MemoryLog(), media_nodes=(media.url,)) as node:
        media.up("main")
        async with viewing(node) as viewer:
            await viewer.framed(4)
            await media.hang_up()
            seen = len(viewer.frames)
            await viewer.framed(seen + 10)


def pulled_by(media: FeedNode) -> list[Any]:
    return list(itertools.chain(media._connections.values()))
