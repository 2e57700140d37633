"""/feeds: only nodes read here, each within bounds, and whoever breaks the rules is told why."""

import asyncio

import msgpack
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from broadcast.core.codes import Close
from broadcast.core.entries import Kind, Role
from broadcast.media import serve
from broadcast.media.hub import Live
from tests.broadcast.media.conftest import publishing, reading, running, token
from tests.waiting import until


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (None, 401),
        ("Bearer nonsense", 401),
        (f"Bearer {token(Role.NODE, event='*', for_s=-1)}", 401),
        (f"Bearer {token(Role.HOST)}", 403),
        (f"Bearer {token(Role.OPERATOR, event='*')}", 403),
    ],
)
async def test_only_nodes_read_here(node, authorization, status):
    headers = {} if authorization is None else {"Authorization": authorization}
    with pytest.raises(InvalidStatus) as caught:
        async with connect(node.feeds, additional_headers=headers):
            pass
    assert caught.value.response.status_code == status
    assert b'"code"' in caught.value.response.body


async def test_something_comes_at_least_every_tick(node):
    async with reading(node) as reader:
        await until(lambda: len(reader.of("tick")) >= 2)
        assert reader.messages[0] == {"type": "node", "node": "m1", "tick_ms": 500}


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (msgpack.packb({"type": "sing"}), Close.PROTOCOL),
        (msgpack.packb({"room": "demo"}), Close.PROTOCOL),
        (msgpack.packb({"type": "pull", "room": "NO", "source": "main"}), Close.PROTOCOL),
        (msgpack.packb({"type": "pull", "room": "demo"}), Close.PROTOCOL),
        (msgpack.packb({"type": "pull", "room": "demo", "source": "x" * 50}), Close.PROTOCOL),
        (msgpack.packb([1]), Close.PROTOCOL),
        (b"\xc1", Close.PROTOCOL),
        (b"", Close.PROTOCOL),
        ("text", Close.PROTOCOL),
        (msgpack.packb({"type": "watch", "x": "y" * 5000}), Close.TOO_LARGE),
    ],
)
async def test_a_reader_that_breaks_the_rules_is_told_and_let_go(node, message, code):
    async with reading(node) as reader:
        await reader.socket.send(message)
        await until(lambda: reader.closed is not None)
        assert reader.closed == code
    await until(lambda: not node.node.hub.readers)


async def test_samples_come_four_times_a_second_to_who_asked(node, h264_clip):
    async with reading(node) as watcher, reading(node) as other, publishing(node, h264_clip):
        await watcher.say(type="watch")
        await until(lambda: len(watcher.of("sample")) >= 5)
        sample = watcher.of("sample")[-1]
        assert set(sample["video"]) == {
            "silent_ms", "frames_per_s", "bitrate_bps", "loss", "key_age_ms", "width", "height", "black", "frozen"
        }  # fmt: skip
        assert set(sample["audio"]) == {"silent_ms", "packets_per_s", "bitrate_bps", "loss", "silence"}
        assert (sample["video"]["width"], sample["video"]["height"], sample["video"]["black"]) == (320, 180, None)
        assert sample["video"]["silent_ms"] < 500
        assert other.of("sample") == []


async def test_a_frozen_source_is_seen_to_be_silent_and_stays_up_for_ten_seconds(node, h264_clip, monkeypatch):
    async with reading(node) as reader, publishing(node, h264_clip) as publisher:
        await reader.say(type="watch")
        await until(lambda: reader.of("sample"))
        publisher.freeze()
        await until(lambda: reader.of("sample")[-1]["video"]["silent_ms"] > 600)
        assert reader.of("sample")[-1]["audio"]["silent_ms"] > 500
        assert reader.of("source", state="down") == []
        publisher.thaw()
        await until(lambda: reader.of("sample")[-1]["video"]["silent_ms"] < 100)
        publisher.freeze()
        monkeypatch.setattr("broadcast.media.life.SILENT_S", 0.5)
        await until(lambda: reader.of("source", state="down", reason="silent"))


async def test_a_refresh_asks_the_publisher_for_a_key_frame_not_more_often_than_twice_a_second(node, h264_clip):
    asked = []
    async with reading(node) as reader, publishing(node, h264_clip) as publisher:
        await until(lambda: reader.of("source", state="up"))
        for sender in publisher._connection.getSenders():
            if sender.kind == "video":
                sender._send_keyframe = lambda: asked.append(asyncio.get_running_loop().time())
        for _ in range(20):
            await reader.say(type="refresh", room="demo", source="main")
        await reader.say(type="refresh", room="demo", source="standby")
        await until(lambda: len(asked) >= 2)
    assert asked[1] - asked[0] > 0.45


async def test_a_stopped_pull_sends_no_more_and_another_begins_with_a_key_frame(node, h264_clip):
    async with reading(node) as reader, publishing(node, h264_clip):
        await reader.say(type="pull", room="demo", source="main")
        await until(lambda: len(reader.frames_of("video")) > 5)
        await reader.say(type="stop", room="demo", source="main")
        await until(lambda: not next(iter(node.node.hub.readers)).pulled)
        ticks = len(reader.of("tick"))
        await until(lambda: len(reader.of("tick")) > ticks)
        reader.order.clear()
        await reader.say(type="pull", room="demo", source="main")
        await until(lambda: len(reader.order) > 4)
        feeds = {
            message["kind"]: message["feed"]
            for message in reader.order
            if isinstance(message, dict) and "kind" in message
        }
        pictures = [frame for frame in reader.order if not isinstance(frame, dict) and frame.feed == feeds["video"]]
        assert pictures[0].key


async def test_a_reader_that_takes_nothing_holds_back_nobody_and_is_let_go(node, monkeypatch):
    """Its kernel buffers fill, then a second's worth is held here, then pictures are dropped, then it is closed."""
    monkeypatch.setattr(serve, "SEND_S", 2.5)
    live = Live("demo", "main", "s", 1, lambda: None)
    hub = node.node.hub
    hub.configure(live, Kind.VIDEO, {"codec": "vp8", "codedWidth": 64, "codedHeight": 36})
    hub.announce(live)
    loop = asyncio.get_running_loop()
    headers = {"Authorization": f"Bearer {token(Role.NODE, event='*')}"}
    async with (
        reading(node) as quick,
        connect(node.feeds, additional_headers=headers, max_queue=1, close_timeout=0.1) as slow,
    ):
        await slow.send(msgpack.packb({"type": "pull", "room": "demo", "source": "main"}))
        await quick.say(type="pull", room="demo", source="main")
        await until(lambda: sum(("demo", "main") in reader.pulled for reader in hub.readers) == 2)
        slow.transport.pause_reading()
        held = []
        sent = 0

        def more() -> bool:
            nonlocal sent
            hub.frame(live, Kind.VIDEO, sent, bytes(200_000), loop.time(), key=sent % 30 == 0)
            sent += 1
            held.extend(loop.time() - item.at for reader in hub.readers for item in reader.backlog._items if item.feed)
            return len(hub.readers) == 1

        await until(more, within_s=20, what="the slow reader was let go")
        assert max(held) <= 1.1
        assert hub.dropped > 0
        await until(lambda: len(quick.frames) == sent)


async def test_readers_are_bounded_in_number(node, monkeypatch):
    monkeypatch.setattr(serve, "READERS_MAX", 1)
    async with reading(node):
        with pytest.raises(InvalidStatus) as caught:
            async with reading(node):
                pass
        assert caught.value.response.status_code == 503


async def test_a_node_that_closes_says_so_to_readers_and_publishers(h264_clip):
    async with running(WATCH="off") as node, reading(node) as reader, publishing(node, h264_clip) as publisher:
        await until(lambda: reader.of("source", state="up"))
        await node.node.close()
        await until(lambda: reader.closed is not None and publisher.fault is not None)
        assert reader.closed == Close.DRAIN
        assert not node.node.ready()
