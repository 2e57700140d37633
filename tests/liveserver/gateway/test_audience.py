"""Audiences, their pace, origins, and which of two publications counts."""

import asyncio
from collections.abc import Callable

import pytest

from broadcast.core.position import RoomId
from liveserver.gateway import frames
from liveserver.gateway.audience import WINDOW_MAX_S, Audience, Pace
from liveserver.gateway.link import feeds_address
from liveserver.gateway.sources import Chosen, Publication, Sources, Vanished
from tests.waiting import until

ROOM = RoomId("demo")


class Seat:
    """Where bytes go."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []

    @property
    def write(self) -> Callable[[bytes], None]:
        return self.writes.append


def test_with_room_to_spare_nothing_waits_and_under_load_things_wait_together() -> None:
    pace = Pace()
    assert pace.window_s(0.0) == 0.0
    for n in range(100):
        pace.spent(0.009, n * 0.01)
    assert pace.window_s(1.0) == pytest.approx(WINDOW_MAX_S)
    assert pace.window_s(2.0) == 0.0, "and it is forgotten soon"


async def test_an_idle_audience_is_written_to_at_once() -> None:
    audience, seat = Audience[Seat](Pace(), asyncio.get_running_loop()), Seat()
    audience.send(b"nobody there")
    audience.add(seat)
    audience.send(b"a")
    assert seat.writes == [b"a"]
    audience.remove(seat)
    audience.remove(seat)
    audience.send(b"b")
    assert seat.writes == [b"a"]


async def test_under_load_one_write_carries_several_messages() -> None:
    loop, pace = asyncio.get_running_loop(), Pace()
    audience, seat = Audience[Seat](pace, loop), Seat()
    audience.add(seat)
    audience.send(b"a")
    pace.spent(10.0, loop.time())
    for data in (b"b", b"c", b"d"):
        audience.send(data)
    assert seat.writes == [b"a"]
    await until(lambda: seat.writes == [b"a", b"bcd"])
    assert audience.recent_bytes(loop.time()) == 4
    assert audience.recent_bytes(loop.time() + 1) == 0


async def test_who_comes_or_goes_gets_what_was_sent_before_and_after_exactly() -> None:
    loop, pace = asyncio.get_running_loop(), Pace()
    audience, early, late = Audience[Seat](pace, loop), Seat(), Seat()
    audience.add(early)
    audience.send(b"a")
    pace.spent(10.0, loop.time())
    audience.send(b"b")
    audience.add(late)
    audience.send(b"c")
    audience.remove(early)
    await until(lambda: late.writes == [b"c"])
    assert early.writes == [b"a", b"b", b"c"]


@pytest.mark.parametrize(("size", "header"), [(125, 2), (126, 4), (65_535, 4), (65_536, 10)])
def test_frames_have_the_header_that_their_size_needs(size: int, header: int) -> None:
    assert len(frames.binary(b"x" * size)) == size + header


def test_the_address_of_feeds() -> None:
    assert feeds_address("http://m1:8100") == "ws://m1:8100/feeds"
    assert feeds_address("https://m1.example/media/") == "wss://m1.example/media/feeds"


def publication(node: str, session: str, since_ms: int) -> Publication:
    return Publication(ROOM, "main", node, session, since_ms)


def test_the_newest_session_counts_and_an_older_one_takes_over_when_it_ends() -> None:
    sources = Sources()
    old, new = publication("m1", "s1", 10), publication("m2", "s2", 20)
    assert sources.announce(new) == [Chosen(new, None)]
    assert sources.announce(old) == []
    assert sources.of(ROOM) == [new]
    assert sources.withdraw(ROOM, "main", "m2", "another") == [], "word of a session long over"
    assert sources.withdraw(ROOM, "main", "m2", "s2") == [Chosen(old, new)]
    assert sources.withdraw(ROOM, "main", "m2", "s2") == []
    assert sources.lose("m1") == [Vanished(old)]
    assert sources.chosen(ROOM, "main") is None
    assert sources.lose("m1") == []


def test_of_two_equally_new_all_gateways_choose_the_same() -> None:
    one, two = publication("m1", "s1", 10), publication("m2", "s2", 10)
    for order in ((one, two), (two, one)):
        sources = Sources()
        for announced in order:
            sources.announce(announced)
        assert sources.chosen(ROOM, "main") == two
