"""Which events a guard takes on, lets go of and begins anew."""

import pytest
from structlog.testing import capture_logs

from broadcast.core.entries import (
    EventState,
    Override,
    RungKind,
)
from broadcast.core.errors import IllegalMove
from broadcast.core.position import EventId
from failover.core.ladder import Ladder
from failover.core.standing import Effects, Forced, LadderEvent
from failover.restart import FIRST_S
from tests.failover.conftest import HOST, PLAN, World
from tests.waiting import until


async def test_a_plan_with_faults_is_said_and_the_usual_ladder_is_used(world: World) -> None:
    world.gateway.events[0]["plan"] = PLAN.replace("version = 1", "version = 7")
    guard = await world.guard()
    await until(guard.faulty_plans)
    assert "version = 1" in guard.faulty_plans()["demo"]
    await world.turn(EventState.LIVE)
    world.media.publish("demo", "main")
    await world.on("main")
    world.gateway.events[0]["plan"] = PLAN
    await until(lambda: not guard.faulty_plans(), 8)
    world.media.publish("demo", "standby")
    await world.healthy("standby")
    world.media.leave("demo", "main")
    await world.on("standby")


async def test_an_event_that_has_ended_is_not_guarded(world: World) -> None:
    await world.turn(EventState.ENDED)
    guard = await world.guard()
    await until(lambda: "demo" in guard.charges._over)
    assert guard.leads() == []
    world.gateway.events.append({**world.gateway.events[0], "id": "Not A Room!"})
    await until(lambda: "Not A Room!" in guard._directory.events, 8)
    world.gateway.events.clear()
    await until(lambda: not guard._directory.events, 8)


async def test_an_event_that_ends_makes_room_for_another_once_its_incident_is_closed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("failover.charges.EVENTS_MAX", 1)
    monkeypatch.setattr("failover.charges.ENDED_LOOK_EVERY_S", 0.1)
    one, two = await world.guard("g1"), await world.guard("g2")
    await world.live()
    world.media.leave("demo", "main")
    await world.on("standby")
    await world.turn(EventState.ENDED)
    await until(lambda: not one.charges.held and not two.charges.held, 8)
    assert "closed" in await world.steps()
    await until(lambda: world.log.take_lease(EventId("demo"), "g9", 0.1))
    plan = PLAN.replace("demo.backup", "next.backup")
    other = {**world.gateway.events[0], "id": "next", "room": "next", "backup_room": "next.backup", "plan": plan}
    world.gateway.events.append(other)
    await until(lambda: "next" in one.leads() or "next" in two.leads(), 8)
    world.gateway.events.remove(other)
    await until(lambda: not one.charges.held and not two.charges.held, 8)
    # Nobody can do so by the gateways' law; the log is the truth all the same.
    await world.turn(EventState.LIVE)
    await until(lambda: "demo" in one.leads() or "demo" in two.leads(), 8)


async def test_an_event_is_not_over_while_somebody_is_still_to_be_told(world: World) -> None:
    guard = await world.guard()
    await world.live()
    guarded = guard.charges.held["demo"]
    guarded._telling += 1
    await world.turn(EventState.ENDED)
    await until(lambda: guarded.controller.ended)
    await guard.charges.tend()
    assert guard.leads() == ["demo"]
    guarded._telling -= 1
    await until(lambda: not guard.charges.held)


async def test_an_incident_that_was_open_when_nobody_led_is_closed_though_the_event_has_ended(world: World) -> None:
    guard = await world.guard("g1")
    await world.live()
    world.media.leave("demo", "main")
    await world.on("standby")
    await until(lambda: _noticed(world))
    await guard.close()
    await world.turn(EventState.ENDED)
    assert "closed" not in await world.steps()
    guard = await world.guard("g2")
    await until(lambda: _closed(world))
    await until(lambda: not guard.charges.held and "demo" in guard.charges._over)


async def _noticed(world: World) -> bool:
    return "notice" in await world.steps()


async def _closed(world: World) -> bool:
    return "closed" in await world.steps()


async def test_a_controller_that_dies_is_begun_anew(world: World) -> None:
    guard = await world.guard()
    await world.live()
    guarded = guard.charges.held["demo"]

    async def bug() -> None:
        raise ZeroDivisionError

    guarded.controller._tasks.spawn(bug())
    await until(lambda: guard.charges.held.get("demo") not in (None, guarded))
    world.media.leave("demo", "main")
    await world.on("standby")


async def test_a_controller_that_dies_of_what_stands_in_the_log_is_begun_anew_ever_later_and_says_once_how_it_flew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    step, deaths = Ladder.step, []

    def fragile(ladder: Ladder, event: LadderEvent, now: float) -> Effects:
        if isinstance(event, Forced):
            deaths.append(now)
            raise IllegalMove("a bug of ours")
        return step(ladder, event, now)

    guard = await world.guard()
    await world.live()
    monkeypatch.setattr(Ladder, "step", fragile)
    with capture_logs() as logs:
        await world.override(Override(action="force", by=HOST, rung=RungKind.STANDBY))
        await until(lambda: len(deaths) >= 3, 15)
    monkeypatch.setattr(Ladder, "step", step)
    assert deaths[1] - deaths[0] >= 0.75 * FIRST_S
    assert deaths[2] - deaths[1] >= 0.75 * 2 * FIRST_S
    told = [line for line in logs if line["event"] == "flight record"]
    assert len(told) == len([line for line in logs if line["event"].startswith("a controller died")]) == len(deaths)
    assert any("Surveyed" in line for line in told[0]["record"])
    dead = guard.charges.held.get("demo")
    await until(lambda: guard.charges.held.get("demo") not in (None, dead) and guard.leads(), 15)
    await world.healthy("standby")
    world.media.leave("demo", "main")
    await world.on("standby")
    assert guard.ready() == {}
