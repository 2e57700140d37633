"""The guard as a whole, against a media node and a gateway on real sockets, and a log in memory."""

import asyncio
import time
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from broadcast.core.entries import (
    ContactChanged,
    Cut,
    EventChanged,
    EventState,
    Health,
    Moved,
    Notice,
    Override,
    Passing,
    RungKind,
    Step,
    Witness,
)
from broadcast.core.errors import IllegalMove
from broadcast.core.position import EventId, LogId
from failover.core.ladder import Ladder
from failover.core.standing import Effects, Forced, LadderEvent
from failover.core.verdict import Verdict
from failover.guard import Guard
from failover.restart import FIRST_S
from tests.failover.conftest import HOST, PLAN, World
from tests.waiting import until


async def live(world: World) -> None:
    await world.turn(EventState.OPEN)
    world.media.publish("demo", "main")
    await world.on("main")
    world.media.publish("demo", "standby")
    await world.healthy("standby")


async def steps(world: World, log: str = "demo!staff") -> list[str]:
    return [step.what for step in await world.bodies(Step, log)]


async def closed(world: World) -> bool:
    return "closed" in await steps(world)


async def leading(*guards: Guard) -> Guard | None:
    return next((guard for guard in guards if guard.leads() == ["demo"]), None)


async def test_an_open_event_goes_live_with_its_first_publisher(world: World) -> None:
    await world.guard()
    await world.turn(EventState.OPEN)
    world.media.publish("demo", "standby")
    await world.on("standby")
    assert [changed.state for changed in await world.bodies(EventChanged)][-1] is EventState.LIVE
    assert await steps(world) == []


async def test_a_source_that_leaves_hands_over_and_comes_back_and_the_room_is_told_of_both(world: World) -> None:
    guard = await world.guard()
    await live(world)
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
    await live(world)
    world.media.freeze("demo", "main")
    await world.on("standby", within_s=3)
    world.media.thaw("demo", "main")
    await world.on("main")


async def test_a_gateway_that_is_a_witness_makes_it_quicker_and_one_that_is_alone_is_answered(world: World) -> None:
    await world.guard()
    await live(world)
    witness = Witness(node="gw1", source="main", saw="silent", showing="standby", rung=RungKind.STANDBY)
    await world.log.publish(LogId("demo!staff"), witness)

    async def restated() -> bool:
        return [cut.cause for cut in await world.bodies(Cut)][-1] == "restated"

    await until(restated)
    assert (await world.cuts())[-1] == ("main", "main")


async def test_a_lost_media_node_takes_everything_with_it_and_the_slate_leads_to_the_backup_room(world: World) -> None:
    guard = await world.guard()
    world.gateway.contacts = [
        {
            "id": "c1",
            "address": "ada@example.org",
            "name": "Ada",
            "confirmed": True,
            "confirm_url": "",
            "backup_url": "http://live.example/e/demo.backup?t=ada",
            "language": "en",
        }
    ]
    await live(world)
    await until(lambda: guard._directory.contacts("demo"))
    world.media.mute = True
    await world.on("slate", within_s=8)
    world.gateway.away = True
    await until(lambda: world.bodies(Moved))
    (moved,) = await world.bodies(Moved)
    assert (moved.room, moved.url) == ("demo.backup", "http://live.example/e/demo.backup")
    assert await world.cuts("demo.backup") == [("slate", None)]

    async def mailed() -> Any:
        return (await world.ask("/failover/v1/mail", guard)).get("mail")

    (mail,) = await until(mailed)  # type: ignore[misc]
    assert (mail["to"], mail["lane"], mail["status"]) == ("ada@example.org", "outbox", "sent")
    assert "http://live.example/e/demo.backup?t=ada" in mail["text"]
    world.media.mute = False
    world.media.publish("demo.backup", "main")
    await world.on("main", log="demo.backup")
    await until(lambda: world.bodies(Step, "demo.backup!staff"))


async def test_one_of_two_guards_leads_and_the_other_goes_on_when_it_dies(world: World) -> None:
    one, two = await world.guard("g1"), await world.guard("g2")
    await live(world)
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
    await live(world)
    leader = await until(lambda: leading(one, two))
    assert isinstance(leader, Guard)
    follower = two if leader is one else one
    controller = follower.charges.held["demo"].controller
    asked = controller.leadership
    await controller._ask()
    assert (asked.may_act(asyncio.get_running_loop().time()), follower.leads()) == (False, [])
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
    await live(world)
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
    await world.guard()
    await live(world)
    await world.turn(EventState.BREAK)
    world.media.leave("demo", "main")
    world.media.leave("demo", "standby")
    await world.turn(EventState.ENDED)
    await world.unhealthy("main")
    assert await world.cuts() == [("main", "main")]
    assert await steps(world) == []


async def test_staff_is_shown_the_ladder_each_second(world: World) -> None:
    await world.guard()
    await live(world)
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


async def test_whoever_leaves_an_address_is_asked_to_confirm_it_once(world: World) -> None:
    one, two = await world.guard("g1"), await world.guard("g2")
    await until(lambda: leading(one, two))
    world.gateway.contacts = [
        {"id": "c1", "address": "ben@example.org", "confirmed": False, "confirm_url": "http://live.example/c?t=ben"}
    ]
    await world.log.publish(LogId("demo!staff"), ContactChanged(event="demo"))

    async def mails() -> list[Any]:
        return list((await world.ask("/failover/v1/mail", one)).get("mail", []))

    await until(mails)
    for _ in range(3):
        await world.log.publish(LogId("demo!staff"), ContactChanged(event="demo"))
    await until(lambda: one._directory.contacts("demo") or two._directory.contacts("demo"))
    assert [(mail["to"], mail["subject"]) for mail in await mails()] == [
        ("ben@example.org", "A demo: please confirm your address")
    ]


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


async def test_the_backup_room_is_looked_at_before_anybody_is_led_there(world: World) -> None:
    guard = await world.guard()
    await live(world)
    controller = guard.charges.held["demo"].controller

    async def seen(why: str) -> None:
        await until(lambda: why in controller._target.why, 10, why)

    await seen("a gateway has demo.backup ready")
    assert controller._target.verdict is Verdict.HEALTHY
    world.gateway.rooms["demo.backup"] = "ended"
    await seen("demo.backup has ended")
    assert controller._target.verdict is Verdict.FAILED
    del world.gateway.rooms["demo.backup"]
    await seen("the gateways know no room demo.backup")
    assert controller._target.verdict is Verdict.FAILED
    world.gateway.rooms["demo.backup"] = "scheduled"
    await seen("a gateway has demo.backup ready")
    world.gateway.away = True
    await seen("no gateway answers")
    assert controller._target.verdict is Verdict.FAILED


async def test_it_says_what_it_lacks(world: World) -> None:
    guard = await world.guard()
    await until(lambda: guard.ready() == {})
    lame = await world.guard("g2", media_nodes=("http://127.0.0.1:9",), gateways=("http://127.0.0.1:9",))
    assert {"media", "gateways"} <= lame.ready().keys()
    nowhere = replace(world.settings("g3"), database_url="sqlite+aiosqlite:////nowhere/at/all.db")
    blind = await world.guard("g3", database_url=nowhere.database_url)
    await until(lambda: "away" in blind.ready().get("record", ""))
    assert (await world.ask("/failover/v1/mail", blind))["code"] == "unavailable"


async def test_a_controller_that_dies_is_begun_anew(world: World) -> None:
    guard = await world.guard()
    await live(world)
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
    await live(world)
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


async def test_staff_is_told_once_that_a_show_should_have_begun(world: World) -> None:
    await world.turn(EventState.OPEN)
    world.gateway.events[0]["starts_at_ms"] = int(time.time() * 1000) - 601_000
    await world.guard("g1")
    await until(lambda: steps(world))
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
    assert await steps(world) == []
