"""What a human's word comes to."""

import itertools

import pytest

from broadcast.core.errors import IllegalMove
from failover.core.course import Change, Course
from failover.core.decision import Move, SetOrders
from failover.core.footing import Terrain
from failover.core.standing import Forced, Pinned, Released, Standing, TargetJudged, Turned, Vetoed
from failover.core.wheel import Wheel
from tests.failover.core.night import DOUBTED, FINE, GONE, LIVE, PLAN, H, K, Night, judged, on_air


def test_a_human_forces_a_rung_and_the_ladder_goes_on_from_there() -> None:
    show = on_air(standby=FINE).give(Forced(K.STANDBY, "Hana"), at=10).until(12.9)
    assert show.cuts[-1] == "10 cut standby/standby (forced)"
    assert "10 opened run-1: forced" in show.lines
    show.until(13)
    assert show.cuts[-1] == "13 cut main/main (recovered)"


def test_what_cannot_hold_cannot_be_forced() -> None:
    show = on_air().give(Forced(K.STANDBY, "Hana"), at=10)
    assert show.lines[-1] == "10 line override: Hana asked for standby: nobody has published it yet."
    show.give(Forced(K.REPLAY, "Hana"))
    assert show.lines[-1] == "10 line override: Hana asked for replay: the plan has no such rung."
    show.give(Forced(K.MAIN, "Hana"))
    assert show.lines[-1] == "10 line override: Hana took the show to main."
    waiting = Night().give(Forced(K.MAIN, "Hana"), Pinned(K.MAIN, "Hana"))
    assert waiting.lines == [
        "0 line override: Hana asked for main: the event is not live.",
        "0 line override: Hana asked to pin main: the event is not live.",
    ]


def test_a_human_takes_the_show_to_the_backup_room() -> None:
    show = on_air().give(TargetJudged(H, "it answers"), Forced(K.BACKUP_ROOM, "Hana"), at=10)
    assert show.cuts[-1] == "10 move to demo.backup"
    show.give(Forced(K.BACKUP_ROOM, "Hana"), at=11)
    assert show.lines[-1] == "11 line override: Hana asked for backup_room: the audience is there."
    show.give(Pinned(K.BACKUP_ROOM, "Hana"), at=12)
    assert show.lines[-1] == "12 line override: Hana pinned the show to backup_room."


def test_a_pin_of_the_backup_room_holds_the_room_and_leaves_the_plan_what_is_shown_there() -> None:
    show = on_air().give(TargetJudged(H, "it answers"), judged("demo.backup", main=FINE, standby=FINE), at=9)
    show.give(Pinned(K.BACKUP_ROOM, "Hana"), at=10)
    assert show.cuts[-1] == "10 move to demo.backup"
    assert (show.ladder.pinned, show.ladder.free, show.ladder.bound) == (K.BACKUP_ROOM, True, True)
    show.give(judged("demo.backup", main=GONE), at=20)
    assert show.cuts[-1] == "20 cut standby/standby (main_failed) in demo.backup"
    show.give(judged("demo.backup", main=FINE), at=30).until(40)
    assert show.cuts[-1] == "33 cut main/main (recovered) in demo.backup"
    assert not any("orders" in line for line in show.lines)
    show.give(Released("Hana"), at=41)
    assert show.lines[-1] == "41 line override: Hana gave the ladder back to the plan."
    assert not show.ladder.bound


def test_a_pin_of_the_backup_room_gives_the_orders_back_that_another_pin_withdrew() -> None:
    show = on_air().give(TargetJudged(H, "it answers"))
    show.give(Pinned(K.SLATE, "Hana"), Pinned(K.BACKUP_ROOM, "Hana"), at=10)
    assert [line for line in show.lines if "orders" in line] == ["10 orders off", "10 orders on"]


def test_a_pin_of_the_backup_room_that_was_found_leads_there_first() -> None:
    assert wheel(K.BACKUP_ROOM).hold() == Change(4, "pinned", "A human pinned it.", up=False)


def test_a_human_may_take_an_audience_to_the_backup_room_that_has_seen_nothing_yet() -> None:
    show = Night().give(TargetJudged(H, "it answers"), Turned(LIVE), Forced(K.BACKUP_ROOM, "Hana"), at=1)
    assert show.cuts == ["1 cut slate/None (moved) in demo.backup", "1 move to demo.backup"]
    show.give(judged("demo.backup", main=FINE), at=10).until(60)
    assert show.cuts[-1] == "13 cut main/main (recovered) in demo.backup"
    pinned = Night().give(TargetJudged(H, "it answers"), Turned(LIVE), Pinned(K.BACKUP_ROOM, "Hana"), at=1)
    assert pinned.cuts == ["1 cut slate/None (moved) in demo.backup", "1 move to demo.backup"]


def test_a_pin_stays_whatever_happens_until_released() -> None:
    show = on_air(standby=FINE).give(Pinned(K.STANDBY, "Hana"), at=10)
    assert "10 orders off" in show.lines
    show.give(judged(standby=GONE), at=11).until(100)
    assert show.cuts[-1] == "10 cut standby/standby (pinned)"
    show.give(Pinned(K.SLATE, "Hana"), at=101)
    assert show.cuts[-1] == "101 cut slate/None (pinned)"
    show.give(Pinned(K.REPLAY, "Hana"))
    assert show.lines[-1] == "101 line override: Hana asked to pin replay: the plan has no such rung."
    show.give(Released("Hana"), at=102)
    assert "102 orders on" in show.lines
    assert show.until(110).cuts[-1] == "105 cut main/main (recovered)"


def test_the_time_that_a_human_held_the_slate_is_not_counted_against_it() -> None:
    show = on_air().give(TargetJudged(H, "it answers"), Pinned(K.SLATE, "Hana"), at=10)
    show.give(judged(main=GONE), at=11).give(Released("Hana"), at=500).until(559)
    assert show.of(Move) == []
    assert len(show.until(560).of(Move)) == 1


def test_a_pin_to_a_better_rung_climbs() -> None:
    show = on_air(standby=FINE).give(judged(main=GONE), at=5).give(judged(main=FINE), Pinned(K.MAIN, "Hana"), at=6)
    assert show.cuts[-1] == "6 cut main/main (pinned)"
    assert show.ladder.incident is None


def test_a_pin_takes_nobody_to_what_is_dead_and_holds_them_where_they_are_all_the_same() -> None:
    show = on_air().give(Pinned(K.STANDBY, "Hana"), at=10)
    assert show.lines[-1].startswith("10 line override: Hana asked to pin standby: ")
    assert (show.ladder.pinned, show.cuts[-1]) == (None, "0 cut main/main (began)")
    show.give(judged(main=DOUBTED), Pinned(K.MAIN, "Hana"), judged(main=GONE), at=11).until(60)
    assert (show.ladder.pinned, show.cuts[-1]) == (K.MAIN, "0 cut main/main (began)")
    show.give(Pinned(K.MAIN, "Hana"), at=61)
    assert show.lines[-1] == "61 line override: Hana pinned the show to main."


def test_a_veto_holds_everything_for_its_time() -> None:
    show = on_air(standby=FINE).give(Vetoed(20, "Hana"), at=10).give(judged(main=GONE), at=11)
    assert show.lines[-2:] == ["10 orders off", "10 line override: Hana forbade any change for 20 s."]
    show.give(Vetoed(10, "Hana"), at=20)
    assert show.lines[-1] == "20 line override: Hana forbade any change for 10 s."
    show.until(29.9)
    assert len(show.cuts) == 1
    show.until(30)
    assert "30 orders on" in show.lines
    assert show.cuts[-1] == "30 cut standby/standby (main_failed)"


def test_a_release_ends_a_veto_and_is_nothing_where_none_is() -> None:
    show = on_air().give(Released("Hana"), at=1)
    assert show.lines == ["0 go live with main", "0 cut main/main (began)"]
    show.give(Vetoed(20, "Hana"), at=10).give(Released("Hana"), at=11)
    assert show.lines[-2:] == ["11 orders on", "11 line override: Hana gave the ladder back to the plan."]
    show.give(Vetoed(20, "Hana"), at=12).give(Forced(K.SLATE, "Hana"), at=13)
    assert "13 orders on" in show.lines
    assert show.cuts[-1] == "13 cut slate/None (forced)"


# ---- the wheel alone ------------------------------------------------------------------------------------------------


def wheel(pinned: K | None = None, veto_until: float | None = None) -> Wheel:
    course = Course(PLAN, Standing("demo", LIVE), Terrain(PLAN.rungs, PLAN.recovery), "run", 0)
    return Wheel(PLAN, course, pinned, veto_until)


def test_the_orders_are_withdrawn_once_and_given_back_once() -> None:
    mine = wheel()
    orders = []
    for event in (Pinned(K.SLATE, "Hana"), Vetoed(5, "Hana"), Pinned(K.SLATE, "Hana"), Released("Hana")):
        word = mine.hear(event, 0, armed=True)
        assert word is not None
        orders.append(list(word.effects))
    assert orders == [[SetOrders(active=False)], [], [], [SetOrders(active=True)]]
    assert mine.free


def test_a_force_that_is_refused_leaves_the_wheel_where_it_was() -> None:
    for mine in (wheel(pinned=K.SLATE), wheel(veto_until=9)):
        held = mine.pinned, mine.veto_until
        for rung in (K.REPLAY, K.STANDBY):
            word = mine.hear(Forced(rung, "Hana"), 0, armed=True)
            assert word is not None
            assert (word.change, word.resumed, list(word.effects)) == (None, False, [])
        assert (mine.pinned, mine.veto_until) == held


def test_a_pin_that_was_found_holds_and_one_that_the_plan_does_not_know_holds_nothing() -> None:
    assert wheel().hold() is None
    assert wheel(K.REPLAY).hold() is None
    assert wheel(K.SLATE).hold() == Change(3, "pinned", "A human pinned it.", up=False)


def test_a_veto_lapses_when_its_time_is_over() -> None:
    mine = wheel(veto_until=5.0)
    assert (mine.lapse(4.9), mine.free) == ([], False)
    assert (mine.lapse(5.0), mine.free) == ([SetOrders(active=True)], True)
    assert mine.lapse(6.0) == []


def test_what_nobody_can_say_changes_nothing() -> None:
    mine = wheel(K.SLATE)
    with pytest.raises(IllegalMove):
        mine.hear("nonsense", 0, armed=True)  # type: ignore[arg-type]
    with pytest.raises(IllegalMove):
        mine._move(K.SLATE, 5.0)
    assert (mine.pinned, mine.veto_until) == (K.SLATE, None)


def test_in_every_walk_it_is_the_plans_or_one_humans() -> None:
    events = (
        Forced(K.SLATE, "Hana"),
        Forced(K.MAIN, "Hana"),
        Pinned(K.MAIN, "Hana"),
        Pinned(K.REPLAY, "Hana"),
        Pinned(K.BACKUP_ROOM, "Hana"),
        Vetoed(2, "Hana"),
        Released("Hana"),
    )
    for walk in itertools.product(itertools.product(events, (False, True)), repeat=4):
        mine = wheel()
        for now, (event, armed) in enumerate(walk):
            was_free, was_bound = mine.free, mine.bound
            word = mine.hear(event, now, armed=armed)
            assert (word is None) == (event == Released("Hana") and not was_bound)
            if word is not None:
                expected = [] if mine.free == was_free else [SetOrders(active=mine.free)]
                assert list(word.effects) == expected
                assert word.change is None or armed
            assert mine.pinned is None or mine.veto_until is None
