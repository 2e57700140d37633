"""When what is on air is left, and for what."""

from dataclasses import replace

from failover.core.decision import (
    Notice,
    OpenIncident,
)
from failover.core.standing import (
    Pinned,
    Released,
    Turned,
)
from tests.failover.core.night import (
    BREAK,
    DARK,
    DOUBTED,
    FINE,
    GONE,
    LIVE,
    LOST,
    MENDING,
    PLAN,
    K,
    Night,
    judged,
    on_air,
)


def test_when_everything_falls_at_once_there_is_one_cut() -> None:
    show = on_air(standby=FINE).give(judged(main=GONE, standby=GONE), at=5)
    assert show.cuts[1:] == ["5 cut slate/None (main_failed)"]


def test_a_suspect_is_kept_on_air_but_nobody_goes_there() -> None:
    show = on_air(standby=DOUBTED).give(judged(main=DOUBTED), at=5).until(6)
    assert len(show.cuts) == 1
    show.give(judged(main=GONE), at=7)
    assert show.cuts[-1] == "7 cut slate/None (main_failed)"


def test_better_a_picture_that_has_not_earned_its_place_than_none() -> None:
    show = on_air(standby=FINE).give(judged(main=GONE), at=5)
    show.give(judged(main=FINE), at=6).give(judged(standby=GONE), at=7)
    assert show.cuts[-1] == "7 cut main/main (standby_failed)"
    assert show.ladder.incident is None


def test_sound_goes_on_from_the_other_source_and_nobody_is_told_of_it() -> None:
    show = on_air(standby=DARK).give(judged(main=DARK), at=5).until(7)
    told = len(show.of(Notice))
    show.give(judged(main=LOST), at=8)
    assert show.cuts[-2:] == ["6.5 cut audio/main (main_failed)", "8 cut audio/standby (audio_failed)"]
    assert len(show.of(Notice)) == told


def test_a_stall_of_the_only_picture_that_ends_in_time_changes_nothing() -> None:
    show = on_air().give(judged(main=LOST), at=10.4).until(10.6)
    assert show.ladder.grounds()[0][1].why == "no picture, no sound; waiting 1.5 s before giving up the picture"
    show.give(judged(main=MENDING), at=10.7).give(judged(main=FINE), at=11.7).until(60)
    assert show.cuts == ["0 cut main/main (began)"]
    assert show.of(OpenIncident) == []
    assert show.ladder.grounds()[0][1].why == "picture and sound are fine"


def test_however_long_it_takes_to_mend_what_comes_back_is_not_left() -> None:
    show = on_air().give(judged(main=LOST), at=10).give(judged(main=MENDING), at=11.4).until(20)
    assert len(show.cuts) == 1
    show.give(judged(main=LOST), at=20).until(30)
    assert show.cuts[1:] == ["20.1 cut slate/None (main_failed)"]


def test_the_picture_is_given_up_when_it_has_stayed_bad_and_so_is_the_sound() -> None:
    show = on_air().give(judged(main=DARK), at=10).until(11.4)
    assert len(show.cuts) == 1
    show.give(judged(main=LOST), at=20).until(20.1)
    assert show.ladder.grounds()[2][1].why == "no picture, no sound; waiting 1.5 s before giving up the sound"
    show.until(60)
    assert show.cuts[1:] == ["11.5 cut audio/main (main_failed)", "21.5 cut slate/None (audio_failed)"]


def test_another_picture_is_taken_at_once_also_when_it_comes_while_the_first_is_waited_for() -> None:
    show = on_air().give(judged(main=LOST), at=10).give(judged(standby=FINE), at=10.7)
    assert show.cuts[1:] == ["10.7 cut standby/standby (main_failed)"]
    show.give(judged(standby=LOST), at=11).give(judged(main=FINE), at=11.2)
    assert show.cuts[2:] == ["11.2 cut main/main (standby_failed)"]


def test_a_break_a_pin_and_a_plan_without_patience_wait_for_nobody() -> None:
    show = on_air().give(judged(main=LOST), at=10).give(Turned(BREAK), at=11)
    assert show.ladder.grounds()[0][1].why == "no picture, no sound"
    show = on_air().give(judged(main=LOST), at=10).give(Pinned(K.MAIN, "Hana"), at=11)
    assert show.ladder.grounds()[0][1].why == "no picture, no sound"
    show.give(Released("Hana"), at=50)
    assert show.until(51.4).cuts[1:] == []
    assert show.until(51.5).cuts[1:] == ["51.5 cut slate/None (main_failed)"]
    hasty = Night(plan=replace(PLAN, thresholds=replace(PLAN.thresholds, picture_wait_ms=0)))
    hasty.give(judged(main=FINE), Turned(LIVE)).give(judged(main=LOST), at=10)
    assert hasty.cuts[1:] == ["10 cut slate/None (main_failed)"]


def test_a_host_who_comes_back_without_a_camera_has_a_moment_and_no_more() -> None:
    show = on_air().give(Turned(BREAK), at=5).give(judged(main=GONE), at=6).give(Turned(LIVE), at=10)
    show.until(14.9)
    assert len(show.cuts) == 1
    show.until(15)
    assert show.cuts[-1] == "15 cut slate/None (main_failed)"


def test_once_the_camera_was_seen_again_the_moment_is_over() -> None:
    show = on_air().give(Turned(BREAK), at=5).give(Turned(LIVE), at=10).give(judged(main=GONE), at=11)
    assert show.cuts[-1] == "11 cut slate/None (main_failed)"
