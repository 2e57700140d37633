"""What humans said binds one term after the other, in whichever room they said it."""

import time
from pathlib import Path
from typing import Any

import pytest

from broadcast.core.entries import (
    Cut,
    EventChanged,
    EventState,
    Moved,
    Orders,
    Override,
    RungKind,
)
from broadcast.core.position import LogId
from failover.term import Term
from tests.failover.conftest import HOST
from tests.failover.stage import FINE, K, Stage, finished, night, staged
from tests.waiting import until


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


async def test_a_force_that_is_refused_leaves_a_pin_in_force_for_all_to_see(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        term = await stage.lead("a")
        term.feed(stage.judge(main=FINE))
        await until(lambda: stage.bodies(Cut))
        pin = Override(action="pin", by=HOST, rung=K.MAIN)
        await _overridden(stage, term, pin)
        force = Override(action="force", by=HOST, rung=K.REPLAY)
        await stage.say("demo!staff", force, override=None)
        term.said((await stage.log.read(LogId("demo!staff"), None, 1)).entries[-1])
        assert term.ladder is not None
        assert term.ladder.pinned is K.MAIN
        await until(lambda: _kept_pin(stage, "demo!staff", K.MAIN))


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


@pytest.mark.parametrize(
    ("state", "rung"), [(EventState.OPEN, K.STANDBY), (EventState.OPEN, K.BACKUP_ROOM), (EventState.LIVE, K.AUDIO)]
)
async def test_a_pin_that_nobody_could_refuse_is_refused_by_whoever_leads_next(
    tmp_path: Path, state: EventState, rung: RungKind
) -> None:
    async with staged(tmp_path) as stage:
        await stage.say("demo", changed := EventChanged(state=state, by=HOST), event=changed)
        await stage.say("demo!staff", pin := Override(action="pin", by=HOST, rung=rung), override=pin)
        term = await stage.lead("a")
        assert term.ladder is not None
        assert not term.ladder.bound
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
        # What is shown in the room that is held is the plan's to decide, and may be changed at once.
        assert (await stage.state("demo.backup!staff"))["orders"].orders != ()
        await _later(stage, "demo.backup!staff", Override(action="force", by=HOST, rung=K.REPLAY), override=None)
        term.said((await stage.log.read(LogId("demo.backup!staff"), None, 1)).entries[-1])
        assert term.ladder.pinned is K.BACKUP_ROOM
        await until(lambda: _kept_pin(stage, "demo.backup!staff", K.BACKUP_ROOM))
        # Taken back from the room that the host is still in, while nobody leads.
        await stage.depose("b")
        await _later(stage, "demo!staff", Override(action="release", by=HOST), override=None)
        term = await stage.lead("c")
        assert term.ladder is not None
        assert not term.ladder.bound
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
