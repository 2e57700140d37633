"""When a rung that holds gives way all the same."""

from failover.core.decision import Move
from failover.core.standing import TargetJudged
from tests.failover.core.night import DARK, FINE, GONE, F, H, judged, on_air


def test_up_again_after_a_clean_spell_and_the_room_is_told() -> None:
    show = on_air(standby=FINE).give(judged(main=GONE), at=10)
    show.give(judged(main=FINE), at=11)
    show.until(13.9)
    assert len(show.cuts) == 2
    show.until(14)
    assert show.lines[-6:] == [
        "14 cut main/main (recovered)",
        "14 notice [info] Back.",
        "14 line decided: The main camera has been good for 3 s.",
        "14 line recovered: The main camera is on air.",
        "14 line notice: The room was told: Back.",
        "14 closed run-1: Back on the main camera.",
    ]
    assert show.ladder.incident is None


def test_from_the_slate_a_picture_is_taken_before_sound_alone_and_one_rung_at_a_time() -> None:
    show = on_air(standby=FINE).give(judged(main=GONE, standby=GONE), at=10)
    assert show.cuts[-1] == "10 cut slate/None (main_failed)"
    show.give(judged(main=FINE, standby=FINE), at=20).until(40)
    assert show.cuts[-2:] == ["23 cut standby/standby (recovered)", "26 cut main/main (recovered)"]


def test_from_the_slate_sound_alone_is_better_than_nothing() -> None:
    show = on_air().give(judged(main=GONE), at=10)
    show.give(judged(main=DARK), at=20).until(30)
    assert show.cuts[-1] == "23 cut audio/main (recovered)"
    assert show.ladder.incident == "run-1"


def test_a_relapse_makes_the_next_spell_longer() -> None:
    show = on_air(standby=FINE)
    show.give(judged(main=GONE), at=10).give(judged(main=FINE), at=11).until(14)
    show.give(judged(main=GONE), at=20).give(judged(main=FINE), at=21).until(40)
    assert [line for line in show.cuts if "main/main" in line][-1] == "27 cut main/main (recovered)"


def test_a_slate_waits_for_a_backup_room_that_is_healthy() -> None:
    show = on_air().give(TargetJudged(F, "no gateway answers"))
    show.give(judged(main=GONE), at=1).until(200)
    assert show.of(Move) == []
    show.give(TargetJudged(H, "it answers"), at=201)
    assert len(show.of(Move)) == 1


def test_nobody_is_moved_while_something_better_is_coming_back() -> None:
    show = on_air().give(TargetJudged(H, "it answers"), judged(main=GONE), at=10)
    show.give(judged(main=FINE), at=68).until(100)
    assert show.of(Move) == []
    assert show.cuts[-1] == "71 cut main/main (recovered)"
