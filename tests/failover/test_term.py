"""One term of leading, and what is left when it ends in the middle of something."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from broadcast.core.entries import (
    Cut,
    Draft,
    EventChanged,
    EventState,
    Moved,
    Notice,
    Orders,
    Override,
    RungKind,
    Step,
)
from broadcast.core.errors import Outage
from broadcast.core.position import EventId, LogId
from broadcast.log.memory import MemoryLog
from broadcast.log.port import Appended, Refused
from failover.chronicle import Chronicle
from failover.core.decision import TellContacts
from failover.core.notices import Fate, NoticeKey
from failover.core.plan import Plan, RecoveryTimes, Rung
from failover.core.standing import SourceJudged, Surveyed, TargetJudged
from failover.core.verdict import Judged, Verdict
from failover.directory import Contact
from failover.found import find
from failover.lanes.outbox import OutboxLane
from failover.notifier import Notifier
from failover.store.database import Database
from failover.store.record import Record
from failover.term import Surroundings, Term
from tests.failover.conftest import HOST
from tests.waiting import until

K = RungKind
FINE = Judged(Verdict.HEALTHY, Verdict.HEALTHY, "picture and sound are fine")
GONE = Judged(Verdict.FAILED, Verdict.FAILED, "its publisher left", gone=True)
PLAN = Plan(
    rungs=(
        Rung(K.MAIN, "Back."),
        Rung(K.STANDBY, "Second camera."),
        Rung(K.SLATE, "Slate.", leads_on_after_s=0.02),
        Rung(K.BACKUP_ROOM, "Moving.", room="demo.backup", spread_ms=500),
    ),
    recovery=RecoveryTimes(clean_spell_s=0.05),
)
ADA = Contact(id="c1", address="ada@example.org", confirmed=True, backup_url="http://live.example/e/demo.backup?t=ada")
BEN = Contact(id="c2", address="ben@example.org", confirmed=False, backup_url="http://live.example/e/demo.backup?t=ben")


class Fuse(MemoryLog):
    """A log that one process loses for good after so many of its writes."""

    def __init__(self, inner: MemoryLog, writes: int) -> None:
        super().__init__()
        self._inner = inner
        self.left = writes

    async def append(self, log: LogId, draft: Draft) -> Appended | Refused:
        if self.left <= 0:
            raise Outage("log", "the fuse blew")
        self.left -= 1
        return await self._inner.append(log, draft)

    async def read(self, *args: Any) -> Any:
        return await self._inner.read(*args)


@dataclass
class Stage:
    """An event, what is known of its sources, and whoever leads it."""

    folder: Path
    log: MemoryLog = field(default_factory=MemoryLog)
    sources: dict[tuple[str, str], Judged] = field(default_factory=dict)
    terms: list[Term] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    faults: list[BaseException] = field(default_factory=list)
    notifiers: list[Notifier] = field(default_factory=list)
    deaf: bool = False

    async def open(self) -> None:
        self.database = Database(f"sqlite+aiosqlite:///{self.folder / 'record.db'}")
        await self.database.open()
        self.record = Record(self.database)
        self.chronicle = Chronicle(self.record)
        self.chronicle.start()
        await self.say("demo", EventChanged(state=EventState.LIVE), event=EventChanged(state=EventState.LIVE))

    async def close(self) -> None:
        for term in self.terms:
            term.stop()
        for notifier in self.notifiers:
            await notifier.close()
        await self.chronicle.close()
        await self.database.close()

    async def say(self, log: str, body: Any, **sets: Any) -> None:
        await self.log.append(LogId(log), Draft(body=body, key=f"t{id(body)}", author=HOST.id, sets=sets))

    def judged(self) -> tuple[SourceJudged, ...]:
        return tuple(SourceJudged(room, name, each) for (room, name), each in self.sources.items())

    def judge(self, **sources: Judged) -> Surveyed:
        for name, each in sources.items():
            self.sources["demo", name] = each
        return Surveyed(self.judged())

    def around(self, log: MemoryLog) -> Surroundings:
        return Surroundings(
            event="demo",
            plan=PLAN,
            primary="demo",
            backup="demo.backup",
            base_url="http://live.example",
            log=log,
            scribe=self.chronicle,
            tell=self._teller(),
            counted=lambda _: None,
            now_ms=lambda: 1_000_000 + len(self.terms),
        )

    async def lead(self, name: str, log: MemoryLog | None = None) -> Term:
        lease = await self.log.take_lease(EventId("demo"), name, 60)
        assert lease is not None
        term = Term(self.around(log or self.log), lease, lambda: True, self.lost.append, self.faults.append)
        self.terms.append(term)
        await term.begin(self.judged, lambda: TargetJudged(Verdict.HEALTHY, "a gateway answers"))
        return term

    async def depose(self, name: str) -> None:
        """As SIGKILL would have it: nothing that was begun is finished, be it a mail."""
        self.terms[-1].stop()
        self.notifiers[-1]._driver.close()
        for task in self.notifiers[-1]._tasks._held:
            task.cancel()
        await self.log.drop_lease(EventId("demo"), name)

    async def bodies(self, kind: type, log: str = "demo") -> list[Any]:
        reading = await self.log.read(LogId(log), None, 1_000)
        return [entry.body for entry in reading.entries if isinstance(entry.body, kind)]

    async def fates(self) -> dict[str, int]:
        kept = (await self.state()).get("step")
        return {} if not kept else await self.record.fates(str(kept["decision"]["incident"]))

    async def state(self, log: str = "demo") -> dict[str, Any]:
        return (await self.log.read(LogId(log), None, 1)).state

    def _teller(self) -> Callable[[TellContacts], None]:
        notifier = Notifier("demo", f"n{len(self.notifiers)}", self.record, OutboxLane())
        self.notifiers.append(notifier)
        deaf = self.deaf

        def tell(tell: TellContacts) -> None:
            if not deaf:
                notifier.tell_moved(tell.incident, tell.number, title="Demo", words=tell.words, contacts=[ADA, BEN])

        return tell


@asynccontextmanager
async def staged(folder: Path) -> AsyncIterator[Stage]:
    stage = Stage(folder)
    await stage.open()
    try:
        yield stage
    finally:
        await stage.close()


async def written(stage: Stage) -> bool:
    """Everything that follows from the move stands in the logs."""
    told = (await stage.state("demo!staff")).get("incident")
    kept = (await stage.state()).get("step")
    return bool(kept and kept["decision"]["to"] and told and told["number"] == kept["decision"]["number"])


async def finished(stage: Stage) -> bool:
    """Everything that follows from the move has been written, told and recorded."""
    return await written(stage) and await told_once(stage)


async def told_once(stage: Stage) -> bool:
    """Ada has her mail; or her sender died while sending, and it is written down that she may have it."""
    assert len(await stage.record.mails()) <= 1
    return await stage.fates() in ({"reached": 1}, {"unsure": 1})


async def night(stage: Stage, term: Term) -> None:
    """The main camera goes, then the second one; the slate leads to the backup room."""
    term.feed(stage.judge(main=FINE, standby=FINE))
    term.feed(stage.judge(main=GONE))
    term.feed(stage.judge(standby=GONE))


async def test_a_night_is_written_down_in_order(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await night(stage, await stage.lead("a"))
        await until(lambda: finished(stage))
        assert [notice.text for notice in await stage.bodies(Notice)] == ["Second camera.", "Slate.", "Moving."]
        assert [cut.rung for cut in await stage.bodies(Cut)] == [K.MAIN, K.STANDBY, K.SLATE]
        (moved,) = await stage.bodies(Moved)
        assert (moved.room, moved.url, moved.spread_ms) == ("demo.backup", "http://live.example/e/demo.backup", 500)
        assert [cut.rung for cut in await stage.bodies(Cut, "demo.backup")] == [K.SLATE]
        assert (await stage.state("demo.backup"))["event"].state is EventState.LIVE
        await until(lambda: stage.record.mails())
        assert [mail["recipient"] for mail in await stage.record.mails()] == ["ada@example.org"]
        (incident,) = await stage.record.incidents("demo")
        assert incident["closed_at_ms"] is None
        opened, *what_followed = [step["what"] for step in incident["steps"]][:4]
        assert (opened, set(what_followed)) == ("opened", {"decided", "cut", "notice"})


async def test_a_term_that_ends_after_any_of_its_writes_is_finished_by_the_next_and_nobody_is_told_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("failover.notifier.CLAIM_HOLD_MS", 100)
    monkeypatch.setattr("failover.notifier.SEND_HOLD_MS", 100)
    writes = 0
    while True:
        async with staged(_folder(tmp_path, writes)) as stage:
            stage.judge(main=FINE, standby=FINE)
            await stage.lead("z")
            await until(lambda stage=stage: stage.bodies(Cut))
            await stage.depose("z")
            fuse = Fuse(stage.log, writes)
            await night(stage, await stage.lead("a", fuse))
            whole = await _either(stage, fuse)
            await stage.depose("a")
            await stage.lead("b")
            await until(lambda stage=stage: finished(stage), what=f"finished after {writes} writes")
            notices = [notice.text for notice in await stage.bodies(Notice)]
            assert len(notices) == len(set(notices)), (writes, notices)
            assert notices[-1] == "Moving."
            steps = [(step.incident, step.step, step.what) for step in await stage.bodies(Step, "demo!staff")]
            assert len(steps) == len(set(steps)), (writes, steps)
            assert len({incident for incident, _, _ in steps}) == 1
            assert len(await stage.bodies(Moved)) == 1
            assert await told_once(stage)
            assert await stage.state("demo.backup")
            if whole and fuse.left > 0:
                return
            writes += 1
            assert writes < 60


@pytest.mark.parametrize("claimed", [False, True])
async def test_who_was_to_be_told_by_a_leader_that_died_at_that_moment_is_told_by_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, claimed: bool
) -> None:
    monkeypatch.setattr("failover.notifier.CLAIM_HOLD_MS", 100)
    async with staged(tmp_path) as stage:
        stage.deaf = True
        await night(stage, await stage.lead("a"))
        await until(lambda: written(stage))
        kept = (await stage.state())["step"]["decision"]
        await stage.depose("a")
        if claimed:
            key = NoticeKey(kept["incident"], str(kept["number"]), ADA.id)
            await stage.record.claim(key, "demo", ADA.address, "n0", time.time_ns() // 1_000_000, hold_ms=100)
        stage.deaf = False
        await stage.lead("b")
        await until(lambda: stage.record.mails())
        assert await stage.fates() == {"reached": 1}
        await stage.depose("b")
        await stage.lead("c")
        key = NoticeKey(kept["incident"], str(kept["number"]), ADA.id)
        await until(lambda: stage.notifiers[-1].notices.fate(key) is Fate.ANOTHERS)
        assert len(await stage.record.mails()) == 1


async def test_nobody_is_told_of_a_move_of_long_ago(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with staged(tmp_path) as stage:
        stage.deaf = True
        await night(stage, await stage.lead("a"))
        await until(lambda: written(stage))
        stage.deaf = False
        now_ms = 1_000_000
        fresh = await find(stage.log, "demo", "demo.backup", now_ms + 119_000)
        stale = await find(stage.log, "demo", "demo.backup", now_ms + 121_000)
        assert ([tell.to for tell in fresh.retold], stale.retold) == (["demo.backup"], ())


def _folder(tmp_path: Path, writes: int) -> Path:
    folder = tmp_path / str(writes)
    folder.mkdir()
    return folder


async def _either(stage: Stage, fuse: Fuse) -> bool:
    """Whether everything was finished before the fuse blew."""

    async def happened() -> bool:
        return fuse.left <= 0 or await finished(stage)

    await until(happened)
    return await finished(stage)


async def test_a_refused_write_ends_the_term_and_nothing_more_is_written(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        term = await stage.lead("a")
        await until(lambda: stage.bodies(Orders, "demo!staff"))
        await stage.log.drop_lease(EventId("demo"), "a")
        await stage.log.take_lease(EventId("demo"), "b", 60)
        term.feed(stage.judge(main=FINE))
        await until(lambda: stage.lost)
        assert "stale_lease" in stage.lost[0]
        term.feed(stage.judge(main=GONE))
        await asyncio.sleep(0)
        assert await stage.bodies(Cut) == []


async def test_orders_are_given_with_each_term_and_withdrawn_under_a_pin(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        term = await stage.lead("a")
        term.feed(stage.judge(main=FINE))
        await until(lambda: stage.bodies(Orders, "demo.backup!staff"))
        (orders,) = await stage.bodies(Orders, "demo!staff")
        assert [(order.source, order.then, order.after_ms) for order in orders.orders] == [("main", "standby", 150)]
        await _overridden(stage, term, Override(action="pin", by=HOST, rung=K.MAIN))
        await until(lambda: _orders(stage, 2))
        assert (await stage.state("demo!staff"))["orders"].orders == ()
        await _overridden(stage, term, Override(action="release", by=HOST))
        await until(lambda: _orders(stage, 3))
        assert (await stage.state("demo!staff"))["orders"].orders != ()


async def _orders(stage: Stage, count: int) -> bool:
    return len(await stage.bodies(Orders, "demo!staff")) >= count


async def _overridden(stage: Stage, term: Term, override: Override) -> None:
    sets = {"override": None if override.action == "release" else override}
    await stage.say("demo!staff", override, **sets)
    reading = await stage.log.read(LogId("demo!staff"), None, 1)
    term.said(reading.entries[-1])


async def test_a_pin_outlives_the_leader_and_a_fresh_force_is_carried_out_by_the_next_one(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.judge(main=FINE, standby=FINE)
        await stage.lead("a")
        await until(lambda: stage.bodies(Cut))
        await stage.depose("a")
        await stage.say("demo!staff", pin := Override(action="pin", by=HOST, rung=K.STANDBY), override=pin)
        term = await stage.lead("b")
        assert term.ladder is not None
        assert (term.ladder.pinned, term.ladder.source) == (K.STANDBY, "standby")


async def test_a_pin_that_the_ladder_refused_binds_no_later_one(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.judge(main=FINE, standby=FINE)
        term = await stage.lead("a")
        await until(lambda: stage.bodies(Cut))
        await _overridden(stage, term, Override(action="pin", by=HOST, rung=K.AUDIO))
        await until(lambda: _free(stage))
        await _overridden(stage, term, Override(action="pin", by=HOST, rung=K.STANDBY))
        await _overridden(stage, term, Override(action="pin", by=HOST, rung=K.AUDIO))
        await until(lambda: _kept_pin(stage, "demo!staff", K.STANDBY))
        await stage.depose("a")
        term = await stage.lead("b")
        assert term.ladder is not None
        assert term.ladder.pinned is K.STANDBY


async def _free(stage: Stage) -> bool:
    return "override" not in await stage.state("demo!staff")


async def _kept_pin(stage: Stage, log: str, rung: RungKind) -> bool:
    kept = (await stage.state(log)).get("override")
    return isinstance(kept, Override) and kept.rung is rung


@pytest.mark.parametrize(("state", "rung"), [(EventState.OPEN, K.STANDBY), (EventState.LIVE, K.AUDIO)])
async def test_a_pin_that_nobody_could_refuse_is_refused_by_whoever_leads_next(
    tmp_path: Path, state: EventState, rung: RungKind
) -> None:
    async with staged(tmp_path) as stage:
        await stage.say("demo", changed := EventChanged(state=state, by=HOST), event=changed)
        await stage.say("demo!staff", pin := Override(action="pin", by=HOST, rung=rung), override=pin)
        term = await stage.lead("a")
        assert term.ladder is not None
        assert term.ladder.free
        await until(lambda: _free(stage))
        assert (await stage.state("demo!staff"))["orders"].orders != ()


async def test_a_pin_goes_along_with_the_audience(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.judge(main=FINE, standby=FINE)
        stage.sources["demo.backup", "main"] = FINE
        term = await stage.lead("a")
        await until(lambda: stage.bodies(Cut))
        await _overridden(stage, term, Override(action="pin", by=HOST, rung=K.BACKUP_ROOM))
        await until(lambda: stage.bodies(Moved))
        await until(lambda: _kept_pin(stage, "demo.backup!staff", K.BACKUP_ROOM))
        await stage.depose("a")
        term = await stage.lead("b")
        assert term.ladder is not None
        assert (term.ladder.room, term.ladder.pinned) == ("demo.backup", K.BACKUP_ROOM)
        # Taken back from the room that the host is still in, while nobody leads.
        await stage.depose("b")
        await _later(stage, "demo!staff", Override(action="release", by=HOST), override=None)
        term = await stage.lead("c")
        assert term.ladder is not None
        assert term.ladder.free
        await until(lambda: _gone(stage))


async def _gone(stage: Stage) -> bool:
    return "override" not in await stage.state("demo.backup!staff")


async def _later(stage: Stage, log: str, body: Any, **sets: Any) -> None:
    """Say it in a millisecond of its own."""
    now = time.time_ns() // 1_000_000
    await until(lambda: time.time_ns() // 1_000_000 > now)
    await stage.say(log, body, **sets)


@pytest.mark.parametrize("led", [True, False])
@pytest.mark.parametrize("state", [EventState.ENDED, EventState.BREAK])
async def test_a_host_who_is_still_in_the_room_that_is_left_is_obeyed_in_the_other(
    tmp_path: Path, state: EventState, *, led: bool
) -> None:
    async with staged(tmp_path) as stage:
        term = await stage.lead("a")
        await night(stage, term)
        await until(lambda: finished(stage))
        if not led:
            await stage.depose("a")
        await _later(stage, "demo", changed := EventChanged(state=state, by=HOST), event=changed)
        if led:
            reading = await stage.log.read(LogId("demo"), None, 1)
            term.said(reading.entries[-1])
            term.said(reading.entries[-1])
        else:
            term = await stage.lead("b")
        assert term.ladder is not None
        assert (term.ladder.room, term.ladder.state) == ("demo.backup", state)
        await until(lambda: _turned(stage, state))
        assert [each.by for each in await stage.bodies(EventChanged, "demo.backup")] == [None, HOST]
        await stage.depose("a" if led else "b")
        await stage.lead("c")
        assert len(await stage.bodies(EventChanged, "demo.backup")) == 2


async def _turned(stage: Stage, state: EventState) -> bool:
    return bool((await stage.state("demo.backup"))["event"].state is state)


async def test_a_program_that_changes_the_state_of_the_other_room_changes_nothing(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        term = await stage.lead("a")
        await stage.say("demo.backup", changed := EventChanged(state=EventState.ENDED), event=changed)
        reading = await stage.log.read(LogId("demo.backup"), None, 1)
        term.said(reading.entries[-1])
        assert term.ladder is not None
        assert term.ladder.state is EventState.LIVE
