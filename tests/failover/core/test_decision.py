"""What follows from a decision."""

from dataclasses import replace

from broadcast.core.entries import RungKind
from failover.core.decision import (
    LANDING,
    CloseIncident,
    Decision,
    Line,
    Notice,
    OpenIncident,
    TellContacts,
    announcement,
    follow_up,
)

DOWN = Decision(
    room="demo",
    rung=RungKind.STANDBY,
    source="standby",
    cause="main_failed",
    reason="The main camera dropped out.",
    words="Second camera.",
    incident="i1",
    number=1,
    opens=True,
)
UP = replace(DOWN, rung=RungKind.MAIN, source="main", words="Back.", number=2, opens=False, closes=True)
MOVE = replace(DOWN, rung=RungKind.BACKUP_ROOM, source=None, words="Moving.", number=3, opens=False, to="demo.backup")


def whats(decision: Decision) -> list[str]:
    return [effect.what if isinstance(effect, Line) else type(effect).__name__ for effect in follow_up(decision)]


def test_a_descent_tells_the_room_and_opens_the_timeline() -> None:
    effects = follow_up(DOWN)
    assert effects[0] == Notice("demo", "Second camera.", "warning", "i1", 1)
    assert effects[1] == OpenIncident("i1", "demo", "main_failed", "The main camera dropped out.")
    assert whats(DOWN) == ["Notice", "OpenIncident", "decided", "cut", "notice"]
    assert isinstance(effects[-1], Line)
    assert effects[-1].last


def test_the_way_back_to_the_top_ends_the_incident() -> None:
    assert whats(UP) == ["Notice", "decided", "recovered", "notice", "CloseIncident"]
    assert isinstance(follow_up(UP)[-1], CloseIncident)
    assert not any(effect.last for effect in follow_up(UP) if isinstance(effect, Line))


def test_a_move_is_told_to_contacts_after_the_room_was_told_before_it() -> None:
    assert whats(MOVE) == ["decided", "TellContacts", "moved", "notice"]
    assert TellContacts("i1", 3, "demo", "demo.backup", "Moving.") in follow_up(MOVE)


def test_severity_follows_what_happens() -> None:
    assert [announcement(each, "i1").severity for each in (DOWN, UP, MOVE)] == ["warning", "info", "critical"]


def test_without_words_nobody_is_told() -> None:
    assert whats(replace(DOWN, words="", opens=False)) == ["decided", "cut", "notice"]


def test_nothing_follows_without_an_incident_and_from_a_landing_only_the_end_of_one() -> None:
    assert follow_up(replace(DOWN, incident=None)) == []
    assert follow_up(replace(DOWN, cause=LANDING)) == []
    assert whats(replace(UP, cause=LANDING)) == ["CloseIncident"]
