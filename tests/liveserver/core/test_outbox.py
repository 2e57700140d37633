"""The outbox: the story of a bad line, and an exhaustive walk."""

import itertools

import pytest

from broadcast.core.errors import IllegalMove
from broadcast.core.woke import Woke
from liveserver.core.outbox import (
    GIVE_UP_S,
    LAG_S,
    CatchUp,
    CaughtUp,
    DropMedia,
    Failed,
    Flowing,
    GiveUp,
    KeyCame,
    Leave,
    Measured,
    Outbox,
    OutboxEffect,
    OutboxEvent,
    Paused,
    Phase,
    TakeMedia,
)

OLD = Measured(unsent_bytes=100, recent_bytes=99)
FRESH = Measured(unsent_bytes=100, recent_bytes=100)


def test_a_line_that_goes_bad_and_comes_back() -> None:
    box = Outbox()
    assert box.step(FRESH, 0) == []
    assert box.step(OLD, 1) == [DropMedia()]
    assert box.step(OLD, 1.2) == []
    assert box.step(KeyCame(unsent_bytes=5), 2) == [], "not while older pictures lie there"
    assert box.step(KeyCame(unsent_bytes=0), 3) == [TakeMedia()]
    assert box.step(KeyCame(unsent_bytes=0), 3) == []
    assert box.step(Paused(), 4) == []
    assert box.deadline() == 4 + LAG_S
    assert box.step(Paused(), 4.5) == []
    assert box.step(Woke(), 4.9) == []
    assert box.step(Woke(), 5) == [Leave()]
    assert box.step(OLD, 5) == []
    assert box.deadline() == 4 + GIVE_UP_S
    assert box.step(Flowing(), 6) == [CatchUp()]
    assert box.deadline() is None
    assert box.step(CaughtUp(), 6.1) == []
    assert box.phase is Phase.DRY, "media again from the next key frame"
    assert box.step(KeyCame(unsent_bytes=0), 7) == [TakeMedia()]
    assert box.phase is Phase.FLOWING


def test_a_short_pause_is_nothing() -> None:
    box = Outbox()
    box.step(Paused(), 0)
    assert box.step(Flowing(), 0.5) == []
    assert box.deadline() is None
    assert box.step(Woke(), 9) == []


def test_who_cannot_be_helped_in_time_is_let_go() -> None:
    box = Outbox()
    box.step(Paused(), 0)
    box.step(Woke(), LAG_S)
    assert box.step(Woke(), GIVE_UP_S) == [GiveUp()]
    assert box.deadline() is None
    for event in (Flowing(), Woke(), OLD, Failed()):
        assert box.step(event, 99) == []


def test_whose_gap_cannot_be_filled_is_let_go() -> None:
    box = Outbox()
    box.step(Paused(), 0)
    box.step(Woke(), LAG_S)
    box.step(Flowing(), 2)
    assert box.step(Failed(), 2) == [GiveUp()]


def test_nobody_catches_up_unasked() -> None:
    for event in (CaughtUp(), Failed()):
        box = Outbox()
        with pytest.raises(IllegalMove):
            box.step(event, 0)
        assert box.phase is Phase.FLOWING


def test_an_impossible_move_is_refused() -> None:
    box = Outbox()
    with pytest.raises(IllegalMove):
        box._move(Phase.CATCHING, [])
    assert box.phase is Phase.FLOWING


def test_whatever_happens_media_is_dropped_once_and_the_end_is_said_once() -> None:
    events: list[OutboxEvent] = [OLD, FRESH, Paused(), Flowing(), KeyCame(0), KeyCame(1), CaughtUp(), Failed(), Woke()]
    for sequence in itertools.product(events, repeat=5):
        box, said = Outbox(), list[OutboxEffect]()
        for n, event in enumerate(sequence):
            before = box.phase
            try:
                effects = box.step(event, n * 8.0)
            except IllegalMove:
                assert box.phase is before
                continue
            said += effects
            assert (before is Phase.GIVEN_UP) <= (effects == [])
        assert said.count(GiveUp()) == (box.phase is Phase.GIVEN_UP)
        assert said.count(DropMedia()) - said.count(TakeMedia()) <= 1
        assert said.count(Leave()) - said.count(CatchUp()) == (box.phase in (Phase.LAGGING,)) or GiveUp() in said
