"""The ledger: every sin is found by name and offset, and nothing else is."""

import pytest

from loadtest.finding import FINDINGS_MAX, Finding
from loadtest.ledger import Ledger
from loadtest.reader import Reader, Said

ROOM, EPOCH = "demo", "e1"


def joined(ledger: Ledger, name: str = "ada", offset: int = 0) -> Reader:
    reader = ledger.reader(name)
    reader.welcomed(ROOM, EPOCH, offset, asked=False, resumed=False)
    return reader


def sins(ledger: Ledger) -> list[tuple[str, str, int]]:
    return [(finding.sin, finding.member, finding.offset) for finding in ledger.findings]


def test_a_whole_log_read_by_two_has_nothing_to_find():
    ledger = Ledger()
    readers = [joined(ledger, name) for name in ("ada", "ben")]
    for offset in range(1, 50):
        for reader in readers:
            reader.received(Said(offset, f"r:x:{offset}"))
    ledger.acked("ada", ROOM, EPOCH, 7, "r:x:7")
    ledger.settle()
    summary = ledger.summary()
    assert sins(ledger) == []
    assert (summary["received"], summary["expected"], summary["reach"]) == (98, 98, 1.0)


def test_what_was_withdrawn_since_contradicts_nobody_and_still_has_its_place():
    ledger = Ledger()
    ada = joined(ledger)
    for offset in (1, 2):
        ada.received(Said(offset, f"m{offset}"))
    late = ledger.reader("late")
    late.welcomed(ROOM, EPOCH, 2, asked=False, resumed=False, history=[Said(1, None, withdrawn=True), Said(2, "m2")])
    ledger.settle()
    assert sins(ledger) == []


def test_a_hole_is_lost_by_offset():
    ledger = Ledger()
    reader = joined(ledger)
    for offset in (1, 2, 4):
        reader.received(Said(offset))
    ledger.settle()
    assert sins(ledger) == [("lost", "ada", 3)]
    assert ledger.summary()["reach"] == pytest.approx(3 / 4)


def test_two_that_change_places_are_swapped_not_lost():
    ledger = Ledger()
    reader = joined(ledger)
    for offset in (1, 3, 2, 4):
        reader.received(Said(offset))
    ledger.settle()
    assert sins(ledger) == [("swapped", "ada", 2)]


def test_one_shown_again_is_doubled_and_counts_once():
    ledger = Ledger()
    reader = joined(ledger)
    for offset in (1, 2, 2):
        reader.received(Said(offset))
    assert sins(ledger) == [("doubled", "ada", 2)]
    assert reader.received_count == 2


def test_one_message_at_two_offsets_is_doubled():
    ledger = Ledger()
    reader = joined(ledger)
    reader.received(Said(1, "r:x:1"))
    reader.received(Said(2, "r:x:1"))
    assert sins(ledger) == [("doubled", "ada", 2)]


def test_an_acked_message_nobody_saw_is_forgotten_by_its_offset():
    ledger = Ledger()
    reader = joined(ledger)
    reader.received(Said(1, "r:x:1"))
    ledger.acked("ada", ROOM, EPOCH, 9, "r:ada:9")
    ledger.settle()
    assert sins(ledger) == [("forgotten", "ada", 9)]


def test_an_ack_that_names_another_offset_contradicts():
    ledger = Ledger()
    reader = joined(ledger)
    reader.received(Said(1, "r:ada:1"))
    ledger.acked("ada", ROOM, EPOCH, 2, "r:ada:1")
    ledger.settle()
    assert sins(ledger) == [("contradicted", "ada", 2)]


def test_two_members_shown_different_things_at_one_offset_contradict():
    ledger = Ledger()
    ada, ben = joined(ledger), joined(ledger, "ben")
    ada.received(Said(1, "r:x:1"))
    ben.received(Said(1, "r:x:2"))
    assert sins(ledger) == [("contradicted", "ben", 1)]


def test_something_of_ours_and_something_of_others_at_one_offset_contradict():
    ledger = Ledger()
    ada, ben = joined(ledger), joined(ledger, "ben")
    ada.received(Said(1, "r:x:1"))
    ben.received(Said(1))
    assert sins(ledger) == [("contradicted", "ben", 1)]


def test_a_message_acked_without_an_offset_must_have_been_seen_too():
    ledger = Ledger()
    reader = joined(ledger)
    reader.received(Said(1, "r:ada:1"))
    ledger.acked("ada", ROOM, EPOCH, None, "r:ada:1")
    ledger.acked("ada", ROOM, EPOCH, None, "r:ada:2")
    ledger.settle()
    assert [(finding.sin, finding.detail) for finding in ledger.findings] == [
        ("forgotten", "acked without an offset, seen by nobody")
    ]


def test_a_tail_that_others_saw_is_lost_to_who_stayed_and_not_to_who_left():
    ledger = Ledger()
    ada, ben, eve = (joined(ledger, name) for name in ("ada", "ben", "eve"))
    for reader in (ada, ben, eve):
        reader.received(Said(1))
    eve.left()
    ada.received(Said(2))
    ledger.settle()
    assert sins(ledger) == [("lost", "ben", 2)]


def test_a_resume_that_brings_everything_is_whole():
    ledger = Ledger()
    reader = joined(ledger)
    reader.received(Said(1))
    reader.welcomed(ROOM, EPOCH, 3, asked=True, resumed=True, history=[Said(2), Said(3)])
    reader.received(Said(4))
    ledger.settle()
    assert sins(ledger) == []
    assert reader.resumed == 1


def test_a_resume_that_says_whole_and_is_not_loses():
    ledger = Ledger()
    reader = joined(ledger)
    reader.received(Said(1))
    reader.welcomed(ROOM, EPOCH, 4, asked=True, resumed=True, history=[Said(2)])
    assert sins(ledger) == [("lost", "ada", 3), ("lost", "ada", 4)]


def test_a_resume_that_repeats_is_doubled():
    ledger = Ledger()
    reader = joined(ledger)
    reader.received(Said(1))
    reader.welcomed(ROOM, EPOCH, 2, asked=True, resumed=True, history=[Said(1), Said(2)])
    assert sins(ledger) == [("doubled", "ada", 1)]


def led_away(ledger: Ledger):
    """Ada, who was shown three entries of the ten that Ben was, and was then welcomed to another log."""
    ada, ben = joined(ledger), joined(ledger, "ben")
    for offset in range(1, 11):
        ben.received(Said(offset))
    for offset in range(1, 4):
        ada.received(Said(offset))
    ada.welcomed(ROOM, "e2", 0, asked=True, resumed=False)
    return ada


def test_what_was_missed_of_a_log_that_was_given_up_is_skipped():
    ledger = Ledger()
    ada = led_away(ledger)
    ada.received(Said(1))
    ledger.settle()
    summary = ledger.summary()
    assert (summary["lost"], summary["skipped"], summary["received"]) == (0, 7, 14)
    assert summary["reach"] == pytest.approx(14 / 21)


def test_a_log_that_a_member_comes_back_to_owes_only_what_it_was_not_shown():
    ledger = Ledger()
    ada = led_away(ledger)
    ada.welcomed(ROOM, EPOCH, 7, asked=True, resumed=False)
    for offset in range(8, 11):
        ada.received(Said(offset))
    ledger.settle()
    assert (ledger.summary()["skipped"], ledger.summary()["received"]) == (4, 16)


def test_an_admitted_gap_is_skipped_not_lost_and_every_entry_counts_once():
    ledger = Ledger()
    reader = joined(ledger)
    reader.received(Said(1))
    reader.welcomed(ROOM, EPOCH, 6, asked=True, resumed=False, history=[Said(5), Said(6)])
    ledger.settle()
    summary = ledger.summary()
    assert (summary["lost"], summary["skipped"], summary["not_resumed"]) == (0, 3, 1)
    assert (summary["received"], summary["expected"]) == (3, 6)


def test_a_record_shown_anew_is_neither_received_twice_nor_doubled():
    ledger = Ledger()
    reader = joined(ledger)
    for offset in (1, 2, 3):
        reader.received(Said(offset))
    reader.welcomed(ROOM, EPOCH, 4, asked=True, resumed=False, history=[Said(offset) for offset in (1, 2, 3, 4)])
    ledger.settle()
    summary = ledger.summary()
    assert sins(ledger) == []
    assert (summary["received"], summary["expected"], summary["skipped"]) == (4, 4, 0)


def test_a_return_is_whole_or_not_by_what_the_server_said():
    ledger = Ledger()
    ada, ben, eve = (joined(ledger, name) for name in ("ada", "ben", "eve"))
    ada.welcomed(ROOM, EPOCH, 0, asked=True, resumed=True)
    ben.welcomed(ROOM, "e2", 0, asked=True, resumed=False)
    eve.left()
    eve.welcomed(ROOM, EPOCH, 0, asked=False, resumed=False)
    summary = ledger.summary()
    assert (summary["resumed"], summary["not_resumed"]) == (1, 1)


def test_who_is_still_away_at_the_end_lowers_the_reach_and_is_no_sin():
    ledger = Ledger()
    ada, ben = joined(ledger), joined(ledger, "ben")
    ada.received(Said(1))
    ben.received(Said(1))
    ben.parted()
    ada.received(Said(2))
    assert ledger.behind() == 1
    ledger.settle()
    summary = ledger.summary()
    assert sins(ledger) == []
    assert (summary["received"], summary["expected"], summary["skipped"]) == (3, 4, 1)


def test_a_new_lineage_that_resumes_goes_on_where_the_member_stood():
    ledger = Ledger()
    reader = joined(ledger)
    reader.received(Said(1))
    reader.welcomed(ROOM, "e2", 2, asked=True, resumed=True, history=[Said(2)])
    reader.received(Said(3))
    assert sins(ledger) == []
    assert (reader.epoch, reader.last) == ("e2", 3)


def test_the_history_of_a_first_visit_must_have_no_hole():
    ledger = Ledger()
    reader = ledger.reader("ada")
    reader.welcomed(ROOM, EPOCH, 9, asked=False, resumed=False, history=[Said(6), Said(8), Said(9)])
    assert sins(ledger) == [("lost", "ada", 7)]


def test_another_room_begins_anew_and_what_came_along_is_not_forgotten():
    ledger = Ledger()
    reader = joined(ledger)
    reader.received(Said(1, "r:x:1"))
    ledger.acked("ada", ROOM, EPOCH, 2, "r:ada:2")
    reader.welcomed("demo.backup", "e9", 0, asked=False, resumed=False)
    ledger.carried("r:ada:2")
    reader.received(Said(1, "r:x:3"))
    ledger.settle()
    assert sins(ledger) == []


def test_before_a_welcome_nothing_counts():
    ledger = Ledger()
    reader = ledger.reader("ada")
    reader.received(Said(5))
    ledger.settle()
    assert ledger.summary()["received"] == 0
    assert ledger.summary()["reach"] == 1.0


def test_findings_are_counted_without_end_and_kept_within_bounds():
    ledger = Ledger()
    reader = joined(ledger)
    reader.received(Said(FINDINGS_MAX * 2 + 1))
    ledger.settle()
    summary = ledger.summary()
    assert summary["lost"] == FINDINGS_MAX * 2
    assert len(summary["findings"]) == FINDINGS_MAX


def test_a_finding_reads_as_a_sentence():
    assert str(Finding("lost", "ada", "demo", "e1", 7)) == "lost: ada at offset 7 of demo"
    assert str(Finding("doubled", "ada", "demo", "e1", 7, "said at 5 already")).endswith("(said at 5 already)")
