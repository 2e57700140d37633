"""The guard as a whole, against a media node and a gateway on real sockets, and a log in memory."""

import asyncio
import time
from dataclasses import replace
from typing import Any

from broadcast.core.entries import Cut, EventChanged, EventState, Notice, Override, RungKind, Step
from broadcast.core.passing import Health, Passing, Witness
from broadcast.core.position import EventId, LogId
from failover.guard import Guard
from tests.failover.conftest import HOST, World
from tests.waiting import until


async def closed(world: World) -> bool:
    return "closed" in await world.steps()


async def leading(*guards: Guard) -> Guard | None:
    return next((guard for guard in guards if guard.leads() == ["demo"]), None)


async def test_an_open_event_goes_live_with_its_first_publisher(world: World) -> None:
    await world.guard()
    await world.turn(EventState.OPEN)
    world.media.publish("demo", "standby")
    await world.on("standby")
    assert [changed.state for changed in await world.bodies(EventChanged)][-1] is EventState.LIVE
    assert await world.steps() == []


async def test_a_source_that_leaves_hands_over_and_comes_back_and_the_room_is_told_of_both(world: World) -> None:
    guard = await world.guard()
    await world.live()
    world.media.leave("demo", "main")
    await world.on("standby")
    world.media.publish("demo", "main")
    await world.on("main")
    await until(lambda: closed(world))
    assert await world.cuts() == [("main", "main"), ("standby", "standby"), ("main", "main")]
    assert [notice.text for notice in await world.bodies(Notice)] == [
        "You're on the second camera.",
        "The host's camera is back.",
    ]

    async def recorded() -> Any:
        found = (await world.ask("/failover/v1/incidents?event=demo", guard)).get("incidents")
        return found and found[0]["closed_at"] and found[0]

    incident: Any = await until(recorded)
    assert incident["cause"] == "main_failed"
    opened, *what_followed = [step["what"] for step in incident["steps"]][:4]
    assert (opened, set(what_followed)) == ("opened", {"decided", "cut", "notice"})


async def test_a_frozen_source_is_left_within_the_plans_time(world: World) -> None:
    await world.guard()
    await world.live()
    world.media.freeze("demo", "main")
    await world.on("standby", within_s=3)
    world.media.thaw("demo", "main")
    await world.on("main")


async def test_a_gateway_that_is_a_witness_makes_it_quicker_and_one_that_is_alone_is_answered(world: World) -> None:
    await world.guard()
    await world.live()
    witness = Witness(node="gw1", source="main", saw="silent", showing="standby", rung=RungKind.STANDBY)
    await world.log.publish(LogId("demo!staff"), witness)

    async def restated() -> bool:
        return [cut.cause for cut in await world.bodies(Cut)][-1] == "restated"

    await until(restated)
    assert (await world.cuts())[-1] == ("main", "main")


async def test_one_of_two_guards_leads_and_the_other_goes_on_when_it_dies(world: World) -> None:
    one, two = await world.guard("g1"), await world.guard("g2")
    await world.live()
    leader = await until(lambda: leading(one, two))
    follower = two if leader is one else one
    assert isinstance(leader, Guard)
    assert follower.leads() == []
    dying = asyncio.get_running_loop().time()
    _die(leader)
    world.media.leave("demo", "main")
    await world.on("standby")
    took_s = asyncio.get_running_loop().time() - dying
    assert took_s < 2 * 1.2 + 1
    await until(lambda: leading(follower))
    assert [notice.text for notice in await world.bodies(Notice)] == ["You're on the second camera."]


async def test_two_guards_of_one_name_are_two_all_the_same(world: World) -> None:
    one, two = await world.guard("failover.1"), await world.guard("failover.1")
    await world.live()

    async def denied() -> Guard | None:
        leader = await leading(one, two)
        follower = two if leader is one else one
        holder = follower.charges.held["demo"].controller._holder
        refused = leader is not None and await world.log.take_lease(EventId("demo"), holder, 1.2) is None
        return leader if refused else None

    leader = await until(denied)
    assert isinstance(leader, Guard)
    health = leader.charges.held["demo"].controller.health()
    assert health is not None
    assert health.leader == "failover.1"


def _die(guard: Guard) -> None:
    """As SIGKILL would have it: nothing more is done, and nothing is given back."""
    for guarded in guard.charges.held.values():
        controller = guarded.controller
        controller._lease.close()
        controller._closed = True
        if controller._term is not None:
            controller._term.stop()
        for task in controller._tasks._held:
            task.cancel()


async def test_a_guard_that_ends_gives_its_lease_back(world: World) -> None:
    one = await world.guard("g1")
    await until(lambda: one.leads() == ["demo"])
    await one.close()
    assert await world.log.take_lease(EventId("demo"), "g9", 1) is not None


async def test_humans_are_obeyed(world: World) -> None:
    await world.guard()
    await world.live()
    await world.override(Override(action="pin", by=HOST, rung=RungKind.SLATE))
    await world.on("slate")
    await world.override(Override(action="release", by=HOST))
    await world.on("standby")
    await world.on("main")
    await world.override(Override(action="force", by=HOST, rung=RungKind.STANDBY))
    await world.on("standby")
    until_iso = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 60))
    await world.override(Override(action="veto", by=HOST, until=until_iso))

    async def said() -> bool:
        return any("forbade" in step.text for step in await world.bodies(Step, "demo!staff"))

    await until(said)


async def test_a_break_is_no_incident(world: World) -> None:
    guard = await world.guard()
    await world.live()
    await world.turn(EventState.BREAK)
    world.media.leave("demo", "main")
    world.media.leave("demo", "standby")
    await world.unhealthy("main")
    await world.turn(EventState.ENDED)
    await until(lambda: not guard.charges.held)
    assert await world.cuts() == [("main", "main")]
    assert await world.steps() == []


async def test_staff_is_shown_the_ladder_each_second(world: World) -> None:
    await world.guard()
    await world.live()
    async with world.log.subscribe(LogId("demo!staff")) as ear:
        async with asyncio.timeout(5):
            async for item in ear:
                if isinstance(item, Passing) and isinstance(item.body, Health):
                    break
    health = item.body
    assert isinstance(health, Health)
    assert (health.leader, health.rung, health.source, health.armed) == ("g1", RungKind.MAIN, "main", True)
    assert [(rung.rung, rung.verdict) for rung in health.rungs] == [
        (RungKind.MAIN, "healthy"),
        (RungKind.STANDBY, "healthy"),
        (RungKind.AUDIO, "healthy"),
        (RungKind.SLATE, "healthy"),
        (RungKind.BACKUP_ROOM, "healthy"),
    ]
    assert (health.picture, health.sound) == ("healthy", "healthy")


async def test_a_round_that_fails_is_not_the_last(world: World) -> None:
    guard = await world.guard()
    tend, rounds = guard.charges.tend, 0

    async def failing() -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 1:
            raise ZeroDivisionError
        await tend()

    guard.charges.tend = failing  # type: ignore[method-assign]
    await until(lambda: rounds >= 2)
    await until(lambda: guard.leads() == ["demo"])
    assert guard._metrics.crashes._value.get() == 1


async def test_it_says_what_it_lacks(world: World) -> None:
    guard = await world.guard()
    await until(lambda: guard.ready() == {})
    lame = await world.guard("g2", media_nodes=("http://127.0.0.1:9",), gateways=("http://127.0.0.1:9",))
    assert {"media", "gateways"} <= lame.ready().keys()
    nowhere = replace(world.settings("g3"), database_url="sqlite+aiosqlite:////nowhere/at/all.db")
    blind = await world.guard("g3", database_url=nowhere.database_url)
    await until(lambda: "away" in blind.ready().get("record", ""))
    assert (await world.ask("/failover/v1/mail", blind))["code"] == "unavailable"


async def test_staff_is_told_once_that_a_show_should_have_begun(world: World) -> None:
    await world.turn(EventState.OPEN)
    world.gateway.events[0]["starts_at_ms"] = int(time.time() * 1000) - 601_000
    await world.guard("g1")
    await until(lambda: world.steps())
    (told,) = await world.bodies(Step, "demo!staff")
    assert (told.what, told.incident) == ("verdict", "")
    assert told.text == "The show should have begun 10 min ago. Ada Example must see to it."


async def test_a_short_stall_of_the_only_picture_changes_nothing(world: World) -> None:
    await world.guard()
    await world.turn(EventState.OPEN)
    world.media.publish("demo", "main")
    await world.on("main")
    world.media.freeze("demo", "main")
    await world.unhealthy("main")
    world.media.thaw("demo", "main")
    await world.healthy("main")
    assert await world.cuts() == [("main", "main")]
    assert await world.steps() == []
