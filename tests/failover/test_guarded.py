"""What a guarded event has to be told from outside its logs: its backup room, and whom to tell."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from broadcast.core.entries import Moved, Step
from broadcast.core.passing import ContactChanged
from broadcast.core.position import LogId
from failover.core.decision import TellContacts
from failover.core.verdict import Verdict
from failover.directory import Contact
from failover.guard import Guard
from tests.failover.conftest import World
from tests.waiting import until


async def leading(*guards: Guard) -> Guard | None:
    return next((guard for guard in guards if guard.leads() == ["demo"]), None)


async def test_the_backup_room_is_looked_at_before_anybody_is_led_there(world: World) -> None:
    guard = await world.guard()
    await world.live()
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


async def test_however_many_contacts_change_while_the_gateways_are_asked_one_more_question_follows(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("failover.guarded.CONTACTS_EVERY_S", 1_000.0)
    world.gateway.slow = asyncio.Event()
    guard = await world.guard()
    await until(lambda: guard.leads() and world.gateway.asked)
    assert len(world.gateway.asked) == 1
    for _ in range(20):
        await world.log.publish(LogId("demo!staff"), ContactChanged(event="demo"))
    changed = guard.charges.held["demo"]._contacts_changed
    await until(changed.is_set)
    assert len(world.gateway.asked) == 1
    world.gateway.slow.set()
    await until(lambda: len(world.gateway.asked) == 2)
    await until(lambda: not changed.is_set())
    await world.log.publish(LogId("demo!staff"), ContactChanged(event="demo"))
    await until(lambda: len(world.gateway.asked) == 3)


async def test_a_crowd_is_told_in_parts_so_that_the_lease_is_kept_meanwhile(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("failover.guarded.CONTACTS_AT_ONCE", 2)
    address = {"confirmed": True, "confirm_url": "", "backup_url": "http://live.example/e/demo.backup?t=x"}
    world.gateway.contacts = [{"id": f"c{n}", "address": f"p{n}@example.org", **address} for n in range(5)]
    guard = await world.guard()
    await until(lambda: guard.leads() and len(guard._directory.contacts("demo")) == 5)
    guarded = guard.charges.held["demo"]
    parts: list[int] = []

    def tell(*_: object, contacts: Sequence[Contact], **__: object) -> None:
        parts.append(len(contacts))
        asyncio.get_running_loop().call_soon(parts.append, 0)

    monkeypatch.setattr(guarded._notifier, "tell_moved", tell)
    guarded._tell(TellContacts("i1", 2, "demo", "demo.backup", "Moving."))
    await until(lambda: not guarded._telling)
    assert parts == [2, 0, 2, 0, 1, 0]


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
    await world.live()
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
