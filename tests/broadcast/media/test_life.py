"""The life of a publication, as a story and over every sequence of events."""

from itertools import product

import pytest

from broadcast.core.entries import Kind
from broadcast.core.errors import IllegalMove
from broadcast.core.woke import Woke
from broadcast.media.life import (
    CONNECT_S,
    FLOOD_SAMPLES,
    PICTURE_GRACE_S,
    SILENT_S,
    TAKEN_S,
    Announce,
    Connected,
    End,
    Flowed,
    Left,
    Life,
    Sampled,
    Stage,
    is_taken,
)


def test_a_publisher_connects_is_announced_with_its_picture_and_leaves():
    life = Life(picture=True, now=0.0)
    assert life.deadline() == CONNECT_S
    assert life.step(Connected(), 0.1) == []
    assert life.deadline() is None
    assert life.step(Flowed(Kind.AUDIO), 0.2) == []
    assert life.step(Flowed(Kind.AUDIO), 0.3) == []
    assert life.deadline() == 0.2 + PICTURE_GRACE_S
    assert life.step(Flowed(Kind.VIDEO), 0.4) == [Announce()]
    assert life.deadline() is None
    assert life.step(Flowed(Kind.VIDEO), 0.5) == []
    assert life.step(Connected(), 0.5) == []
    assert life.step(Left("ended"), 9.0) == [End("ended", announced=True)]
    assert life.step(Left("left"), 9.0) == []


def test_sound_alone_is_announced_at_once_where_no_picture_was_offered():
    life = Life(picture=False, now=0.0)
    life.step(Connected(), 0.1)
    assert life.step(Flowed(Kind.AUDIO), 0.2) == [Announce()]


def test_sound_waits_only_a_moment_for_a_picture_that_does_not_come():
    life = Life(picture=True, now=0.0)
    life.step(Connected(), 0.1)
    life.step(Flowed(Kind.AUDIO), 0.2)
    assert life.step(Woke(), 0.2 + PICTURE_GRACE_S / 2) == []
    assert life.step(Woke(), 0.2 + PICTURE_GRACE_S) == [Announce()]


def test_who_does_not_connect_is_dropped():
    life = Life(picture=True, now=5.0)
    assert life.step(Woke(), 14.9) == []
    assert life.step(Woke(), 15.0) == [End("never_connected", announced=False)]
    assert life.deadline() is None


def test_who_is_silent_for_long_is_dropped_but_not_while_connecting():
    life = Life(picture=True, now=0.0)
    assert life.step(Sampled(0.0), SILENT_S) == []
    life.step(Connected(), 1.0)
    assert life.step(Sampled(1.0), 1.0 + SILENT_S - 0.1) == []
    assert life.step(Sampled(1.0), 1.0 + SILENT_S) == [End("silent", announced=False)]


def test_a_flood_is_borne_for_five_seconds_and_then_ended():
    life = Life(picture=True, now=0.0)
    life.step(Connected(), 0.0)
    life.step(Flowed(Kind.VIDEO), 0.1)
    for _ in range(3):
        for sample in range(FLOOD_SAMPLES - 1):
            assert life.step(Sampled(sample / 4, flood=True), sample / 4) == []
        assert life.step(Sampled(5.0), 5.0) == []
    effects = [effect for _ in range(FLOOD_SAMPLES) for effect in life.step(Sampled(6.0, flood=True), 6.0)]
    assert effects == [End("too_much", announced=True)]


def test_media_before_the_connection_is_impossible_and_changes_nothing():
    life = Life(picture=True, now=0.0)
    with pytest.raises(IllegalMove):
        life.step(Flowed(Kind.VIDEO), 0.1)
    assert (life.stage, life.deadline()) == (Stage.CONNECTING, CONNECT_S)


def test_no_stage_leads_back():
    life = Life(picture=True, now=0.0)
    with pytest.raises(IllegalMove):
        life._move(Stage.UP, None)
    assert life.stage is Stage.CONNECTING


def test_a_place_is_held_by_whoever_was_heard_within_the_last_second():
    assert is_taken(10.0, 10.0 + TAKEN_S)
    assert not is_taken(10.0, 10.0 + TAKEN_S + 0.01)


EVENTS = [Connected(), Flowed(Kind.VIDEO), Flowed(Kind.AUDIO), Sampled(0.0), Left("left"), Woke()]


@pytest.mark.parametrize("picture", [True, False])
def test_over_every_sequence_it_is_announced_at_most_once_and_ends_at_most_once(picture):
    for sequence in product(EVENTS, repeat=5):
        life, now, effects = Life(picture=picture, now=0.0), 0.0, []
        for event in sequence:
            now = (life.deadline() or now) if isinstance(event, Woke) else now + 2.5
            stage = life.stage
            try:
                effects += life.step(event, now)
            except IllegalMove:
                assert (stage, life.stage) == (Stage.CONNECTING, Stage.CONNECTING)
        ends = [effect for effect in effects if isinstance(effect, End)]
        announced = [effect for effect in effects if isinstance(effect, Announce)]
        assert len(ends) <= 1
        assert len(announced) <= 1
        assert (life.stage is Stage.OVER) == bool(ends)
        if ends:
            assert effects[-1] is ends[0]
            assert ends[0].announced == bool(announced)
            assert life.deadline() is None
