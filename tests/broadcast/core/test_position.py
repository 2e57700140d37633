"""How rooms, events and logs are named."""

import pytest

from broadcast.core.position import LogId, RoomId, event_of, is_room_id, room_log, staff_log


@pytest.mark.parametrize("text", ["demo", "d", "0", "a-b", "demo.backup", "x" * 40, "x" * 40 + "." + "y" * 20])
def test_these_name_rooms(text: str) -> None:
    assert is_room_id(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", ".", "-a", "Demo", "demo.", ".demo", "demo.-a", "a.b.c", "a b", "demo!staff", "a\n", "d\u0435mo"),
        *("{demo}", "a:b", "../etc", "x" * 41, "a." + "y" * 21),
    ],
)
def test_these_do_not(text: str) -> None:
    assert not is_room_id(text)


@pytest.mark.parametrize("name", ["demo", "demo.backup", "demo!staff", "demo.backup!staff"])
def test_all_rooms_and_logs_of_an_event_lead_to_it(name: str) -> None:
    assert event_of(LogId(name)) == "demo"


def test_a_room_has_a_log_for_all_and_one_for_staff() -> None:
    room = RoomId("demo.backup")
    assert room_log(room) == "demo.backup"
    assert staff_log(room) == "demo.backup!staff"
    assert not is_room_id(staff_log(room)), "nobody can ask for the staff's log as if it were a room"
