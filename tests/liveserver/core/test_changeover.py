"""Changeover: at once where nothing is left to look at, else at the next key frame."""

import itertools

import pytest

from broadcast.core.entries import RungKind
from broadcast.core.programme import BOTH, NEITHER, NOTHING, SOUND, Send
from broadcast.core.woke import Woke
from liveserver.core.changeover import WAIT_S, AskKey, Changeover, ChangeoverEvent, Ended, KeyCame, Ordered, Show

MAIN = Send("main", BOTH, RungKind.MAIN)
STANDBY = Send("standby", BOTH, RungKind.STANDBY)
SLATE = Send(None, NEITHER, RungKind.SLATE)


def showing(send: Send) -> Changeover:
    changeover = Changeover()
    changeover.step(Ordered(send, unhurried=False), 0)
    return changeover


def test_a_camera_fails_and_comes_back_and_nobody_sees_the_second_cut() -> None:
    changeover = Changeover()
    assert changeover.showing == NOTHING
    assert changeover.step(Ordered(MAIN, unhurried=False), 0) == [Show(MAIN), AskKey("main")]
    assert changeover.step(Ordered(STANDBY, unhurried=False), 5) == [Show(STANDBY), AskKey("standby")]
    assert changeover.step(Ordered(MAIN, unhurried=True), 9) == [AskKey("main")]
    assert changeover.showing == STANDBY
    assert changeover.awaits("main")
    assert not changeover.awaits("standby")
    assert changeover.step(KeyCame("standby"), 9.05) == []
    assert changeover.step(KeyCame("main"), 9.1) == [Show(MAIN)]
    assert changeover.deadline() is None


def test_a_key_frame_that_does_not_come_is_not_waited_for() -> None:
    changeover = showing(STANDBY)
    changeover.step(Ordered(MAIN, unhurried=True), 9)
    assert changeover.deadline() == pytest.approx(9 + WAIT_S)
    assert changeover.step(Woke(), 9 + WAIT_S / 2) == []
    assert changeover.step(Woke(), 9 + WAIT_S) == [Show(MAIN)]
    assert changeover.step(Woke(), 10) == []


def test_whoever_changes_their_mind_meanwhile_is_obeyed() -> None:
    changeover = showing(STANDBY)
    changeover.step(Ordered(MAIN, unhurried=True), 1)
    assert changeover.step(Ordered(STANDBY, unhurried=True), 1.1) == []
    assert changeover.deadline() is None
    changeover.step(Ordered(MAIN, unhurried=True), 2)
    assert changeover.step(Ordered(SLATE, unhurried=False), 2.1) == [Show(SLATE)]
    assert changeover.step(KeyCame("main"), 2.2) == []


def test_what_is_shown_and_ends_is_left_at_once() -> None:
    changeover = showing(STANDBY)
    assert changeover.step(Ended("standby"), 0.5) == []
    changeover.step(Ordered(MAIN, unhurried=True), 1)
    assert changeover.step(Ended("main"), 1.1) == []
    assert changeover.step(Ended("standby"), 1.2) == [Show(MAIN)]


def test_the_same_source_with_less_of_it_is_not_asked_for_a_key_frame() -> None:
    changeover = showing(MAIN)
    sound = Send("main", SOUND, RungKind.AUDIO)
    assert changeover.step(Ordered(sound, unhurried=False), 1) == [Show(sound)]


def test_in_every_walk_what_is_shown_is_the_last_order_or_the_one_shown_before_it_and_not_for_long() -> None:
    events: list[ChangeoverEvent] = [
        Ordered(MAIN, unhurried=True),
        Ordered(MAIN, unhurried=False),
        Ordered(STANDBY, unhurried=True),
        Ordered(SLATE, unhurried=False),
        KeyCame("main"),
        KeyCame("standby"),
        Ended("main"),
        Woke(),
    ]
    for sequence in itertools.product(events, repeat=5):
        changeover, ordered, since = Changeover(), NOTHING, 0.0
        for now, event in enumerate(sequence):
            before = changeover.showing
            if isinstance(event, Ordered):
                ordered, since = event.send, float(now)
            shows = [effect for effect in changeover.step(event, now) if isinstance(effect, Show)]
            assert len(shows) == (changeover.showing != before), "said once, and only when it changes"
            assert changeover.showing in (ordered, before)
            deadline = changeover.deadline()
            assert (deadline is None) == (changeover.showing == ordered)
            assert deadline is None or deadline <= since + WAIT_S
