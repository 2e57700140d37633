"""Where an event stands, and the decisions that change it."""

from dataclasses import replace

import pytest

from broadcast.core.entries import EventState, RungKind
from broadcast.core.errors import IllegalMove
from failover.core.course import Change, Course
from failover.core.decision import CloseIncident, Cut, Decision, Move, Notice, OpenIncident
from failover.core.footing import Terrain
from failover.core.plan import Plan, RecoveryTimes, Rung
from failover.core.standing import Effects, Standing
from failover.core.verdict import Judged, Verdict

K = RungKind
PLAN = Plan(
    rungs=(
        Rung(K.MAIN, "Back."),
        Rung(K.STANDBY, "Second."),
        Rung(K.SLATE, "Slate."),
        Rung(K.BACKUP_ROOM, "Moving.", room="demo.backup", spread_ms=500),
    ),
    recovery=RecoveryTimes(clean_spell_s=3),
)
MAIN, STANDBY, SLATE, BACKUP = range(4)
FINE = Judged(Verdict.HEALTHY, Verdict.HEALTHY, "fine")
GONE = Judged(Verdict.FAILED, Verdict.FAILED, "gone")
NEW = Standing("demo", EventState.LIVE)


def course(standing: Standing = NEW, plan: Plan = PLAN) -> Course:
    return Course(plan, standing, Terrain(plan.rungs, plan.recovery), "run", 100)


def up(here: Course, index: int, cause: str, reason: str, now: float) -> Effects:
    return here.take(Change(index, cause, reason, up=True), now)


def down(here: Course, index: int, cause: str, reason: str, now: float) -> Effects:
    return here.take(Change(index, cause, reason, up=False), now)


def test_a_story_of_one_incident() -> None:
    here = course()
    assert (here.index, here.rung, here.source, here.incident) == (None, None, None, None)
    first = up(here, MAIN, "began", "The show begins.", 100)
    assert here.rung is PLAN.rungs[MAIN]
    assert here.slate() == SLATE
    assert first == [Cut(Decision("demo", K.MAIN, "main", "began", "The show begins."))]
    fell = down(here, STANDBY, "main_failed", "It left.", 110)
    assert isinstance(fell[0], Cut)
    assert fell[0].decision == Decision(
        "demo", K.STANDBY, "standby", "main_failed", "It left.", "Second.", "run-1", 1, opens=True
    )
    assert any(isinstance(effect, OpenIncident) for effect in fell)
    assert (here.incident, here.number, here.source) == ("run-1", 1, "standby")
    again = down(here, SLATE, "standby_failed", "It left too.", 111)
    assert isinstance(again[0], Cut)
    assert (again[0].decision.number, again[0].decision.opens) == (2, False)
    back = up(here, MAIN, "recovered", "It is good.", 120)
    assert isinstance(back[-1], CloseIncident)
    assert (here.incident, here.number, here.since) == (None, 0, 120)
    down(here, SLATE, "main_failed", "It left.", 130)
    assert here.incident == "run-2"


def test_a_move_readies_the_new_room_before_the_audience_is_sent() -> None:
    here = course()
    up(here, MAIN, "began", "", 100)
    effects = down(here, BACKUP, "forced", "Hana said so.", 101)
    kinds = [type(effect) for effect in effects[:3]]
    assert kinds == [Notice, Cut, Move]
    landing, move = effects[1], effects[2]
    assert isinstance(landing, Cut)
    assert isinstance(move, Move)
    assert (landing.decision.room, landing.decision.rung, landing.decision.source) == ("demo.backup", K.SLATE, None)
    assert (move.decision.room, move.decision.to, move.decision.spread_ms) == ("demo", "demo.backup", 500)
    assert landing.decision.reason == "You're in the backup room; the show goes on here."
    assert landing.decision.words == "Slate."
    assert [each.text for each in effects if isinstance(each, Notice)] == ["Moving."]
    assert landing.decision.number == move.decision.number == 1
    assert here.room == "demo.backup"
    assert here.is_on(BACKUP)
    assert here.is_on(SLATE)


def test_a_room_with_a_main_camera_of_its_own_ends_the_incident() -> None:
    terrain = Terrain(PLAN.rungs, PLAN.recovery)
    terrain.at("demo.backup").judge("main", FINE)
    here = Course(PLAN, NEW, terrain, "run", 100)
    effects = down(here, BACKUP, "forced", "Hana said so.", 101)
    assert effects[-1] == CloseIncident("run-1", "demo.backup", 1, "The backup room has its main camera.")
    assert here.incident is None


def test_words_are_said_when_the_rung_is_another_and_an_incident_is_under_way() -> None:
    here = course()
    down(here, SLATE, "no_source", "", 100)
    same = down(here, SLATE, "slate_failed", "", 101)
    assert isinstance(same[0], Cut)
    assert same[0].decision.words == ""


def test_what_has_earned_its_place_has_it_back_and_may_relapse() -> None:
    terrain = Terrain(PLAN.rungs, PLAN.recovery)
    terrain.at("demo").judge("main", FINE)
    terrain.train(97)
    here = Course(PLAN, NEW, terrain, "run", 100)
    here.take(Change(MAIN, "recovered", "It is good.", up=True, earned=True), 100)
    terrain.at("demo").judge("main", GONE)
    terrain.train(101)
    assert here.footing.spell_s(MAIN) == 6


def test_there_is_no_way_up_to_the_backup_room() -> None:
    here = course()
    with pytest.raises(IllegalMove):
        up(here, BACKUP, "forced", "Hana said so.", 101)


def test_what_is_not_open_cannot_be_closed() -> None:
    here = course()
    assert here.close("The event ended.") == []
    down(here, SLATE, "no_source", "", 100)
    assert here.close("The event ended.") == [CloseIncident("run-1", "demo", 1, "The event ended.")]


def test_it_goes_on_from_what_is_found() -> None:
    found = Decision("demo", K.STANDBY, "standby", "main_failed", "", "Second.", "old-1", 4)
    standing = replace(NEW, decision=found, age_s=30.0)
    here = course(standing)
    assert (here.index, here.source, here.incident, here.number, here.since) == (STANDBY, "standby", "old-1", 4, 70)
    for ended in (replace(standing, closed=True), replace(standing, decision=replace(found, closes=True))):
        assert (course(ended).incident, course(ended).number) == (None, 0)
    stranger = course(replace(standing, decision=replace(found, rung=K.AUDIO)))
    assert (stranger.index, stranger.source) == (None, None)


def test_what_is_impossible_changes_nothing() -> None:
    here = course()
    with pytest.raises(IllegalMove):
        here._move(SLATE, Decision("demo", K.MAIN, "main", "", ""), 100)
    with pytest.raises(AssertionError):
        course(plan=replace(PLAN, rungs=PLAN.rungs[:2])).slate()
    assert here.index is None
