"""A leader's hand on the log, and the record's behind it."""

import asyncio

import pytest

from broadcast.core.entries import Chat, Draft, Lease, Notice
from broadcast.core.errors import Outage
from broadcast.core.position import EventId, LogId, MemberId
from broadcast.log.memory import MemoryLog
from failover import writer as writing
from failover.chronicle import Chronicle
from failover.writer import Writer
from tests.waiting import until

DEMO = LogId("demo")


class Moody(MemoryLog):
    """A log that is away for its first writes."""

    away = 0

    async def append(self, log: LogId, draft: Draft):  # type: ignore[no-untyped-def]
        if self.away > 0:
            self.away -= 1
            raise Outage("log")
        return await super().append(log, draft)


def draft(text: str) -> Draft:
    return Draft(body=Notice(text=text), key=text, author=MemberId("failover"), checked=False)


async def texts(log: MemoryLog) -> list[str]:
    found = (await log.read(DEMO, None, 100)).entries
    return [entry.body.text for entry in found if isinstance(entry.body, Notice | Chat)]


async def leased(log: MemoryLog) -> Lease:
    lease = await log.take_lease(EventId("demo"), "g1", 60)
    assert lease is not None
    return lease


async def test_what_the_log_cannot_take_now_is_written_later_in_order() -> None:
    log = Moody()
    log.away = 3
    told: list[str] = []
    writer = Writer(log, await leased(log), lambda: True, told.append)
    for text in ("one", "two"):
        writer.put(DEMO, draft(text))
    writer.then(lambda: told.append("after"))
    await until(lambda: told)
    assert await texts(log) == ["one", "two"]
    assert told == ["after"]
    writer.stop()


async def test_nothing_is_written_once_the_lease_has_ended() -> None:
    log = Moody()
    refused: list[str] = []
    writer = Writer(log, await leased(log), lambda: False, refused.append)
    writer.put(DEMO, draft("one"))
    await until(lambda: refused)
    assert refused == ["the lease ended before it could be written"]
    writer.put(DEMO, draft("two"))
    assert await texts(log) == []


async def test_too_much_that_waits_ends_the_term(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "WAITING_MAX", 2)
    log = Moody()
    refused: list[str] = []
    writer = Writer(log, await leased(log), lambda: True, refused.append)
    for text in ("one", "two", "three"):
        writer.put(DEMO, draft(text))
    assert refused == ["too much waits to be written"]
    writer.stop()


async def test_a_call_that_fails_ends_the_term() -> None:
    log = Moody()
    refused: list[str] = []
    writer = Writer(log, await leased(log), lambda: True, refused.append)

    def fail() -> None:
        raise ZeroDivisionError

    writer.then(fail)
    await until(lambda: refused)
    assert refused == ["the writer died"]


class Ledger:
    """A record that is away for its first writes."""

    def __init__(self, away: int) -> None:
        self.away = away
        self.rows: list[str] = []

    async def open_incident(self, incident: str, *_: object) -> None:
        await self._write(f"open {incident}")

    async def add_step(self, key: str, *_: object) -> None:
        await self._write(f"step {key}")

    async def close_incident(self, incident: str, *_: object) -> None:
        await self._write(f"close {incident}")

    async def _write(self, row: str) -> None:
        await asyncio.sleep(0)
        if self.away > 0:
            self.away -= 1
            raise Outage("record")
        self.rows.append(row)


async def test_the_timeline_is_kept_in_order_while_the_record_is_away() -> None:
    ledger = Ledger(away=2)
    chronicle = Chronicle(ledger)
    chronicle.opened("i1", "demo", "demo", "forced", 1)
    chronicle.step("i1:1:cut", "i1", 1, "cut", "…", 2)
    chronicle.closed("i1", 3)
    chronicle.start()
    await until(lambda: chronicle.away)
    await until(lambda: len(ledger.rows) == 3)
    assert ledger.rows == ["open i1", "step i1:1:cut", "close i1"]
    await chronicle.close()
    assert chronicle.away == ""


async def test_a_record_that_stays_away_does_not_hold_up_the_end() -> None:
    chronicle = Chronicle(Ledger(away=10_000))
    await chronicle.close()
    chronicle.start()
    chronicle.closed("i1", 3)
    await chronicle.close(within_s=0.05)
