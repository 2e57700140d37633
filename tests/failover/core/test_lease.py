"""Who leads, and until when they may act."""

import itertools

import pytest

from broadcast.core.errors import IllegalMove
from broadcast.core.woke import Woke
from failover.core.lease import (
    Ask,
    Denied,
    GiveBack,
    Granted,
    Lead,
    Leadership,
    LeaseEvent,
    LeasePolicy,
    Misheard,
    Stopped,
    Superseded,
    Unanswered,
    Yield,
)

POLICY = LeasePolicy(ttl_s=3, margin_s=0.5)


def test_a_story_of_a_leader() -> None:
    lease = Leadership(POLICY, 0)
    assert lease.deadline() == 0
    assert lease.step(Woke(), 0) == [Ask()]
    assert lease.deadline() is None
    assert not lease.may_act(0)
    assert lease.step(Granted(7), 0.1) == [Lead(7)]
    assert lease.may_act(2.4)
    assert not lease.may_act(2.5)
    assert lease.deadline() == 1
    assert lease.step(Woke(), 1) == [Ask()]
    assert lease.step(Granted(7), 1.2) == []
    assert lease.may_act(3.4)
    assert lease.step(Stopped(), 2) == [Yield("it was told to stop"), GiveBack()]
    assert lease.deadline() is None
    assert lease.step(Woke(), 9) == []
    assert lease.step(Granted(7), 9) == []


def test_a_follower_leads_when_the_leader_is_gone() -> None:
    lease = Leadership(POLICY, 0)
    lease.step(Woke(), 0)
    assert lease.step(Denied(), 0.1) == []
    assert lease.deadline() == 1
    lease.step(Woke(), 1)
    assert lease.step(Granted(8), 1.1) == [Lead(8)]
    assert lease.step(Stopped(), 1.2) == [Yield("it was told to stop"), GiveBack()]


def test_a_leader_that_misheard_begins_a_new_term_with_the_next_answer() -> None:
    lease = Leadership(POLICY, 0)
    assert lease.step(Misheard(), 0) == []
    lease.step(Woke(), 0)
    lease.step(Granted(7), 0.1)
    (yielded,) = lease.step(Misheard(), 0.5)
    assert isinstance(yielded, Yield)
    assert not lease.may_act(0.5)
    assert lease.step(Woke(), 1) == [Ask()]
    assert lease.step(Granted(7), 1.1) == [Lead(7)]


def test_one_question_that_fails_at_once_costs_no_lease_and_one_that_hangs_does() -> None:
    for unanswered_at, led in ((1.1, True), (3.0, False)):
        lease = Leadership(POLICY, 0)
        lease.step(Woke(), 0)
        lease.step(Granted(7), 0)
        lease.step(Woke(), 1)
        lease.step(Unanswered(), unanswered_at)
        lease.step(Woke(), max(2.0, unanswered_at))
        assert lease.may_act(2.4) is led


def test_a_leader_without_an_answer_stops_before_its_lease_can_end() -> None:
    lease = Leadership(POLICY, 0)
    lease.step(Woke(), 0)
    lease.step(Granted(1), 0.2)
    lease.step(Woke(), 1)
    assert lease.deadline() == 2.5
    assert lease.step(Woke(), 2.5) == [Yield("the lease could not be renewed")]
    assert lease.step(Unanswered(), 3.0) == []
    assert lease.step(Woke(), 3.0) == [Ask()]


def test_silence_from_the_log_is_borne_while_the_lease_lasts() -> None:
    lease = Leadership(POLICY, 0)
    lease.step(Woke(), 0)
    lease.step(Granted(1), 0)
    lease.step(Woke(), 1)
    assert lease.step(Unanswered(), 1.5) == []
    assert lease.may_act(2)
    assert lease.step(Woke(), 2) == [Ask()]
    assert lease.step(Unanswered(), 2.6) == [Yield("the lease could not be renewed")]


def test_an_answer_that_comes_too_late_is_no_lease() -> None:
    lease = Leadership(POLICY, 0)
    lease.step(Woke(), 0)
    assert lease.step(Granted(1), 2.5) == []
    assert lease.token is None
    lease.step(Woke(), 2.5)
    lease.step(Granted(1), 2.6)
    lease.step(Woke(), 3.5)
    assert lease.step(Granted(1), 6.5) == [Yield("the answer came too late")]


def test_a_refused_write_ends_the_term_it_was_made_in_and_no_other() -> None:
    lease = Leadership(POLICY, 0)
    lease.step(Woke(), 0)
    lease.step(Granted(4), 0)
    assert lease.step(Superseded(3), 0.1) == []
    assert lease.step(Superseded(4), 0.1) == [Yield("another process leads")]
    assert lease.step(Superseded(4), 0.2) == []


def test_a_new_token_is_a_new_term() -> None:
    lease = Leadership(POLICY, 0)
    lease.step(Woke(), 0)
    lease.step(Granted(4), 0)
    lease.step(Woke(), 1)
    assert lease.step(Granted(5), 1) == [Yield("the lease was lost in between"), Lead(5)]
    lease.step(Woke(), 2)
    assert lease.step(Denied(), 2) == [Yield("another process leads")]


def test_who_never_led_gives_nothing_back() -> None:
    lease = Leadership(POLICY, 0)
    lease.step(Woke(), 0)
    assert lease.step(Stopped(), 0.1) == []


def test_what_is_impossible_changes_nothing() -> None:
    lease = Leadership(POLICY, 0)
    for impossible in (Granted(1), Denied(), Unanswered(), "nonsense"):
        with pytest.raises(IllegalMove):
            lease.step(impossible, 0)  # type: ignore[arg-type]
    assert lease.step(Woke(), -1) == []
    assert lease.step(Woke(), 0) == [Ask()]
    lease.step(Granted(1), 0)
    with pytest.raises(IllegalMove):
        lease._move(2, "")
    assert lease.token == 1
    with pytest.raises(IllegalMove):
        Leadership(LeasePolicy(ttl_s=1, margin_s=1), 0)


def test_in_every_walk_nobody_acts_longer_than_was_granted() -> None:
    events: tuple[LeaseEvent, ...] = (
        Woke(),
        Granted(1),
        Granted(2),
        Denied(),
        Unanswered(),
        Superseded(1),
        Misheard(),
        Stopped(),
    )
    for walk in itertools.product(events, repeat=5):
        lease = Leadership(POLICY, 0)
        asked_at: float | None = None
        granted_until = float("-inf")
        leading = False
        for number, event in enumerate(walk):
            now = number * 0.9
            try:
                effects = lease.step(event, now)
            except IllegalMove:
                assert asked_at is None
                break
            if isinstance(event, Granted) and asked_at is not None:
                granted_until = asked_at + POLICY.ttl_s
            if isinstance(event, Granted | Denied | Unanswered | Stopped):
                asked_at = None
            for effect in effects:
                match effect:
                    case Ask():
                        asked_at = now
                    case Lead():
                        assert not leading
                        leading = True
                    case Yield():
                        assert leading
                        leading = False
            assert leading == (lease.token is not None)
            assert not lease.may_act(granted_until - POLICY.margin_s)
