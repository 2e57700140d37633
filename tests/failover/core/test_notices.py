"""Whom to tell, once."""

import itertools

import pytest

from broadcast.core.errors import IllegalMove
from broadcast.core.woke import Woke
from failover.core.notices import (
    Answer,
    Claim,
    ClaimAnswered,
    Fate,
    NoticeEvent,
    NoticeKey,
    NoticePolicy,
    Notices,
    NotSent,
    Rest,
    Send,
    Sent,
    Settle,
    TakenOver,
    Wanted,
)

POLICY = NoticePolicy(deadline_s=10, retry_s=1, retry_max_s=4, rest_s=100, rounds=2, at_once=2, kept=4)
ADA, BEN, CY = (NoticeKey("i1", "2", name) for name in ("ada", "ben", "cy"))


def test_a_story_of_one_that_is_told_at_the_second_try() -> None:
    notices = Notices(POLICY)
    assert notices.fate(ADA) is None
    assert notices.idle
    assert notices.step(Wanted(ADA), 0) == [Claim(ADA)]
    assert notices.step(Wanted(ADA), 0) == []
    assert not notices.idle
    assert notices.step(ClaimAnswered(ADA, Answer.WON), 0.1) == [Send(ADA, 1)]
    assert notices.step(NotSent(ADA, "busy", again=True, chance=0.5), 1) == []
    assert notices.fate(ADA) is Fate.WAITING
    assert not notices.idle
    assert notices.deadline() == 2.5
    assert notices.step(Woke(), 2.4) == []
    assert notices.step(Woke(), 2.5) == [Send(ADA, 2)]
    assert notices.step(Sent(ADA), 3) == [Settle(ADA, Fate.REACHED, "")]
    assert notices.idle
    assert notices.step(Wanted(ADA), 4) == []
    assert notices.fate(ADA) is Fate.REACHED
    assert notices.deadline() is None


def test_what_another_one_told_is_left_alone() -> None:
    notices = Notices(POLICY)
    notices.step(Wanted(ADA), 0)
    assert notices.step(ClaimAnswered(ADA, Answer.SETTLED), 0.1) == []
    assert notices.fate(ADA) is Fate.ANOTHERS


def test_what_another_one_is_at_is_asked_for_again() -> None:
    notices = Notices(POLICY)
    notices.step(Wanted(ADA), 0)
    assert notices.step(ClaimAnswered(ADA, Answer.BUSY), 0) == []
    assert notices.deadline() == 1
    assert notices.step(Woke(), 1) == [Claim(ADA)]
    notices.step(ClaimAnswered(ADA, Answer.AWAY, chance=1.0), 1)
    assert notices.deadline() == 5
    assert notices.step(Woke(), 5) == [Claim(ADA)]
    assert notices.step(ClaimAnswered(ADA, Answer.AWAY, chance=0.9), 5) == []
    assert notices.fate(ADA) is Fate.LOST


def test_what_another_one_took_over_while_it_was_to_be_sent_is_that_ones_to_settle() -> None:
    notices = Notices(POLICY)
    notices.step(Wanted(ADA), 0)
    notices.step(ClaimAnswered(ADA, Answer.WON), 0)
    assert notices.step(TakenOver(ADA), 1) == []
    assert notices.fate(ADA) is Fate.ANOTHERS
    with pytest.raises(IllegalMove):
        notices.step(TakenOver(BEN), 1)


def test_a_refusal_for_good_is_written_down_as_not_reached() -> None:
    notices = Notices(POLICY)
    notices.step(Wanted(ADA), 0)
    notices.step(ClaimAnswered(ADA, Answer.WON), 0)
    assert notices.step(NotSent(ADA, "550 unknown", again=False), 1) == [Settle(ADA, Fate.LOST, "550 unknown")]


def test_what_may_have_arrived_is_not_told_again() -> None:
    notices = Notices(POLICY)
    notices.step(Wanted(ADA), 0)
    notices.step(ClaimAnswered(ADA, Answer.WON), 0)
    effects = notices.step(NotSent(ADA, "it hung up", again=True, unsure=True), 1)
    assert effects == [Settle(ADA, Fate.UNSURE, "it hung up")]


def test_trying_ends_at_the_deadline() -> None:
    notices = Notices(POLICY)
    notices.step(Wanted(ADA), 0)
    notices.step(ClaimAnswered(ADA, Answer.WON), 0)
    now, tries = 0.0, 0
    while notices.fate(ADA) is Fate.SENDING:
        tries += 1
        settled = notices.step(NotSent(ADA, "421", again=True), now)
        now = notices.deadline() or now
        notices.step(Woke(), now)
    assert tries == 4
    assert settled == [Settle(ADA, Fate.LOST, "421; given up after 4 tries")]


def test_one_that_lasts_begins_anew_after_a_pause_and_is_lost_after_so_many_rounds() -> None:
    notices = Notices(POLICY)
    notices.step(Wanted(ADA, lasts=True), 0)
    notices.step(ClaimAnswered(ADA, Answer.WON), 0)
    assert notices.step(NotSent(ADA, "421", again=True, chance=0.5), 9.5) == [Rest(ADA, "421; given up after 1 tries")]
    assert (notices.fate(ADA), notices.deadline(), notices.idle) == (Fate.WANTED, 159.5, True)
    assert notices.step(Wanted(ADA, lasts=True), 10) == []
    assert notices.step(Woke(), 159.5) == [Claim(ADA)]
    assert notices.step(ClaimAnswered(ADA, Answer.AWAY), 159.5) == []
    assert notices.step(Woke(), 160.5) == [Claim(ADA)]
    notices.step(ClaimAnswered(ADA, Answer.WON), 160.5)
    gone = notices.step(NotSent(ADA, "421", again=True), 169)
    assert gone == [Settle(ADA, Fate.LOST, "421; given up after 2 tries")]


def test_one_that_lasts_and_was_never_claimed_rests_unsaid() -> None:
    notices = Notices(POLICY)
    notices.step(Wanted(ADA, lasts=True), 0)
    assert notices.step(ClaimAnswered(ADA, Answer.BUSY), 9.5) == []
    assert (notices.fate(ADA), notices.deadline()) == (Fate.WANTED, 109.5)


def test_time_spent_in_the_queue_does_not_count_against_the_tries() -> None:
    notices = Notices(POLICY)
    for key in (ADA, BEN, CY):
        notices.step(Wanted(key), 0)
    assert notices.step(ClaimAnswered(ADA, Answer.SETTLED), 1_000) == [Claim(CY)]
    notices.step(ClaimAnswered(CY, Answer.WON), 1_000)
    assert notices.step(NotSent(CY, "421", again=True), 1_001) == []
    assert notices.fate(CY) is Fate.WAITING


def test_no_more_than_so_many_are_under_way_at_once() -> None:
    notices = Notices(POLICY)
    assert notices.step(Wanted(ADA), 0) == [Claim(ADA)]
    assert notices.step(Wanted(BEN), 0) == [Claim(BEN)]
    assert notices.step(Wanted(CY), 0) == []
    assert notices.deadline() is None
    assert notices.step(ClaimAnswered(ADA, Answer.SETTLED), 1) == [Claim(CY)]


def test_what_is_kept_is_bounded_and_what_is_open_is_never_forgotten() -> None:
    notices = Notices(NoticePolicy(kept=2))
    notices.step(Wanted(ADA), 0)
    notices.step(Wanted(BEN), 0)
    assert notices.step(Wanted(CY), 0) == []
    assert notices.fate(CY) is None
    notices.step(ClaimAnswered(ADA, Answer.SETTLED), 0)
    assert notices.step(Wanted(CY), 0) == [Claim(CY)]
    assert notices.fate(ADA) is None


def test_what_is_impossible_changes_nothing() -> None:
    notices = Notices(POLICY)
    for impossible in (Sent(ADA), NotSent(ADA, "", again=True), ClaimAnswered(ADA, Answer.WON), "nonsense"):
        with pytest.raises(IllegalMove):
            notices.step(impossible, 0)  # type: ignore[arg-type]
    notices.step(Wanted(ADA), 0)
    with pytest.raises(IllegalMove):
        notices.step(Sent(ADA), 0)
    with pytest.raises(IllegalMove):
        notices._move(ADA, notices._notices[ADA], Fate.REACHED)
    assert notices.fate(ADA) is Fate.CLAIMING


def test_in_every_walk_each_is_sent_only_while_claimed_and_settled_once() -> None:
    events: tuple[NoticeEvent, ...] = (
        Wanted(ADA),
        Wanted(BEN, lasts=True),
        ClaimAnswered(ADA, Answer.WON),
        ClaimAnswered(ADA, Answer.BUSY),
        ClaimAnswered(BEN, Answer.SETTLED),
        Sent(ADA),
        NotSent(ADA, "no", again=True),
        NotSent(ADA, "no", again=False),
        TakenOver(ADA),
        Woke(),
    )
    for walk in itertools.product(events, repeat=5):
        notices = Notices(POLICY)
        claimed: set[NoticeKey] = set()
        settled: list[NoticeKey] = []
        for number, event in enumerate(walk):
            try:
                effects = notices.step(event, number * 1.5)
            except IllegalMove:
                break
            if isinstance(event, ClaimAnswered) and event.answer is Answer.WON:
                claimed.add(event.key)
            for effect in effects:
                match effect:
                    case Send(key):
                        assert key in claimed
                        assert key not in settled
                    case Settle(key, fate):
                        assert fate.final
                        assert key not in settled
                        settled.append(key)
