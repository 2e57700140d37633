"""What a controller hears of its logs, and when."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from broadcast.core.entries import EventState, Override, RungKind
from broadcast.core.history import Shown, Snapshot
from broadcast.core.position import LogId, Position
from broadcast.log.port import Log
from tests.failover.conftest import HOST, World


async def test_what_is_said_before_the_first_snapshot_is_heard_from_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe, opened = world.log.subscribe, asyncio.Event()

    @asynccontextmanager
    async def late(log_id: LogId) -> AsyncIterator[Any]:
        await opened.wait()
        async with subscribe(log_id) as subscription:
            yield subscription

    monkeypatch.setattr(world.log, "subscribe", late)
    await world.turn(EventState.LIVE)
    world.media.publish("demo", "main")
    guard = await world.guard()
    await world.on("main")
    # Heard of by the takeover already, which must not be undone.
    term = guard.charges.held["demo"].controller.term
    await world.override(Override(action="pin", by=HOST, rung=RungKind.SLATE))
    opened.set()
    await world.on("slate")
    assert guard.charges.held["demo"].controller.term is term


async def test_a_hole_in_what_was_heard_begins_a_new_term_that_finds_what_it_missed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    hole = asyncio.Event()

    async def deaf(_: Log, log_id: LogId) -> AsyncGenerator[Shown, None]:
        yield Snapshot((), Position("e", 0))
        await hole.wait()
        yield Snapshot((), Position("f", 0), whole=False)
        await asyncio.Event().wait()

    monkeypatch.setattr("failover.controller.follow", deaf)
    await world.turn(EventState.LIVE)
    world.media.publish("demo", "main")
    guard = await world.guard()
    await world.on("main")
    await world.override(Override(action="pin", by=HOST, rung=RungKind.SLATE))
    hole.set()
    await world.on("slate")
    assert guard.leads() == ["demo"]
