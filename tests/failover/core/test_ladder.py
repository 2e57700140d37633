"""The plan in action: stories in virtual time, what a new leader goes on from, and an exhaustive walk."""

import itertools
from collections.abc import Sequence
from dataclasses import replace

import pytest

from broadcast.core.errors import IllegalMove
from broadcast.core.woke import Woke
from failover.core.decision import CloseIncident, Cut, Decision, Move, OpenIncident
from failover.core.ladder import Ladder
from failover.core.plan import RecoveryTimes
from failover.core.standing import (
    Forced,
    LadderEvent,
    Pinned,
    Released,
    Seen,
    SourceJudged,
    Standing,
    Surveyed,
    TargetJudged,
    Turned,
    Vetoed,
)
from tests.failover.core.night import (
    BREAK,
    DARK,
    DOUBTED,
    ENDED,
    FINE,
    GONE,
    LIVE,
    LOST,
    MENDING,
    OPEN,
    PLAN,
    H,
    K,
    Night,
    S,
    judged,
    on_air,
)

# ---- stories --------------------------------------------------------------------------------------------------------


def test_a_story_of_a_bad_night() -> None:
    show = Night()
    show.give(TargetJudged(H, "it answers"), judged(main=FINE, standby=FINE), at=1)
    show.give(Turned(LIVE), at=2)
    show.give(judged(main=GONE), at=100)
    show.give(judged(standby=DARK), at=110)
    show.give(judged(standby=GONE), at=120)
    show.until(180)
    assert show.lines == [
        "1 go live with main",
        "2 cut main/main (began)",
        "100 cut standby/standby (main_failed)",
        "100 notice [warning] Second camera.",
        "100 opened run-1: main_failed",
        "100 line decided: The main camera dropped out: its publisher left.",
        "100 line cut: The second camera is on air.",
        "100 line notice: The room was told: Second camera. .",
        "111.5 cut audio/standby (standby_failed)",
        "111.5 notice [warning] Sound only.",
        "111.5 line decided: The second camera dropped out: no picture.",
        "111.5 line cut: Only the sound is on air.",
        "111.5 line notice: The room was told: Sound only. .",
        "120 cut slate/None (audio_failed)",
        "120 notice [warning] Slate.",
        "120 line decided: The sound dropped out: its publisher left.",
        "120 line cut: The slate is up; questions go on in writing.",
        "120 line notice: The room was told: Slate. .",
        "180 notice [critical] Moving.",
        "180 cut slate/None (moved) in demo.backup",
        "180 move to demo.backup",
        "180 line decided: The slate has lasted 60 s, as long as the plan allows.",
        "180 tell contacts of demo.backup",
        "180 line moved: The audience goes to demo.backup.",
        "180 line notice: The room was told: Moving. .",
    ]
    assert show.ladder.room == "demo.backup"


def test_in_the_backup_room_the_ladder_goes_on_with_its_own_sources_and_moves_no_further() -> None:
    show = on_air().give(TargetJudged(H, "it answers"))
    show.give(judged(main=GONE), at=1).until(61)
    before = len(show.cuts)
    show.give(judged(main=FINE), at=62).until(100)
    assert len(show.cuts) == before
    show.give(judged("demo.backup", standby=FINE), at=100).until(200)
    assert show.cuts[before:] == ["103 cut standby/standby (recovered) in demo.backup"]
    show.give(judged("demo.backup", main=FINE), at=200).until(400)
    assert show.cuts[-1] == "203 cut main/main (recovered) in demo.backup"
    assert show.ladder.incident is None
    show.give(judged("demo.backup", main=GONE, standby=GONE), at=400).until(1_000)
    assert show.cuts[-1] == "400 cut slate/None (main_failed) in demo.backup"


def test_a_backup_room_with_a_camera_of_its_own_ends_the_incident() -> None:
    show = on_air().give(TargetJudged(H, "it answers"), judged("demo.backup", main=FINE))
    show.give(judged(main=GONE), at=1).until(61)
    assert show.cuts[-2:] == ["61 cut main/main (moved) in demo.backup", "61 move to demo.backup"]
    assert show.lines[-1] == "61 closed run-1: The backup room has its main camera."


def test_a_source_that_comes_and_goes_every_500_ms_for_20_s_causes_at_most_three_cuts() -> None:
    for gap in (FINE, GONE):
        show = on_air(standby=gap)
        for turn in range(40):
            show.give(judged(main=GONE if turn % 2 == 0 else FINE), at=10 + turn * 0.5)
        show.give(judged(main=FINE)).until(60)
        assert len(show.cuts) - 1 <= 3, show.cuts
        assert show.ladder.source == "main"


# ---- the event's life -----------------------------------------------------------------------------------------------


def test_a_break_and_an_end_are_no_incident_and_close_an_open_one() -> None:
    show = on_air().give(Turned(BREAK), at=5).give(judged(main=GONE), at=6).until(500)
    assert len(show.cuts) == 1
    assert show.ladder.deadline() is None
    show.give(Turned(LIVE), at=500).give(judged(main=FINE), at=503).until(600)
    assert len(show.cuts) == 1
    show.give(judged(main=GONE), at=600).give(Turned(BREAK), at=610)
    assert show.lines[-1] == "610 closed run-1: The host paused the show."
    show.give(Turned(LIVE), at=620).give(Turned(ENDED), at=621).give(judged(main=FINE), at=622)
    assert show.lines[-1] == "610 closed run-1: The host paused the show."


def test_an_end_says_so_in_the_timeline() -> None:
    show = on_air().give(judged(main=GONE), at=5).give(Turned(ENDED), at=6)
    assert show.lines[-1] == "6 closed run-1: The event ended."


# ---- gateways that show something else ------------------------------------------------------------------------------


def test_a_gateway_that_shows_something_else_is_answered_by_restating_the_programme() -> None:
    show = on_air(standby=FINE).give(Seen("g1", "demo", "standby"), at=10).until(10.4)
    assert len(show.cuts) == 1
    show.until(10.5)
    assert show.cuts[-1] == "10.5 cut main/main (began) again"
    show.give(Seen("g1", "demo", "main"), at=11).until(20)
    assert len(show.cuts) == 2


def test_a_change_answers_deviations_too() -> None:
    show = on_air(standby=FINE).give(Seen("g1", "demo", "standby"), at=10).give(judged(main=GONE), at=10.2)
    show.until(12)
    assert show.cuts[1:] == ["10.2 cut standby/standby (main_failed)"]


def test_what_the_budget_forbids_is_not_done_and_said_once() -> None:
    show = Night(plan=replace(PLAN, recovery=RecoveryTimes(moves_max=1, moves_window_s=60)))
    show.give(judged(main=FINE), Turned(LIVE)).give(judged(main=GONE), at=10).until(59)
    assert show.lines[2:] == ["10 line held: 1 changes within 60 s: holding. Ada or Ben must take over."]
    assert show.until(60).cuts[-1] == "60 cut slate/None (main_failed)"


def test_what_is_not_asked_is_not_answered() -> None:
    show = Night().give(Seen("g1", "demo", "standby"), Turned(LIVE), Seen("g1", "demo", "standby")).until(3)
    assert show.lines == []
    show = on_air().give(Seen("g1", "demo.backup", None), at=1).until(9)
    assert len(show.cuts) == 1
    show = on_air(standby=FINE).give(Pinned(K.MAIN, "Hana"), Seen("g1", "demo", "standby"), judged(main=GONE), at=1)
    assert len(show.until(9).cuts) == 1


# ---- taking over ----------------------------------------------------------------------------------------------------

STANDING = Standing(
    room="demo",
    state=LIVE,
    decision=Decision("demo", K.STANDBY, "standby", "main_failed", "…", "Second camera.", "old-1", 3),
    age_s=100.0,
    sources=(SourceJudged("demo", "main", GONE), SourceJudged("demo", "standby", FINE)),
    target=TargetJudged(H, "it answers"),
)


def test_a_new_leader_goes_on_where_the_old_one_was() -> None:
    show = Night(standing=STANDING)
    assert show.lines == []
    assert (show.ladder.incident, show.ladder.source, show.ladder.rung) == ("old-1", "standby", PLAN.rungs[1])
    show.give(judged(main=FINE), at=5).until(10)
    assert [cut.decision.number for cut in show.of(Cut) if isinstance(cut, Cut)] == [4]
    assert show.lines[-1].startswith("8 closed old-1")


def test_a_new_leader_acts_at_once_on_what_it_knows_and_waits_for_what_it_does_not() -> None:
    failed = replace(STANDING, sources=(SourceJudged("demo", "standby", GONE),))
    assert Night(standing=failed).cuts == ["0 cut slate/None (standby_failed)"]
    unseen = Night(standing=replace(STANDING, sources=()))
    assert unseen.until(4.9).cuts == []
    assert unseen.until(5).cuts == ["5 cut slate/None (standby_failed)"]


def test_a_slate_that_has_lasted_leads_on_under_the_new_leader() -> None:
    slate = replace(STANDING, decision=replace(STANDING.decision, rung=K.SLATE, source=None), age_s=59, sources=())  # type: ignore[arg-type]
    assert Night(standing=slate).until(1).cuts[-1] == "1 move to demo.backup"


def test_a_new_leader_ends_the_incident_of_a_show_that_is_over_and_obeys_humans() -> None:
    over = Night(standing=replace(STANDING, state=ENDED))
    assert over.lines == ["0 closed old-1: The event ended."]
    assert Night(standing=replace(STANDING, state=ENDED, closed=True)).lines == []
    pinned = Night(standing=replace(STANDING, pinned=K.SLATE))
    assert pinned.cuts == ["0 cut slate/None (pinned)"]
    assert Night(standing=replace(STANDING, pinned=K.REPLAY)).lines == []
    vetoed = Night(standing=replace(STANDING, veto_s=10.0, sources=(SourceJudged("demo", "standby", GONE),)))
    assert vetoed.until(9).cuts == []
    assert vetoed.until(10).cuts == ["10 cut slate/None (standby_failed)"]


# ---- what may be read, and the law ----------------------------------------------------------------------------------


def test_every_rung_can_be_shown_with_its_verdict() -> None:
    show = on_air(standby=DOUBTED).give(TargetJudged(H, "it answers"))
    grounds = {rung.kind: (ground.verdict, ground.why) for rung, ground in show.ladder.grounds()}
    assert grounds[K.MAIN] == (H, "picture and sound are fine")
    assert grounds[K.STANDBY] == (S, "its picture has stopped")
    assert grounds[K.BACKUP_ROOM] == (H, "it answers")
    assert (show.ladder.armed, show.ladder.free, show.ladder.bound) == (True, True, False)
    assert show.ladder.decision is not None


def test_what_is_waited_for_stands_beside_the_rung_it_is_waited_on() -> None:
    show = on_air().give(judged(main=DARK), at=1)
    assert show.cuts[-1] == "0 cut main/main (began)", "sound alone costs more than a short wait"
    (why,) = [ground.why for rung, ground in show.ladder.grounds() if rung.kind is K.MAIN]
    assert "wait" in why


def test_a_human_takes_the_wheel_and_gives_it_back() -> None:
    show = on_air(standby=FINE)
    show.give(Turned(LIVE), at=1).give(Pinned(K.STANDBY, "Hana"), at=2)
    assert (show.ladder.pinned, show.ladder.free, show.ladder.bound) == (K.STANDBY, False, True)
    show.give(judged(standby=GONE), at=3).until(10)
    assert show.cuts[-1] == "2 cut standby/standby (pinned)"
    show.give(Released("Hana"), at=11)
    assert show.ladder.free
    assert show.cuts[-1] == "11 cut main/main (standby_failed)"
    show.give(Vetoed(5, "Hana"), at=12)
    assert show.ladder.veto_until == 17
    show.give(Released("Hana"), Released("Hana"), at=13)
    assert show.ladder.veto_until is None


def test_an_unknown_event_is_refused() -> None:
    with pytest.raises(IllegalMove):
        Ladder(PLAN, Standing("demo", OPEN), "run", 0).step("nonsense", 0)  # type: ignore[arg-type]


EVENTS: Sequence[LadderEvent] = (
    Turned(OPEN),
    Turned(LIVE),
    Turned(BREAK),
    Turned(ENDED),
    judged(main=FINE),
    judged(main=GONE),
    judged(main=LOST),
    judged(main=MENDING),
    judged(standby=FINE),
    judged(standby=GONE),
    judged(main=DARK, standby=DARK),
    TargetJudged(H, "it answers"),
    Forced(K.SLATE, "Hana"),
    Forced(K.BACKUP_ROOM, "Hana"),
    Pinned(K.MAIN, "Hana"),
    Vetoed(5, "Hana"),
    Released("Hana"),
    Seen("g1", "demo", "standby"),
    Woke(),
)


def test_in_every_walk_the_law_holds() -> None:
    for walk in itertools.product(EVENTS, repeat=4):
        ladder = Ladder(PLAN, Standing("demo", OPEN), "run", 0)
        opened: set[str] = set()
        closed: set[str] = set()
        numbers: dict[str, int] = {}
        mends = False
        for number, event in enumerate((Turned(LIVE), *walk) if walk[0] != Turned(LIVE) else walk):
            now = number * 4.0
            if isinstance(event, Surveyed) and event.sources[0].source == "main":
                mends = event == judged(main=MENDING)
            for effect in ladder.step(event, now):
                match effect:
                    case Cut(decision) | Move(decision):
                        assert ladder.armed
                        assert decision.rung is not K.BACKUP_ROOM or decision.to is not None
                        restated = isinstance(effect, Cut) and effect.again
                        if decision.incident is not None and not restated:
                            assert decision.number >= numbers.get(decision.incident, 1)
                            numbers[decision.incident] = decision.number
                            assert decision.incident not in closed
                    case OpenIncident(incident=incident):
                        assert incident not in opened
                        opened.add(incident)
                    case CloseIncident(incident=incident):
                        assert incident in opened
                        assert incident not in closed
                        closed.add(incident)
            assert (ladder.incident is None) == (opened == closed)
            assert ladder.armed or ladder.incident is None
            assert ladder.deadline() is None or ladder.armed
            if ladder.armed and ladder.free and ladder.rung is not None:
                on_air = next(ground for rung, ground in ladder.grounds() if rung is ladder.rung)
                waited_for = "waiting" in on_air.why
                assert not waited_for or mends or (ladder.deadline() or now + 9) <= now + 1.5
            if ladder.pinned is not None and ladder.armed:
                assert ladder.rung is not None
