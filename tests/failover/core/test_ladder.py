"""The plan in action: stories in virtual time, an exhaustive walk, and what a human may do."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import pytest

from broadcast.core.entries import EventState, RungKind
from broadcast.core.errors import IllegalMove
from broadcast.core.woke import Woke
from failover.core.decision import (
    CloseIncident,
    Cut,
    Decision,
    GoLive,
    LadderEffect,
    Line,
    Move,
    Notice,
    OpenIncident,
    SetOrders,
    TellContacts,
)
from failover.core.health import Judged, Verdict
from failover.core.ladder import Ladder
from failover.core.plan import Owners, Plan, RecoveryTimes, Rung, Show
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

K = RungKind
LIVE, OPEN, BREAK, ENDED = EventState.LIVE, EventState.OPEN, EventState.BREAK, EventState.ENDED
H, S, F, U = Verdict.HEALTHY, Verdict.SUSPECT, Verdict.FAILED, Verdict.UNKNOWN
FINE = Judged(H, H, "picture and sound are fine")
GONE = Judged(F, F, "its publisher left", gone=True)
LOST = Judged(F, F, "no picture, no sound")
MENDING = Judged(F, F, "no picture, no sound", video_mends=True, audio_mends=True)
DARK = Judged(F, H, "no picture")
DOUBTED = Judged(S, S, "its picture has stopped")

PLAN = Plan(
    rungs=(
        Rung(K.MAIN, "Back."),
        Rung(K.STANDBY, "Second camera."),
        Rung(K.AUDIO, "Sound only."),
        Rung(K.SLATE, "Slate.", leads_on_after_s=60),
        Rung(K.BACKUP_ROOM, "Moving.", room="demo.backup", spread_ms=2000),
    ),
    show=Show(goes_live="first_publisher"),
    owners=Owners("Ada", "Ben"),
    recovery=RecoveryTimes(clean_spell_s=3, moves_max=30, moves_window_s=600),
)


def judged(room: str = "demo", **sources: Judged) -> Surveyed:
    return Surveyed(tuple(SourceJudged(room, name, each) for name, each in sources.items()))


@dataclass
class Night:
    """A ladder driven as the driver does it: every deadline is kept while time goes on."""

    plan: Plan = PLAN
    standing: Standing = field(default_factory=lambda: Standing("demo", OPEN))
    now: float = 0.0
    lines: list[str] = field(default_factory=list)
    effects: list[LadderEffect] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ladder = Ladder(self.plan, self.standing, "run", self.now)
        self.give(Woke())

    def give(self, *events: LadderEvent, at: float | None = None) -> "Night":
        if at is not None:
            self.until(at)
        for event in events:
            self._note(self.ladder.step(event, self.now))
        return self

    def until(self, at: float) -> "Night":
        for _ in range(1_000):
            due = self.ladder.deadline()
            if due is None or due > at:
                break
            self.now = max(self.now, due)
            self._note(self.ladder.step(Woke(), self.now))
        else:
            raise AssertionError("the ladder spins")
        self.now = at
        return self

    def _note(self, effects: Iterable[LadderEffect]) -> None:
        for effect in effects:
            self.effects.append(effect)
            self.lines.append(f"{self.now:g} {said(effect)}")

    @property
    def cuts(self) -> list[str]:
        """What is shown, and since when."""
        return [line for line in self.lines if " cut " in line or " move " in line]

    def of(self, kind: type) -> list[LadderEffect]:
        return [effect for effect in self.effects if isinstance(effect, kind)]


def said(effect: LadderEffect) -> str:
    match effect:
        case Cut(decision, again):
            where = "" if decision.room == "demo" else f" in {decision.room}"
            return f"cut {decision.rung}/{decision.source} ({decision.cause}){where}{' again' if again else ''}"
        case Move(decision):
            return f"move to {decision.to}"
        case Notice(text=text, severity=severity):
            return f"notice [{severity}] {text}"
        case OpenIncident(incident=incident, cause=cause):
            return f"opened {incident}: {cause}"
        case CloseIncident(incident=incident, text=text):
            return f"closed {incident}: {text}"
        case Line(what=what, text=text, last=last):
            return f"line {what}: {text}{' .' if last else ''}"
        case TellContacts(to=to):
            return f"tell contacts of {to}"
        case SetOrders(active):
            return f"orders {'on' if active else 'off'}"
        case GoLive(source):
            return f"go live with {source}"


def on_air(**sources: Judged) -> Night:
    """A live show on main, at second 0."""
    show = Night()
    show.give(judged(**({"main": FINE} | sources)), Turned(LIVE))
    assert show.cuts == ["0 cut main/main (began)"]
    return show


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


def test_a_slate_waits_for_a_backup_room_that_is_healthy() -> None:
    show = on_air().give(TargetJudged(F, "no gateway answers"))
    show.give(judged(main=GONE), at=1).until(200)
    assert show.of(Move) == []
    show.give(TargetJudged(H, "it answers"), at=201)
    assert len(show.of(Move)) == 1


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


def test_a_source_that_comes_and_goes_every_500_ms_for_20_s_causes_at_most_three_cuts() -> None:
    for gap in (FINE, GONE):
        show = on_air(standby=gap)
        for turn in range(40):
            show.give(judged(main=GONE if turn % 2 == 0 else FINE), at=10 + turn * 0.5)
        show.give(judged(main=FINE)).until(60)
        assert len(show.cuts) - 1 <= 3, show.cuts
        assert show.ladder.source == "main"


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


# ---- patience -------------------------------------------------------------------------------------------------------


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


# ---- the event's life -----------------------------------------------------------------------------------------------


def test_it_goes_live_with_whoever_comes_first_and_only_once_and_only_when_the_plan_says_so() -> None:
    show = Night().give(judged(standby=FINE), at=1).give(judged(main=FINE), at=2)
    assert show.lines == ["1 go live with standby"]
    show.give(Turned(LIVE), at=3)
    assert show.cuts == ["3 cut main/main (began)"]
    assert Night(plan=replace(PLAN, show=Show("host"))).give(judged(main=FINE)).lines == []
    scheduled = Night(standing=Standing("demo", EventState.SCHEDULED)).give(judged(main=FINE))
    assert scheduled.lines == []


def test_beginning_on_the_standby_is_no_incident_nor_is_the_main_camera_that_comes_later() -> None:
    show = Night().give(judged(standby=FINE), Turned(LIVE))
    show.give(judged(main=FINE), at=5).until(20)
    assert show.cuts == ["0 cut standby/standby (began)", "8 cut main/main (recovered)"]
    assert show.of(OpenIncident) == []
    assert show.of(Notice) == []


def test_a_host_who_starts_before_the_camera_has_a_moment() -> None:
    show = Night().give(Turned(LIVE), at=1).until(5.9)
    assert show.lines == []
    show.until(6)
    assert show.cuts == ["6 cut slate/None (no_source)"]
    assert len(show.of(OpenIncident)) == 1
    in_time = Night().give(Turned(LIVE), at=1).give(judged(main=FINE), at=4).until(20)
    assert in_time.cuts == ["4 cut main/main (began)"]


def test_a_show_whose_sound_comes_first_begins_with_its_picture() -> None:
    show = Night().give(judged(main=Judged(U, H, "no picture yet")), Turned(LIVE), at=1)
    show.give(judged(main=FINE), at=1.4).until(60)
    assert show.cuts == ["1.4 cut main/main (began)"]


def test_a_host_with_nothing_but_a_microphone_is_on_air_after_a_moment() -> None:
    heard = Judged(U, H, "no picture yet")
    show = Night().give(judged(main=heard), Turned(LIVE), at=1).until(2.9)
    assert show.cuts == []
    assert show.until(60).cuts == ["3 cut audio/main (began)"]
    late = Night().give(Turned(LIVE), at=1).give(judged(main=heard), at=5).until(60)
    assert late.cuts == ["7 cut audio/main (began)"]
    lost = Night().give(Turned(LIVE), at=1).give(judged(main=heard), at=5).give(judged(main=LOST), at=5.5)
    assert lost.until(60).cuts == ["6 cut slate/None (no_source)"]


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


def test_a_host_who_comes_back_without_a_camera_has_a_moment_and_no_more() -> None:
    show = on_air().give(Turned(BREAK), at=5).give(judged(main=GONE), at=6).give(Turned(LIVE), at=10)
    show.until(14.9)
    assert len(show.cuts) == 1
    show.until(15)
    assert show.cuts[-1] == "15 cut slate/None (main_failed)"


def test_once_the_camera_was_seen_again_the_moment_is_over() -> None:
    show = on_air().give(Turned(BREAK), at=5).give(Turned(LIVE), at=10).give(judged(main=GONE), at=11)
    assert show.cuts[-1] == "11 cut slate/None (main_failed)"


def test_staff_is_told_once_that_the_show_should_have_begun() -> None:
    show = Night(standing=Standing("demo", EventState.SCHEDULED, late_s=100.0)).give(Turned(OPEN), at=50)
    assert show.until(1_000).lines == [
        "100 line verdict: The show should have begun 10 min ago. Ada or Ben must see to it."
    ]
    begun = Night(standing=Standing("demo", OPEN, late_s=100.0)).give(judged(main=FINE), Turned(LIVE))
    begun.give(Turned(BREAK), at=20).give(Turned(ENDED), at=200).until(1_000)
    assert [line for line in begun.lines if "verdict" in line] == []
    assert Night(standing=Standing("demo", OPEN, late_s=-5.0)).lines[0].startswith("0 line verdict")
    assert Night(standing=Standing("demo", OPEN, late_s=-501.0)).until(1_000).lines == []


# ---- bounds ---------------------------------------------------------------------------------------------------------


def nervous(moves_max: int) -> Plan:
    times = RecoveryTimes(
        clean_spell_s=1, relapse_factor=1, clean_spell_max_s=1, moves_max=moves_max, moves_window_s=60
    )
    return replace(PLAN, recovery=times)


def test_at_most_so_many_changes_per_window_then_hold_and_call_a_human() -> None:
    show = Night(plan=nervous(4)).give(judged(main=FINE, standby=FINE), Turned(LIVE))
    for turn in range(10):
        show.give(judged(main=GONE), at=10 + 4 * turn).give(judged(main=FINE), at=11 + 4 * turn)
    assert len(show.cuts) == 4
    held = [line for line in show.lines if "held" in line]
    assert held
    assert "Ada or Ben must take over" in held[0]
    assert show.ladder.source == "standby"
    show.until(200)
    assert show.ladder.source == "main"


def test_one_change_is_kept_for_going_down() -> None:
    show = Night(plan=nervous(3)).give(judged(main=FINE, standby=FINE), Turned(LIVE))
    show.give(judged(main=GONE), at=10).give(judged(main=FINE), at=11).until(30)
    assert show.cuts[-1] == "10 cut standby/standby (main_failed)"
    show.give(judged(standby=GONE), at=31)
    assert show.cuts[-1] == "31 cut main/main (standby_failed)"
    show.give(judged(main=GONE), at=32).until(40)
    assert len(show.cuts) == 3
    show.until(61)
    assert show.cuts[-1] == "60 cut slate/None (main_failed)"


def test_with_no_change_left_the_slate_leads_nowhere() -> None:
    plan = replace(nervous(2), owners=Owners())
    plan = replace(plan, rungs=tuple(replace(r, leads_on_after_s=5 if r.kind is K.SLATE else None) for r in plan.rungs))
    show = Night(plan=plan).give(TargetJudged(H, "it answers"), judged(main=FINE), Turned(LIVE))
    show.give(judged(main=GONE), at=10).until(20)
    assert show.of(Move) == []
    assert "Somebody must take over" in show.lines[-1]
    show.until(61)
    assert len(show.of(Move)) == 1


# ---- humans ---------------------------------------------------------------------------------------------------------


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
    assert show.lines[-2:] == ["12 orders off", "12 line override: Hana pinned the show to backup_room."]


def test_a_human_may_take_an_audience_to_the_backup_room_that_has_seen_nothing_yet() -> None:
    show = Night().give(TargetJudged(H, "it answers"), Turned(LIVE), Forced(K.BACKUP_ROOM, "Hana"), at=1)
    assert show.cuts == ["1 cut slate/None (moved) in demo.backup", "1 move to demo.backup"]
    show.give(judged("demo.backup", main=FINE), at=10).until(60)
    assert show.cuts[-1] == "13 cut main/main (recovered) in demo.backup"
    pinned = Night().give(Turned(LIVE), Pinned(K.BACKUP_ROOM, "Hana"), at=1)
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


def test_nobody_is_moved_while_something_better_is_coming_back() -> None:
    show = on_air().give(TargetJudged(H, "it answers"), judged(main=GONE), at=10)
    show.give(judged(main=FINE), at=68).until(100)
    assert show.of(Move) == []
    assert show.cuts[-1] == "71 cut main/main (recovered)"


def test_a_pin_to_a_better_rung_climbs() -> None:
    show = on_air(standby=FINE).give(judged(main=GONE), at=5).give(Pinned(K.MAIN, "Hana"), at=6)
    assert show.cuts[-1] == "6 cut main/main (pinned)"
    assert show.ladder.incident is None
    before_anything = Night().give(Turned(LIVE), Pinned(K.MAIN, "Hana"))
    assert before_anything.cuts == ["0 cut main/main (pinned)"]


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
    assert (show.ladder.armed, show.ladder.free) == (True, True)
    assert show.ladder.decision is not None


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
