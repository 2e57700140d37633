"""The guard as a whole, against a media node and a gateway on real sockets, and a log in memory."""

from broadcast.core.entries import EventChanged, EventState, Notice, Step
from tests.failover.conftest import World
from tests.waiting import until


async def live(world: World) -> None:
    await world.turn(EventState.OPEN)
    world.media.publish("demo", "main")
    world.media.publish("demo", "standby")


async def test_an_open_event_goes_live_with_its_first_publisher(world: World) -> None:
    await world.guard()
    await world.turn(EventState.OPEN)
    world.media.publish("demo", "standby")
    await world.on("standby")
    assert [changed.state for changed in await world.bodies(EventChanged)][-1] is EventState.LIVE
    assert await world.bodies(Step, "demo!staff") == []


async def test_a_source_that_leaves_hands_over_to_the_standby_and_the_room_is_told(world: World) -> None:
    guard = await world.guard()
    await live(world)
    await world.on("main")
    world.media.leave("demo", "main")
    await world.on("standby")
    await until(lambda: world.bodies(Notice))
    assert [notice.text for notice in await world.bodies(Notice)] == ["You're on the second camera."]

    async def incident() -> object:
        return (await world.ask("/failover/v1/incidents?event=demo", guard)).get("incidents")

    await until(incident)
    world.media.publish("demo", "main")
    await world.on("main")
    await until(lambda: _closed(world))
    assert await world.cuts() == [("main", "main"), ("standby", "standby"), ("main", "main")]


async def _closed(world: World) -> bool:
    return any(step.what == "closed" for step in await world.bodies(Step, "demo!staff"))
