"""The hub: who is up, who reads what, and what a reader who joins is sent first."""

import msgpack
import pytest

from broadcast.core.entries import Kind
from broadcast.core.errors import PeerFault
from broadcast.core.frame import Frame, unpack
from broadcast.media.hub import PULLS_MAX, SINCE_KEY_MAX, SOUND_ALONE, Hub, Live, Reader

NAME = ("demo", "main")
CONFIG = {"codec": "vp8", "codedWidth": 64, "codedHeight": 36}


class Stage:
    """A hub, its clock, and a count of key frames asked for."""

    def __init__(self) -> None:
        self.now = 0.0
        self.asked = 0
        self.hub = Hub("m1", 500, lambda: self.now)

    def live(self, source: str = "main", session: str = "s1", since_ms: int = 1) -> Live:
        return Live("demo", source, session, since_ms, self._ask)

    def _ask(self) -> None:
        self.asked += 1

    def picture(self, live: Live, number: int, *, key: bool = False) -> None:
        self.hub.frame(live, Kind.VIDEO, number, b"v%d" % number, self.now, key=key)

    def sound(self, live: Live, number: int) -> None:
        self.hub.frame(live, Kind.AUDIO, number, b"a%d" % number, self.now, key=True)


def taken(reader: Reader) -> list[dict | Frame]:
    found: list[dict | Frame] = []
    while (item := reader.take()) is not None:
        whole = unpack(item.data)
        found.append(msgpack.unpackb(item.data) if whole is None else whole[0])
    assert not reader.ready.is_set()
    return found


def payloads(messages: list[dict | Frame]) -> list[bytes]:
    return [message.payload for message in messages if isinstance(message, Frame)]


@pytest.fixture
async def stage() -> Stage:
    return Stage()


async def test_a_reader_is_greeted_and_told_of_each_source_then_of_each_change(stage):
    live = stage.live()
    stage.hub.announce(live)
    reader = stage.hub.join()
    hello, up = taken(reader)
    assert hello == {"type": "node", "node": "m1", "tick_ms": 500}
    assert (up["type"], up["state"], up["session"], up["since_ms"]) == ("source", "up", "s1", 1)
    stage.hub.retire(live, "left")
    stage.hub.retire(live, "left")
    (down,) = taken(reader)
    assert (down["state"], down["reason"], down["session"]) == ("down", "left", "s1")


async def test_a_pull_begins_with_everything_since_the_newest_key_frame(stage):
    live = stage.live()
    stage.hub.configure(live, Kind.VIDEO, CONFIG)
    stage.hub.configure(live, Kind.AUDIO, {"codec": "opus"})
    stage.picture(live, 1, key=True)
    stage.sound(live, 2)
    stage.picture(live, 3, key=True)
    stage.sound(live, 4)
    stage.picture(live, 5)
    stage.hub.announce(live)
    reader = stage.hub.join()
    taken(reader)
    stage.hub.pull(reader, NAME)
    stage.hub.pull(reader, NAME)
    first = taken(reader)
    assert [message["kind"] for message in first[:2]] == ["video", "audio"]
    assert payloads(first) == [b"v3", b"a4", b"v5"]
    stage.picture(live, 6)
    assert payloads(taken(reader)) == [b"v6"]
    stage.hub.stop(reader, NAME)
    stage.picture(live, 7)
    assert taken(reader) == []


async def test_a_pull_of_what_is_not_up_yet_begins_when_it_is(stage):
    reader = stage.hub.join()
    stage.hub.pull(reader, NAME)
    stage.hub.refresh(NAME)
    taken(reader)
    live = stage.live()
    stage.hub.configure(live, Kind.VIDEO, CONFIG)
    stage.picture(live, 1, key=True)
    assert taken(reader) == []
    stage.hub.announce(live)
    messages = taken(reader)
    assert [message["type"] for message in messages[:2]] == ["source", "feed"]
    assert payloads(messages) == [b"v1"]


async def test_a_new_format_is_told_before_its_key_frame_under_the_same_number(stage):
    live = stage.live()
    reader = stage.hub.join()
    stage.hub.pull(reader, NAME)
    stage.hub.configure(live, Kind.VIDEO, CONFIG)
    stage.picture(live, 1, key=True)
    stage.hub.announce(live)
    stage.hub.configure(live, Kind.VIDEO, {**CONFIG, "codedWidth": 128})
    stage.picture(live, 2, key=True)
    feeds = [message for message in taken(reader) if isinstance(message, dict) and message["type"] == "feed"]
    assert [message["config"]["codedWidth"] for message in feeds] == [64, 128]
    assert len({message["feed"] for message in feeds}) == 1


async def test_a_newer_session_takes_the_place_of_the_older(stage):
    reader = stage.hub.join()
    older, newer = stage.live(), stage.live(session="s2", since_ms=2)
    stage.hub.announce(older)
    taken(reader)
    stage.hub.announce(newer)
    assert [(message["session"], message["state"]) for message in taken(reader)] == [("s1", "down"), ("s2", "up")]
    stage.hub.retire(older, "left")
    assert taken(reader) == []
    stage.hub.configure(older, Kind.VIDEO, CONFIG)
    stage.hub.pull(reader, NAME)
    stage.picture(older, 1, key=True)
    assert taken(reader) == []


async def test_feed_numbers_in_use_are_never_given_twice(stage):
    first = stage.live()
    stage.hub.configure(first, Kind.VIDEO, CONFIG)
    stage.hub.announce(first)
    number = first.feeds[Kind.VIDEO]
    stage.hub._next_feed = 0xFFFF
    second = stage.live(source="standby")
    stage.hub.configure(second, Kind.VIDEO, CONFIG)
    assert number == 1
    assert second.feeds[Kind.VIDEO] == 2


async def test_a_reader_that_lags_has_a_key_frame_asked_for(stage):
    live = stage.live()
    reader = stage.hub.join()
    stage.hub.pull(reader, NAME)
    stage.hub.configure(live, Kind.VIDEO, CONFIG)
    stage.hub.announce(live)
    for number in range(12):
        stage.now = number / 10
        stage.picture(live, number, key=number == 0)
    assert stage.asked == 1
    stage.hub.refresh(NAME)
    assert stage.asked == 2
    stage.hub.leave(reader)
    assert stage.hub.dropped == 12


async def test_what_is_kept_for_joiners_is_bounded(stage):
    live = stage.live()
    stage.hub.configure(live, Kind.VIDEO, CONFIG)
    stage.hub.configure(live, Kind.AUDIO, {"codec": "opus"})
    stage.picture(live, 0, key=True)
    for number in range(SINCE_KEY_MAX + 10):
        stage.picture(live, number + 1)
        stage.sound(live, number + 1)
    assert live.pictures == []
    assert len(live.kept()) <= SOUND_ALONE
    stage.picture(live, 5000, key=True)
    assert payloads_of(live) == [b"v5000"]


def payloads_of(live: Live) -> list[bytes]:
    return [found[0].payload for item in live.kept() if (found := unpack(item.data)) is not None]


async def test_sound_alone_begins_with_its_newest_packets(stage):
    live = stage.live()
    stage.hub.configure(live, Kind.AUDIO, {"codec": "opus"})
    for number in range(50):
        stage.sound(live, number)
    kept = payloads_of(live)
    assert kept[-1] == b"a49"
    assert 1 <= len(kept) <= SOUND_ALONE + 1


async def test_samples_go_to_who_watches_and_pulls_are_bounded(stage):
    live = stage.live()
    stage.hub.sample(live, None, None)
    watcher, other = stage.hub.join(), stage.hub.join()
    watcher.watches = True
    taken(watcher)
    taken(other)
    stage.hub.sample(live, {"silent_ms": 1}, None)
    assert [message["video"] for message in taken(watcher)] == [{"silent_ms": 1}]
    assert taken(other) == []
    for number in range(PULLS_MAX):
        stage.hub.pull(other, ("demo", str(number)))
    with pytest.raises(PeerFault):
        stage.hub.pull(other, NAME)
