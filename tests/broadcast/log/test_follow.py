"""Following a log in memory, whole and through a channel and readings that fail."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.core import history
from broadcast.core.entries import Entry, Settings
from broadcast.core.errors import Outage
from broadcast.core.passing import Count, Passing
from broadcast.core.position import LogId, Position
from broadcast.log import follow
from broadcast.log.ear import Ear
from broadcast.log.follow import RETRY_MAX_S, RETRY_MIN_S, backoff_s
from broadcast.log.memory import MemoryLog
from broadcast.log.port import Reading
from tests.broadcast.log.reader import DEMO, Reader, draft
from tests.waiting import until


class Shaky(MemoryLog):
    """A log in memory whose channel and readings fail when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.deaf_to: Callable[[Entry | Passing], bool] = lambda _: False
        self.failures = 0
        self.readings = 0
        self.open: list[Ear] = []

    @asynccontextmanager
    async def subscribe(self, log: LogId) -> AsyncIterator[Ear]:
        if self.failures > 0:
            self.failures -= 1
            raise Outage("log", "refused")
        async with super().subscribe(log) as ear:
            hear = ear.hear

            def sift(item: Entry | Passing) -> None:
                if not self.deaf_to(item):
                    hear(item)

            ear.hear = sift  # type: ignore[method-assign]
            self.open.append(ear)
            try:
                yield ear
            finally:
                self.open.remove(ear)

    async def read(self, log: LogId, after: Position | None, limit: int) -> Reading:
        self.readings += 1
        if self.failures > 0:
            self.failures -= 1
            raise Outage("log", "no answer")
        return await super().read(log, after, limit)


@pytest.fixture
async def log() -> AsyncIterator[Shaky]:
    made = Shaky()
    yield made
    await made.close()


@pytest.fixture(autouse=True)
def _in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "RETRY_MIN_S", 0.001)
    monkeypatch.setattr(follow, "RETRY_MAX_S", 0.01)


async def say(log: MemoryLog, *texts: str) -> None:
    for text in texts:
        await log.append(DEMO, draft(text))


async def test_a_reader_gets_the_log_as_it_stands_and_then_what_happens(log: Shaky) -> None:
    await log.append(DEMO, draft("a", sets={"settings": Settings(slow_mode_s=5)}))
    async with Reader(log) as reader:
        await until(lambda: reader.shown)
        await say(log, "b", "c")
        await log.publish(DEMO, Count(members=2))
        await until(lambda: len(reader.shown) == 4)
    assert reader.kinds == ["Snapshot", "Entry", "Entry", "Passing"]
    assert reader.texts == ["a", "b", "c"]
    assert reader.snapshots[0].state == {"settings": Settings(slow_mode_s=5)}
    assert reader.snapshots[0].whole


async def test_a_reader_that_comes_back_gets_what_it_missed(log: Shaky) -> None:
    await say(log, "a", "b", "c")
    epoch = (await log.read(DEMO, None, 0)).position.epoch
    async with Reader(log, Position(epoch, 1)) as back, Reader(log, Position(epoch, 1), limit=1) as late:
        await until(lambda: back.shown and late.shown)
    assert (back.texts, back.snapshots[0].whole) == (["b", "c"], True)
    assert (late.texts, late.snapshots[0].whole) == (["c"], False)


async def test_what_the_channel_loses_is_read(log: Shaky) -> None:
    async with Reader(log) as reader:
        await until(lambda: reader.shown)
        log.deaf_to = lambda item: isinstance(item, Entry) and item.offset in (2, 3)
        await say(log, "a", "b", "c", "d")
        await until(lambda: len(reader.texts) == 4)
    assert reader.texts == ["a", "b", "c", "d"]
    assert reader.kinds == ["Snapshot", *["Entry"] * 4]


async def test_what_is_lost_for_good_is_a_snapshot(log: Shaky) -> None:
    async with Reader(log, limit=2) as reader:
        await until(lambda: reader.shown)
        log.deaf_to = lambda item: isinstance(item, Entry) and item.offset < 5
        await say(log, "a", "b", "c", "d", "e")
        await until(lambda: len(reader.snapshots) == 2)
    assert not reader.snapshots[1].whole
    assert reader.texts == ["d", "e"]


async def test_a_lost_channel_is_said_and_mended(log: Shaky) -> None:
    await say(log, "a")
    async with Reader(log) as reader:
        await until(lambda: reader.shown)
        log.deaf_to = lambda _: True
        await say(log, "b")
        log.open[0].lose(Outage("log", "cut"))
        log.deaf_to = lambda _: False
        await until(lambda: len(reader.texts) == 2)
        await say(log, "c")
        await until(lambda: len(reader.texts) == 3)
    assert reader.kinds == ["Snapshot", "Interrupted", "Resumed", "Entry", "Entry"]


async def test_a_log_that_is_away_for_long_is_said_to_be_once(log: Shaky) -> None:
    log.failures = 5
    await say(log, "a")
    async with Reader(log) as reader:
        await until(lambda: reader.texts)
    assert reader.kinds == ["Interrupted", "Snapshot"]


async def test_what_was_shown_before_a_reading_failed_is_not_lost(log: Shaky) -> None:
    async with Reader(log) as reader:
        await until(lambda: reader.shown)
        log.deaf_to = lambda item: isinstance(item, Entry) and item.offset == 2
        await say(log, "a", "b")
        log.failures = 3
        await say(log, "c")
        await until(lambda: len(reader.texts) == 3)
    assert reader.texts == ["a", "b", "c"]
    assert reader.kinds == ["Snapshot", "Entry", "Interrupted", "Resumed", "Entry", "Entry"]


async def test_silence_is_not_trusted_for_ever(log: Shaky, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "PROVE_AFTER_S", 0.05)
    async with Reader(log) as reader:
        await until(lambda: reader.shown)
        log.deaf_to = lambda _: True
        await say(log, "a")
        await until(lambda: reader.texts == ["a"])
        readings = log.readings
        await until(lambda: log.readings > readings)
    assert reader.kinds == ["Snapshot", "Entry"]


async def test_the_reader_s_channel_is_closed_with_it(log: Shaky) -> None:
    async with Reader(log) as reader:
        await until(lambda: reader.shown)
        assert len(log.open) == 1
    await until(lambda: not log.open)


async def test_following_ends_when_the_log_is_closed(log: Shaky) -> None:
    async with Reader(log) as reader:
        await until(lambda: reader.shown)
        await log.close()
        await asyncio.wait_for(reader.task, 5)


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_retries_are_spread_and_bounded(failures: int, chance: float) -> None:
    assert 0 < backoff_s(failures, chance) <= RETRY_MAX_S
    assert backoff_s(failures, 0.0) == follow.RETRY_MIN_S


def test_retries_grow() -> None:
    waits = [backoff_s(failures, 1.0) for failures in range(6)]
    assert waits == sorted(waits)
    assert RETRY_MIN_S < RETRY_MAX_S
