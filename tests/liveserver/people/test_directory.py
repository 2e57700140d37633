"""What the gateway is told of rooms, and that it goes on being told while the record plane is away."""

from dataclasses import replace

import pytest

from broadcast.core.errors import Outage
from broadcast.core.position import RoomId
from liveserver.people import directory as module
from liveserver.people.directory import RecordDirectory
from liveserver.sample import sample_event
from liveserver.store.event import EventRow


class Events:
    def __init__(self) -> None:
        self.kept: dict[str, EventRow] = {"demo": sample_event()}
        self.away = False
        self.asked = 0

    async def find(self, event: str) -> EventRow | None:
        self.asked += 1
        if self.away:
            raise Outage("record")
        return self.kept.get(event)


async def test_an_event_has_its_own_room_and_the_backup_room_of_its_plan() -> None:
    directory = RecordDirectory(Events())
    for room in ("demo", "demo.backup"):
        info = await directory.room(RoomId(room))
        assert info is not None
        assert (info.room, info.event, info.guests) == (room, "demo", True)
        assert info.backups == ()
    assert await directory.room(RoomId("demo.other")) is None
    assert await directory.room(RoomId("other")) is None


async def test_a_place_elsewhere_that_the_plan_names_is_a_backup() -> None:
    events = Events()
    event = events.kept["demo"]
    events.kept["demo"] = replace(event, plan=event.plan.replace('link = ""', 'link = "https://example.org/live"'))
    info = await RecordDirectory(events).room(RoomId("demo"))
    assert info is not None
    assert [backup.url for backup in info.backups] == ["https://example.org/live"]


async def test_a_crowd_at_the_door_asks_the_records_once() -> None:
    events = Events()
    directory = RecordDirectory(events)
    for _ in range(50):
        await directory.room(RoomId("demo"))
        await directory.room(RoomId("none"))
    assert events.asked == 2


async def test_known_rooms_are_entered_while_the_records_are_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FRESH_S", 0.0)
    events = Events()
    directory = RecordDirectory(events)
    await directory.room(RoomId("demo"))
    events.away = True
    assert await directory.room(RoomId("demo.backup")) is not None
    with pytest.raises(Outage):
        await directory.room(RoomId("never-heard-of"))


async def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REMEMBERED_MAX", 10)
    directory = RecordDirectory(Events())
    for number in range(50):
        await directory.room(RoomId(f"guess-{number}"))
    assert len(directory._known) == 10
