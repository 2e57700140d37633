"""Which rungs of a room would hold, and which have earned their place."""

from dataclasses import replace

from broadcast.core.entries import RungKind
from failover.core.footing import Footing, Ground, Terrain
from failover.core.patience import Trouble
from failover.core.plan import RecoveryTimes, Rung
from failover.core.verdict import Judged, Verdict

KINDS = (RungKind.MAIN, RungKind.STANDBY, RungKind.AUDIO, RungKind.SLATE)
RUNGS = (*(Rung(kind, "") for kind in KINDS), Rung(RungKind.BACKUP_ROOM, "", room="demo.backup"))
TIMES = RecoveryTimes(clean_spell_s=3)
MAIN, STANDBY, AUDIO, SLATE, BACKUP = range(5)
FINE = Judged(Verdict.HEALTHY, Verdict.HEALTHY, "fine")
MUTE = Judged(Verdict.HEALTHY, Verdict.FAILED, "no sound")
DARK = Judged(Verdict.FAILED, Verdict.HEALTHY, "no picture")
GONE = Judged(Verdict.FAILED, Verdict.FAILED, "gone")


def footing(room: str = "demo", **sources: Judged) -> Footing:
    made = Footing(room, RUNGS, TIMES)
    for source, judged in sources.items():
        made.judge(source, judged)
    return made


def test_a_picture_without_sound_is_a_picture_and_sound_without_a_picture_is_sound() -> None:
    ground = footing(main=DARK, standby=MUTE)
    assert ground.ground(MAIN) == Ground(Verdict.FAILED, "main", "no picture")
    assert ground.ground(STANDBY) == Ground(Verdict.HEALTHY, "standby", "no sound")
    assert ground.ground(AUDIO) == Ground(Verdict.HEALTHY, "main", "no picture")
    assert ground.ground(SLATE).verdict is Verdict.HEALTHY


def test_sound_comes_from_the_first_source_that_has_good_sound() -> None:
    assert footing(main=FINE, standby=FINE).ground(AUDIO).source == "main"
    assert footing(main=GONE, standby=FINE).ground(AUDIO).source == "standby"
    assert footing().ground(AUDIO) == Ground(Verdict.UNKNOWN, "main", "nobody has published it yet")


def test_the_first_good_rung_is_never_the_backup_room_nor_the_one_that_is_there() -> None:
    ground = footing(main=FINE, standby=FINE)
    ground.judge_target(Verdict.HEALTHY, "it answers")
    assert ground.first_good(range(5)) == MAIN
    assert ground.first_good(range(5), but=(MAIN, "main")) == STANDBY
    assert ground.first_good([BACKUP]) is None
    assert footing().first_good(range(2)) is None


def test_the_backup_room_is_no_target_from_within() -> None:
    here, there = footing(), footing("demo.backup")
    for each in (here, there):
        each.judge_target(Verdict.HEALTHY, "it answers")
    assert here.ground(BACKUP) == Ground(Verdict.HEALTHY, None, "it answers")
    assert there.ground(BACKUP).verdict is Verdict.FAILED


def test_what_is_on_air_is_judged_by_what_it_shows() -> None:
    ground = footing(main=DARK, standby=MUTE)
    assert ground.holds(MAIN, "main") is Verdict.FAILED
    assert ground.holds(AUDIO, "main") is Verdict.HEALTHY
    assert ground.holds(SLATE, None) is Verdict.HEALTHY
    assert (ground.why("main"), ground.why(None)) == ("no picture", "")


def test_what_fails_on_air_is_bad_or_mends_or_is_gone() -> None:
    failed = Judged(Verdict.FAILED, Verdict.FAILED, "no picture, no sound")
    seen = replace(failed, video_mends=True)
    for judged, of_picture, of_sound in (
        (failed, Trouble.BAD, Trouble.BAD),
        (seen, Trouble.MENDING, Trouble.BAD),
        (replace(failed, audio_mends=True), Trouble.BAD, Trouble.MENDING),
        (replace(failed, gone=True), Trouble.GONE, Trouble.GONE),
    ):
        ground = footing(main=judged)
        assert (ground.trouble(MAIN, "main"), ground.trouble(AUDIO, "main")) == (of_picture, of_sound)
    assert footing().trouble(MAIN, "main") is Trouble.GONE


def test_anyone_who_could_go_on_air_is_a_publisher() -> None:
    assert footing().publisher() is None
    assert footing(main=GONE).publisher() is None
    assert footing(main=DARK).publisher() == "main"
    assert footing(main=GONE, standby=FINE).publisher() == "standby"


def test_rungs_earn_their_place_by_a_clean_spell() -> None:
    ground = footing(main=FINE, standby=GONE)
    ground.train(0)
    assert ground.deadlines(STANDBY) == [3]
    ground.train(3)
    assert ground.earned(SLATE) == [MAIN, AUDIO]
    assert ground.deadlines(STANDBY) == []
    ground.regain(MAIN, 3)
    ground.judge("main", GONE)
    ground.train(4)
    assert ground.spell_s(MAIN) == 6
    ground.judge("main", FINE)
    ground.train(5)
    ground.restart(6)
    assert ground.deadlines(STANDBY) == [12]


def test_every_room_has_ground_of_its_own_and_all_see_the_same_target() -> None:
    terrain = Terrain(RUNGS, TIMES)
    terrain.at("demo").judge("main", FINE)
    terrain.judge_target(Verdict.HEALTHY, "it answers")
    assert terrain.at("demo").ground(BACKUP).verdict is Verdict.HEALTHY
    assert terrain.at("other").ground(BACKUP).verdict is Verdict.HEALTHY
    assert terrain.at("other").ground(MAIN).verdict is Verdict.UNKNOWN
    terrain.train(0)
    terrain.train(3)
    assert terrain.at("demo").earned(BACKUP) == [MAIN, AUDIO, SLATE]
