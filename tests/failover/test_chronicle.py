"""Incidents and their lines on their way into the record."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from broadcast.core.errors import Outage
from failover.chronicle import Chronicle
from tests.waiting import until


class Timeline:
    """A record that is away until `back`, and meets a bug in every line that says so."""

    def __init__(self) -> None:
        self.back = asyncio.Event()
        self.tried = 0
        self.lines: list[str] = []

    async def open_incident(self, incident: str, event: str, room: str, cause: str, at_ms: int) -> None:
        await self._write(f"opened {incident}")

    async def add_step(self, key: str, incident: str, number: int, what: str, text: str, at_ms: int) -> None:
        await self._write(text)

    async def close_incident(self, incident: str, at_ms: int) -> None:
        await self._write(f"closed {incident}")

    async def _write(self, line: str) -> None:
        self.tried += 1
        if not self.back.is_set():
            raise Outage("record", "nobody answers")
        if line == "bug":
            raise KeyError(line)
        self.lines.append(line)


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


@pytest.fixture
async def chronicle(timeline: Timeline, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Chronicle]:
    monkeypatch.setattr("failover.chronicle.RETRY_MIN_S", 0.01)
    monkeypatch.setattr("failover.chronicle.RETRY_MAX_S", 0.01)
    made = Chronicle(timeline)
    made.start()
    yield made
    await made.close()


def step(chronicle: Chronicle, text: str) -> None:
    chronicle.step(f"k:{text}", "i1", 1, "cut", text, 0)


async def test_what_the_record_cannot_take_now_is_written_in_order_when_it_is_back(
    chronicle: Chronicle, timeline: Timeline
) -> None:
    chronicle.opened("i1", "demo", "demo", "forced", 0)
    step(chronicle, "one")
    chronicle.closed("i1", 1)
    await until(lambda: timeline.tried >= 2)
    assert "nobody answers" in chronicle.away
    timeline.back.set()
    await until(lambda: not chronicle.away and len(timeline.lines) == 3)
    assert timeline.lines == ["opened i1", "one", "closed i1"]


async def test_a_line_that_cannot_be_written_keeps_back_no_other(chronicle: Chronicle, timeline: Timeline) -> None:
    timeline.back.set()
    with capture_logs() as logs:
        for text in ("one", "bug", "two"):
            step(chronicle, text)
        await until(lambda: len(timeline.lines) == 2)
    assert timeline.lines == ["one", "two"]
    assert [line["event"] for line in logs] == ["a line of a timeline cannot be written"]


async def test_of_too_many_lines_the_oldest_that_waits_is_lost_and_that_is_said(timeline: Timeline) -> None:
    chronicle = Chronicle(timeline)
    chronicle._waiting = type(chronicle._waiting)(maxlen=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("failover.chronicle.WAITING_MAX", 2)
        patch.setattr("failover.chronicle.RETRY_MIN_S", 0.01)
        chronicle.start()
        step(chronicle, "under way")
        await until(lambda: timeline.tried)
        with capture_logs() as logs:
            for text in ("lost", "two", "three"):
                step(chronicle, text)
        timeline.back.set()
        await until(lambda: len(timeline.lines) == 3)
        await chronicle.close()
    assert timeline.lines == ["under way", "two", "three"]
    assert len([line for line in logs if "is lost" in line["event"]]) == 1
