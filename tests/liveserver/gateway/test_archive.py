"""What comes along from the room before."""

from broadcast.core.entries import Chat, Deleted, Entry, EntryBody, EventState, Person, Role
from broadcast.core.position import MemberId, Position, RoomId, room_log
from broadcast.log.memory import MemoryLog
from liveserver.core.resume import Tail
from liveserver.core.room import Room
from liveserver.gateway.archive import Archive

BEN = Person(MemberId("g-ben"), "Ben", Role.ATTENDEE)


def tail(*bodies: EntryBody) -> Tail:
    found = Tail()
    found.begin((), Position("e", 0))
    for body in bodies:
        add(found, body)
    return found


def add(told: Tail, body: EntryBody) -> None:
    told.add(Entry(room_log(RoomId("demo")), "e", told.position.offset + 1, 1_000, body))


def chat(text: str) -> Chat:
    return Chat(author=BEN, text=text)


async def test_everyone_led_here_brings_what_was_said_by_then() -> None:
    archive = Archive(MemoryLog(), Room(RoomId("demo.backup"), EventState.LIVE), 200)

    def brought(told: Tail) -> list[str]:
        said = archive.newest(staff=False, told=told).carried
        return [entry.body.text for entry in said if isinstance(entry.body, Chat)]

    before = tail(chat("a"), chat("b"))
    assert brought(before) == ["a", "b"]
    assert archive.newest(staff=False, told=before).carried is archive.newest(staff=False, told=before).carried
    add(before, chat("c"))
    assert brought(before) == ["a", "b", "c"], "said while the others were on their way"
    add(before, Deleted(target=2, by=BEN))
    assert brought(before) == ["a", "c"]
    assert brought(tail(chat("elsewhere"), chat("1"), chat("2"), chat("3"))) == ["elsewhere", "1", "2", "3"]
    assert archive.newest(staff=False).carried == ()
