"""Ledgers of several processes: what none of them finds alone is found together, and nothing else is."""

import json
from typing import Any

import pytest

from loadtest.comparison import RANGES_MAX, judge, merge, question
from loadtest.ledger import RANGE, UNSEEN_MAX, Ledger
from loadtest.reader import Reader, Said

ROOM, EPOCH = "demo", "e1"


def crowd(*names: str) -> tuple[Ledger, list[Reader]]:
    """A worker's ledger, with members who are there from the beginning."""
    ledger = Ledger()
    readers = [ledger.reader(name) for name in names]
    for reader in readers:
        reader.welcomed(ROOM, EPOCH, 0, asked=False, resumed=False)
    return ledger, readers


def shown(readers: list[Reader], first: int, last: int) -> None:
    """Every third entry is a load client's."""
    for offset in range(first, last + 1):
        for reader in readers:
            reader.received(Said(offset, None if offset % 3 else f"r:x:{offset}"))


def together(*ledgers: Ledger) -> tuple[dict[str, Any], dict[str, Any]]:
    """As a master and its workers talk, through JSON: the summary of all, and what was asked."""
    asked = through_json(question([through_json(ledger.evidence()) for ledger in ledgers]))
    for ledger in ledgers:
        ledger.learn(asked["heads"])
        ledger.settle(alone=False)
    testimonies = [through_json(ledger.testimony(asked)) for ledger in ledgers]
    summary = merge([through_json(ledger.summary()) for ledger in ledgers], judge(testimonies))
    return summary, asked


def through_json(data: Any) -> Any:
    return json.loads(json.dumps(data))


def found(summary: dict[str, Any]) -> list[tuple[str, str, int]]:
    return sorted((each["sin"], each["member"], each["offset"]) for each in summary["findings"])


def test_two_workers_that_saw_the_same_are_asked_for_nothing_more():
    one, other = crowd("ada", "ben"), crowd("eve")
    for _, readers in (one, other):
        shown(readers, 1, RANGE * 5)
    one[0].acked("ada", ROOM, EPOCH, 3, "r:x:3")
    summary, asked = together(one[0], other[0])
    assert (asked["ranges"], asked["marks"], asked["uncompared"]) == ([], [], 0)
    assert found(summary) == []
    assert (summary["members"], summary["received"], summary["reach"]) == (3, RANGE * 15, 1.0)


def test_what_one_worker_sends_does_not_grow_with_what_was_said_but_by_its_256th():
    ledger, readers = crowd("ada")
    shown(readers, 1, RANGE * 40)
    evidence = ledger.evidence()
    assert len(evidence["ranges"]) == 41
    assert len(json.dumps(evidence)) < 41 * 60


def test_a_tail_that_nobody_of_one_worker_was_shown_is_lost_to_all_of_them():
    one, other = crowd("ada"), crowd("ben", "eve")
    shown(one[1], 1, 12)
    shown(other[1], 1, 10)
    summary, _ = together(one[0], other[0])
    assert found(summary) == [("lost", name, offset) for name in ("ben", "eve") for offset in (11, 12)]
    assert (summary["lost"], summary["received"], summary["expected"]) == (4, 32, 36)


def test_what_arrives_while_the_others_are_asked_is_not_lost():
    one, other = crowd("ada"), crowd("ben")
    shown(one[1], 1, 12)
    shown(other[1], 1, 10)
    asked = question([one[0].evidence(), other[0].evidence()])
    other[0].learn(asked["heads"])
    assert other[0].behind() == 1
    shown(other[1], 11, 12)
    assert other[0].behind() == 0
    other[0].settle(alone=False)
    assert judge([ledger.testimony(asked) for ledger, _ in (one, other)]) == []
    assert other[0].summary()["lost"] == 0


@pytest.mark.parametrize("mark", ["r:y:7", None])
def test_workers_that_were_shown_different_things_at_one_offset_contradict(mark):
    one, other = crowd("ada"), crowd("ben")
    for _, readers in (one, other):
        shown(readers, 1, RANGE * 3)
    one[1][0].received(Said(RANGE * 3 + 1, "r:x:7"))
    other[1][0].received(Said(RANGE * 3 + 1, mark))
    for _, readers in (one, other):
        shown(readers, RANGE * 3 + 2, RANGE * 6)
    summary, asked = together(one[0], other[0])
    assert asked["ranges"] == [[ROOM, EPOCH, 3]]
    assert found(summary) == [("contradicted", "ben", RANGE * 3 + 1)]
    assert summary["findings"][0]["detail"] == "another message than ada saw here"
    assert summary["contradicted"] == 1


def test_who_came_late_is_asked_and_contradicts_nobody():
    one, other = crowd("ada"), Ledger()
    late = other.reader("ben")
    shown(one[1], 1, 20)
    late.welcomed(ROOM, EPOCH, 20, asked=False, resumed=False, history=[Said(20)])
    shown([*one[1], late], 21, 30)
    summary, asked = together(one[0], other)
    assert asked["ranges"] == [[ROOM, EPOCH, 0]]
    assert found(summary) == []


def test_an_acked_message_is_forgotten_only_if_no_worker_saw_it():
    one, other = crowd("ada"), crowd("ben")
    for _, readers in (one, other):
        shown(readers, 1, 8)
    one[1][0].left()
    shown(other[1], 9, 9)
    one[0].acked("ada", ROOM, EPOCH, 9, "r:x:9")
    one[0].acked("ada", ROOM, EPOCH, 10, "r:x:10")
    one[0].acked("ada", ROOM, EPOCH, None, "r:x:11")
    summary, asked = together(one[0], other[0])
    assert asked["marks"] == ["r:x:9", "r:x:10", "r:x:11"]
    assert found(summary) == [("forgotten", "ada", 0), ("forgotten", "ada", 10)]


def test_an_ack_that_another_worker_saw_elsewhere_contradicts():
    one, other = crowd("ada"), crowd("ben")
    one[1][0].left()
    shown(other[1], 1, 9)
    one[0].acked("ada", ROOM, EPOCH, 8, "r:x:9")
    summary, _ = together(one[0], other[0])
    assert found(summary) == [("contradicted", "ada", 8)]


def test_more_than_can_be_asked_for_is_said_and_not_guessed():
    one, other = crowd("ada"), crowd("ben")
    for n in range(RANGES_MAX + 3):
        one[1][0].received(Said(n * RANGE + 1, "r:x:1"))
        other[1][0].received(Said(n * RANGE + 1, "r:x:2"))
    asked = question([one[0].evidence(), other[0].evidence()])
    assert (len(asked["ranges"]), asked["uncompared"]) == (RANGES_MAX, 3)
    for n in range(UNSEEN_MAX + 5):
        one[0].acked("ada", ROOM, EPOCH, None, f"r:y:{n}")
    asked = question([one[0].evidence(), other[0].evidence()])
    one[0].settle(alone=False)
    testimony = one[0].testimony(asked)
    assert (len(asked["marks"]), len(testimony["unseen"]), testimony["uncompared"]) == (UNSEEN_MAX, UNSEEN_MAX, 5)


def test_nobody_is_merged_into_nothing():
    summary = merge([])
    assert (summary["lost"], summary["expected"], summary["resumed"], summary["reach"]) == (0, 0, 0, 1.0)
    assert question([])["ranges"] == []
    assert judge([]) == []
