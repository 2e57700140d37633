"""Programme: the story of a camera that fails, each rule by itself, and an exhaustive walk."""

import copy
import itertools

import pytest

from broadcast.core.entries import Cut, Kind, Order, RungKind
from broadcast.core.errors import IllegalMove
from broadcast.core.programme import (
    ABSENT_GRACE_S,
    BOTH,
    BREATH_S,
    DEVIATION_EVERY_S,
    LOOK_AGAIN_S,
    NEITHER,
    NOTHING,
    REST_S,
    SOUND,
    CutFound,
    CutMade,
    LiveChanged,
    Look,
    Looked,
    OrdersGiven,
    Prepare,
    Programme,
    ProgrammeEffect,
    ProgrammeEvent,
    Report,
    Send,
    SourceDown,
    SourceUp,
)
from broadcast.core.rhythm import Pulse
from broadcast.core.woke import Woke

TO_STANDBY = Order(source="main", then="standby")
TO_MAIN = Order(source="standby", then="main")
MAIN = Send("main", BOTH, RungKind.MAIN)
STANDBY = Send("standby", BOTH, RungKind.STANDBY)


def cut(source: str | None, rung: RungKind, reason: str = "") -> Cut:
    return Cut(source=source, rung=rung, reason=reason, cause="test")


def beats(now: float, *sources: str, usual_s: float = 0.033, ago: float = 0.01) -> Looked:
    """Picture and sound of these sources, heard just now."""
    kinds = (Kind.VIDEO, Kind.AUDIO)
    return Looked(tuple(Pulse(source, kind, now - ago, usual_s) for source in sources for kind in kinds))


def live(*orders: Order, sources: tuple[str, ...] = ("main", "standby")) -> Programme:
    """On air with main since 0, both sources up and heard."""
    programme = Programme()
    programme.step(OrdersGiven(orders), 0)
    for source in sources:
        programme.step(SourceUp(source), 0)
    programme.step(LiveChanged(live=True), 0)
    programme.step(beats(0, *sources, ago=0), 0)
    return programme


def silence(programme: Programme, now: float, *still: str, since: float = 0.0) -> list[ProgrammeEffect]:
    """Look at `now`: main was last heard at `since`, those named are heard."""
    silent = tuple(Pulse("main", kind, since, 0.033) for kind in (Kind.VIDEO, Kind.AUDIO))
    return programme.step(Looked((*silent, *beats(now, *still).pulses)), now)


# ---- the story -------------------------------------------------------------------------------------------------------


def test_a_camera_fails_the_members_are_carried_over_and_the_log_has_the_last_word() -> None:
    programme = Programme()
    assert programme.step(SourceUp("main"), 0) == []
    assert programme.step(SourceUp("standby"), 0) == []
    assert programme.step(OrdersGiven((TO_STANDBY,)), 0) == []
    assert programme.deadline() is None
    assert programme.step(LiveChanged(live=True), 1) == [MAIN, Look()]
    assert programme.step(beats(1, "main", "standby"), 1) == []
    assert programme.deadline() == pytest.approx(1.075)
    assert programme.step(Woke(), 1.075) == [Look()]
    assert silence(programme, 1.15, "standby", since=1.1) == []
    assert programme.deadline() == pytest.approx(1.175)
    assert programme.step(Woke(), 1.175) == [Look()]
    assert silence(programme, 1.175, "standby", since=1.1) == [Prepare("standby")]
    assert programme.deadline() == pytest.approx(1.25)
    assert programme.step(Woke(), 1.25) == [Look()]
    said = silence(programme, 1.25, "standby", since=1.1)
    assert said == [STANDBY, Report("main", "silent", "standby", RungKind.STANDBY)]
    assert programme.step(Woke(), 1.35) == [Look()]
    back = programme.step(beats(1.5, "main", "standby"), 1.5)
    assert back == [Report("main", "back", "standby", RungKind.STANDBY)]
    assert programme.sending == STANDBY, "never back by itself"
    assert programme.step(CutMade(cut("standby", RungKind.STANDBY)), 2) == [], "restated: nothing to do"
    assert programme.step(CutMade(cut("main", RungKind.MAIN)), 9) == [MAIN, Look()]
    assert programme.step(LiveChanged(live=False), 20) == [NOTHING]
    assert programme.deadline() is None


# ---- what is sent ----------------------------------------------------------------------------------------------------


def test_nothing_is_sent_before_the_event_is_live() -> None:
    programme = Programme()
    assert programme.step(CutMade(cut("standby", RungKind.STANDBY)), 0) == []
    assert programme.sending == NOTHING
    assert programme.step(LiveChanged(live=True), 1) == [STANDBY]


@pytest.mark.parametrize(
    ("made", "sent"),
    [
        (cut("main", RungKind.MAIN), MAIN),
        (cut("standby", RungKind.STANDBY), STANDBY),
        (cut("replay", RungKind.REPLAY), Send("replay", BOTH, RungKind.REPLAY)),
        (cut("main", RungKind.AUDIO), Send("main", SOUND, RungKind.AUDIO)),
        (cut("standby", RungKind.AUDIO), Send("standby", SOUND, RungKind.AUDIO)),
        (cut("slate", RungKind.SLATE), Send(None, NEITHER, RungKind.SLATE)),
        (cut(None, RungKind.BACKUP_ROOM), Send(None, NEITHER, RungKind.BACKUP_ROOM)),
        (cut(None, RungKind.MAIN), Send(None, NEITHER, RungKind.MAIN)),
    ],
)
def test_each_rung_says_which_kinds_are_sent(made: Cut, sent: Send) -> None:
    programme = live()
    programme.step(CutMade(made), 1)
    assert programme.sending == sent


def test_a_cut_found_again_changes_nothing_and_another_one_does() -> None:
    programme = live(TO_STANDBY)
    known = cut("main", RungKind.MAIN)
    programme.step(CutMade(known), 1)
    silence(programme, 2, "standby", since=1)
    assert programme.sending == STANDBY
    programme.step(CutFound(known), 3)
    assert programme.sending == STANDBY, "the log came back; it says what it said before we left"
    programme.step(CutFound(cut("main", RungKind.AUDIO)), 4)
    assert programme.sending == Send("main", SOUND, RungKind.AUDIO)
    programme.step(CutFound(None), 5)
    assert programme.sending == MAIN


# ---- standing orders -------------------------------------------------------------------------------------------------


def test_without_orders_nothing_is_watched() -> None:
    programme = live()
    assert programme.deadline() is None
    assert programme.step(Woke(), 5) == []
    assert programme.step(SourceDown("main"), 5) == []


def test_a_slow_source_is_given_its_own_time() -> None:
    programme = live(TO_STANDBY)
    slow = (Pulse("main", Kind.VIDEO, 0.0, 0.2), *beats(0.7, "standby").pulses)
    assert programme.step(Looked(slow), 0.7) == [Prepare("standby")]
    assert programme.deadline() == pytest.approx(0.8)
    assert programme.step(Looked((slow[0], *beats(0.8, "standby").pulses)), 0.8)[0] == STANDBY


def test_a_slow_picture_with_its_sound_is_missed_as_soon_as_the_sound() -> None:
    programme = live(TO_STANDBY)
    both = (Pulse("main", Kind.VIDEO, 0.9, 0.2), Pulse("main", Kind.AUDIO, 1.0, 0.02))
    assert programme.step(Looked((*both, *beats(1.14, "standby").pulses)), 1.14) == [Prepare("standby")]
    assert programme.step(Looked((*both, *beats(1.15, "standby").pulses)), 1.15)[0] == STANDBY


def test_a_picture_that_rests_while_its_sound_goes_on_is_waited_for() -> None:
    programme = live(TO_STANDBY)
    for now in (0.2, 1.0, 1.4):
        resting = (Pulse("main", Kind.VIDEO, 0.0, 0.033), Pulse("main", Kind.AUDIO, now - 0.01, 0.02))
        assert programme.step(Looked((*resting, *beats(now, "standby").pulses)), now) == []
    resting = (Pulse("main", Kind.VIDEO, 0.0, 0.033), Pulse("main", Kind.AUDIO, REST_S - 0.01, 0.02))
    assert programme.step(Looked((*resting, *beats(REST_S, "standby").pulses)), REST_S)[0] == STANDBY


@pytest.mark.parametrize(("paused_s", "patience_s"), [(0.08, 0.15), (0.16, 0.24), (9.0, 0.3)])
def test_who_paused_lately_and_came_back_is_given_as_long_again(paused_s: float, patience_s: float) -> None:
    programme = live(TO_STANDBY)
    kinds = ((Kind.VIDEO, 0.033), (Kind.AUDIO, 0.02))
    silent = tuple(Pulse("main", kind, 1.0, usual_s, paused_s) for kind, usual_s in kinds)
    early, late = 1 + patience_s - 0.01, 1 + patience_s
    assert programme.step(Looked((*silent, *beats(early, "standby").pulses)), early) == [Prepare("standby")]
    assert programme.step(Looked((*silent, *beats(late, "standby").pulses)), late)[0] == STANDBY


def test_who_wakes_late_reads_first_what_came_meanwhile() -> None:
    programme = live(TO_STANDBY)
    programme.step(beats(1, "main", "standby", ago=0), 1)
    assert programme.step(Woke(), 1.2) == [], "it was to look at 1.075"
    assert programme.deadline() == pytest.approx(1.2 + BREATH_S)
    assert programme.step(Woke(), 1.2 + BREATH_S + 0.1) == [Look()], "late again, but one breath is enough"
    assert silence(programme, 1.31, "standby", since=1)[0] == STANDBY


def test_the_refuge_is_made_ready_once_for_each_doubt_and_only_if_it_is_there() -> None:
    programme = live(TO_STANDBY)
    assert silence(programme, 1.07, "standby", since=1) == []
    assert silence(programme, 1.08, "standby", since=1) == [Prepare("standby")]
    assert silence(programme, 1.09, "standby", since=1) == []
    assert silence(programme, 2.08, "standby", since=2) == [Prepare("standby")]
    programme.step(SourceDown("standby"), 2.5)
    assert silence(programme, 3.08, since=3) == []


def test_a_source_that_is_gone_is_left_at_once() -> None:
    programme = live(TO_STANDBY)
    assert programme.step(SourceDown("main"), 0.05) == [Look()]
    said = programme.step(beats(0.05, "standby"), 0.05)
    assert said == [STANDBY, Report("main", "gone", "standby", RungKind.STANDBY)]


def test_a_source_that_never_came_is_given_a_moment() -> None:
    programme = live(TO_STANDBY, sources=("standby",))
    assert programme.sending == MAIN
    assert programme.deadline() == pytest.approx(ABSENT_GRACE_S / 2)
    assert programme.step(beats(ABSENT_GRACE_S / 2, "standby"), ABSENT_GRACE_S / 2) == [Prepare("standby")]
    assert programme.deadline() == pytest.approx(ABSENT_GRACE_S)
    programme.step(Woke(), ABSENT_GRACE_S)
    said = programme.step(beats(ABSENT_GRACE_S, "standby"), ABSENT_GRACE_S)
    assert said == [STANDBY, Report("main", "gone", "standby", RungKind.STANDBY)]


def test_a_source_without_a_picture_is_not_silent_for_that() -> None:
    programme = live(TO_STANDBY)
    assert programme.step(Looked((Pulse("main", Kind.AUDIO, 4.9, 0.02),)), 5) == []
    assert programme.deadline() == pytest.approx(5.25)


def test_a_source_that_delivers_nothing_is_no_refuge() -> None:
    programme = live(TO_STANDBY)
    said = silence(programme, 1, since=0)
    assert said == [Report("main", "silent", "main", RungKind.MAIN)], "said once, for the controller to weigh"
    assert programme.deadline() == pytest.approx(1 + LOOK_AGAIN_S)
    assert silence(programme, 1.1, since=0) == []
    stale = Pulse("standby", Kind.VIDEO, 0.9, 0.033)
    assert programme.step(Looked((Pulse("main", Kind.VIDEO, 0.0, 0.033), stale)), 1.2) == []
    assert silence(programme, 1.3, "standby", since=0)[0] == STANDBY


def test_a_source_that_is_down_is_no_refuge() -> None:
    programme = live(TO_STANDBY)
    programme.step(SourceDown("standby"), 0.5)
    assert silence(programme, 1, "standby", since=0) == [Report("main", "silent", "main", RungKind.MAIN)]


def test_the_second_order_is_obeyed_where_the_first_cannot_be() -> None:
    programme = live(TO_STANDBY, Order(source="main", then="replay"), sources=("main", "replay"))
    said = silence(programme, 1, "replay", since=0)
    assert said[1] == Send("replay", BOTH, RungKind.REPLAY)


def test_a_refuge_of_an_unknown_name_leaves_the_rung_as_it_is() -> None:
    programme = live(Order(source="main", then="phone"), sources=("main", "phone"))
    assert silence(programme, 1, "phone", since=0)[0] == Send("phone", BOTH, RungKind.MAIN)


def test_with_sound_alone_sound_is_what_counts() -> None:
    by_sound = Order(source="main", then="standby", kind=Kind.AUDIO)
    programme = live(TO_STANDBY, by_sound)
    programme.step(CutMade(cut("main", RungKind.AUDIO)), 1)
    assert programme.step(Looked((Pulse("main", Kind.AUDIO, 1.0, 0.02), *beats(1.07, "standby").pulses)), 1.07) == []
    said = programme.step(Looked((Pulse("main", Kind.AUDIO, 1.0, 0.02), *beats(1.2, "standby").pulses)), 1.2)
    assert said[0] == Send("standby", SOUND, RungKind.AUDIO)


def test_a_source_gone_while_only_heard_is_left_for_one_that_is_heard() -> None:
    programme = live(TO_STANDBY)
    programme.step(CutMade(cut("main", RungKind.AUDIO)), 1)
    programme.step(SourceDown("main"), 1)
    assert programme.step(Looked((Pulse("standby", Kind.AUDIO, 1.0, 0.02),)), 1)[0] == Send(
        "standby", SOUND, RungKind.AUDIO
    )


def test_silence_counts_from_the_moment_a_source_went_on_air() -> None:
    programme = live(TO_STANDBY)
    programme.step(CutMade(cut("standby", RungKind.STANDBY)), 1)
    programme.step(CutMade(cut("main", RungKind.MAIN)), 5)
    assert silence(programme, 5.1, "standby", since=3) == [Prepare("standby")]
    assert silence(programme, 5.2, "standby", since=3)[0] == STANDBY


def test_deviations_are_never_close_together() -> None:
    programme = live(TO_STANDBY, TO_MAIN)
    silence(programme, 1, "standby", since=0)
    programme.step(SourceDown("standby"), 1.5)
    said = programme.step(beats(1.5, "main"), 1.5)
    assert said == [
        Report("main", "back", "standby", RungKind.STANDBY),
        Report("standby", "gone", "standby", RungKind.STANDBY),
    ]
    assert programme.deadline() == pytest.approx(1 + DEVIATION_EVERY_S)
    said = programme.step(beats(3, "main"), 3)
    assert said == [MAIN, Report("standby", "gone", "main", RungKind.MAIN)]


def test_a_packet_from_the_future_changes_nothing() -> None:
    programme = live(TO_STANDBY)
    before = vars(copy.deepcopy(programme))
    with pytest.raises(IllegalMove):
        programme.step(Looked((Pulse("main", Kind.VIDEO, 9.0, 0.03),)), 1)
    assert vars(programme) == before


# ---- every sequence --------------------------------------------------------------------------------------------------


def test_whatever_happens_the_law_holds() -> None:
    """Every sequence of five events, 0.7 s apart; every look is answered."""
    events: list[ProgrammeEvent] = [
        LiveChanged(live=True),
        LiveChanged(live=False),
        CutMade(cut("standby", RungKind.STANDBY)),
        CutMade(cut(None, RungKind.SLATE)),
        CutFound(cut("main", RungKind.AUDIO)),
        OrdersGiven((TO_STANDBY, TO_MAIN)),
        SourceUp("main"),
        SourceUp("standby"),
        SourceDown("main"),
        SourceDown("standby"),
        Woke(),
    ]
    for sequence in itertools.product(events, repeat=4):
        walk(sequence)


def walk(sequence: tuple[ProgrammeEvent, ...]) -> None:
    programme, is_live = Programme(), False
    deviated_at = -10.0
    for n, event in enumerate((LiveChanged(live=True), OrdersGiven((TO_STANDBY, TO_MAIN)), *sequence)):
        now = n * 0.7
        is_live = event.live if isinstance(event, LiveChanged) else is_live
        before = programme.sending
        effects = programme.step(event, now)
        sends = [effect for effect in effects if isinstance(effect, Send)]
        assert len(sends) == (programme.sending != before), "said once, and only when it changes"
        assert is_live or programme.sending == NOTHING
        if Look() in effects:
            before = programme.sending
            answer = programme.step(beats(now, *(["standby"] if n % 2 else ["main", "standby"])), now)
            if programme.sending != before:
                assert is_live
                assert now - deviated_at >= DEVIATION_EVERY_S - 1e-6
                assert any(isinstance(effect, Report) and effect.saw != "back" for effect in answer)
                deviated_at = now
            assert Look() not in answer
        deadline = programme.deadline()
        assert deadline is None or deadline > now - 1e-6
