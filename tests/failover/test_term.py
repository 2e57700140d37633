"""One term of leading, and what is left when it ends in the middle of something."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from broadcast.core.entries import (
    Cut,
    EventChanged,
    EventState,
    Moved,
    Notice,
    Orders,
    Step,
)
from broadcast.core.position import EventId
from broadcast.log.memory import MemoryLog
from failover.core.decision import LANDING, Decision
from failover.core.notices import Fate, NoticeKey
from failover.core.standing import TargetJudged
from failover.core.verdict import Verdict
from failover.found import Kept, find
from failover.term import Term
from tests.failover.stage import ADA, FINE, GONE, Fuse, K, Stage, closed, finished, night, staged, told_once, written
from tests.waiting import until


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
        # A landing that ends nothing leaves nothing to be done: the event can be over one day.
        assert (await find(stage.log, "demo", "demo.backup", 1_000_000)).untold == ()


@pytest.mark.parametrize("on_main", [False, True])
async def test_a_term_that_ends_after_any_of_its_writes_is_finished_by_the_next_and_nobody_is_told_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, on_main: bool
) -> None:
    """The move lands on the slate, or on a main camera that waits in the backup room and so ends the incident."""

    async def done(stage: Stage) -> bool:
        return await finished(stage) and (not on_main or await closed(stage))

    monkeypatch.setattr("failover.notifier.CLAIM_HOLD_MS", 100)
    monkeypatch.setattr("failover.notifier.SEND_HOLD_MS", 100)
    writes = 0
    while True:
        async with staged(_folder(tmp_path, writes)) as stage:
            if on_main:
                stage.sources["demo.backup", "main"] = FINE
            stage.judge(main=FINE, standby=FINE)
            await stage.lead("z")
            await until(lambda stage=stage: stage.bodies(Cut))
            await stage.depose("z")
            fuse = Fuse(stage.log, writes)
            await night(stage, await stage.lead("a", fuse))
            whole = await _either(stage, fuse, done)
            await stage.depose("a")
            await stage.lead("b")
            await until(lambda stage=stage: done(stage), what=f"finished after {writes} writes")
            notices = [notice.text for notice in await stage.bodies(Notice)]
            assert len(notices) == len(set(notices)), (writes, notices)
            assert notices[-1] == "Moving."
            steps = [(step.incident, step.step, step.what) for step in await stage.bodies(Step, "demo!staff")]
            assert len(steps) == len(set(steps)), (writes, steps)
            assert len({incident for incident, _, _ in steps}) == 1
            assert len(await stage.bodies(Moved)) == 1
            assert await told_once(stage)
            assert [cut.rung for cut in await stage.bodies(Cut, "demo.backup")] == [K.MAIN if on_main else K.SLATE]
            if whole and fuse.left > 0:
                return
            writes += 1
            assert writes < 60


async def test_a_room_that_was_readied_for_a_move_that_was_never_made_ends_no_incident(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        landing = Decision("demo.backup", K.MAIN, "main", LANDING, "Hello.", "Back.", "i1", 2, closes=True)
        kept = msgspec.to_builtins(Kept(landing, 1_000_000))
        await stage.say("demo.backup", EventChanged(state=EventState.LIVE), step=kept)
        assert (await find(stage.log, "demo", "demo.backup", 1_000_000)).untold == ()
        moved = Moved(room="demo.backup", url="", spread_ms=0, reason="Moving.", incident="i1")
        await stage.say("demo", moved, moved=moved)
        assert (await find(stage.log, "demo", "demo.backup", 1_000_000)).untold == (landing,)


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
        fresh = await find(stage.log, "demo", "demo.backup", now_ms + 1_799_000)
        stale = await find(stage.log, "demo", "demo.backup", now_ms + 1_801_000)
        assert ([tell.to for tell in fresh.retold], stale.retold) == (["demo.backup"], ())


def _folder(tmp_path: Path, writes: int) -> Path:
    folder = tmp_path / str(writes)
    folder.mkdir()
    return folder


async def _either(stage: Stage, fuse: Fuse, done: Callable[[Stage], Awaitable[bool]]) -> bool:
    """Whether everything was finished before the fuse blew."""

    async def happened() -> bool:
        return fuse.left <= 0 or await done(stage)

    await until(happened)
    return await done(stage)


class Slow(MemoryLog):
    """A log whose answers are read when `go` is set."""

    def __init__(self, inner: MemoryLog) -> None:
        super().__init__()
        self._inner = inner
        self.asked, self.go = asyncio.Event(), asyncio.Event()

    async def read(self, *args: Any) -> Any:
        self.asked.set()
        await self.go.wait()
        return await self._inner.read(*args)


@pytest.mark.parametrize("told", [True, False])
async def test_a_term_that_ends_while_it_takes_over_never_decides_anything(tmp_path: Path, *, told: bool) -> None:
    async with staged(tmp_path) as stage:
        stage.judge(main=FINE)
        slow, leads = Slow(stage.log), True
        lease = await stage.log.take_lease(EventId("demo"), "a", 60)
        assert lease is not None
        term = Term(stage.around(slow), lease, lambda: leads, stage.lost.append, stage.faults.append)
        stage.terms.append(term)
        begun = asyncio.create_task(term.begin(stage.judged, lambda: TargetJudged(Verdict.HEALTHY, "ready")))
        await slow.asked.wait()
        if told:
            term.stop()
        else:
            leads = False
        slow.go.set()
        await begun
        assert (term.ladder, term.driver) == (None, None)


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
