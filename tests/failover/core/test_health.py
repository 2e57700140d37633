"""Verdicts on one source, from several witnesses."""

import itertools
from collections.abc import Sequence

import pytest

from broadcast.core.errors import IllegalMove
from broadcast.core.woke import Woke
from failover.core.feed import Stream
from failover.core.health import (
    Announced,
    HealthEvent,
    HealthPolicy,
    NodeLost,
    Sampled,
    SourceHealth,
    Withdrawn,
    Witnessed,
)
from failover.core.verdict import Judged, Verdict

POLICY = HealthPolicy()
GOOD = Stream(silent_ms=5, per_s=30)
UNKNOWN, HEALTHY, SUSPECT, FAILED = Verdict.UNKNOWN, Verdict.HEALTHY, Verdict.SUSPECT, Verdict.FAILED


def sample(video: Stream | None = GOOD, audio: Stream | None = GOOD, late_s: float = 0.0, node: str = "m1") -> Sampled:
    return Sampled(node, "s1", video, audio, late_s)


def silent(ms: float, late_s: float = 0.0) -> Sampled:
    return sample(Stream(silent_ms=ms, per_s=0), Stream(silent_ms=ms, per_s=0), late_s)


def healthy(now: float = 0.0) -> SourceHealth:
    machine = SourceHealth(POLICY)
    machine.step(Announced("m1", "s1", 100), now)
    machine.step(sample(), now)
    assert machine.judged.video is HEALTHY
    return machine


def verdicts(judged: Sequence[Judged]) -> list[tuple[Verdict, Verdict]]:
    return [(each.video, each.audio) for each in judged]


def test_a_story_of_a_camera_that_freezes_and_comes_back() -> None:
    machine = SourceHealth(POLICY)
    assert machine.judged == Judged(UNKNOWN, UNKNOWN, "nobody has published it yet")
    assert machine.deadline() is None
    transcript = []
    for now, event in [
        (0.0, Announced("m1", "s1", 100)),
        (0.25, sample()),
        (0.50, sample()),
        (0.75, silent(200)),
        (1.00, silent(450)),
        (1.25, silent(700)),
        (1.50, sample()),
        (2.25, sample()),
        (2.50, sample()),
    ]:
        told = machine.step(event, now)
        mends = " (mends)" if machine.judged.video_mends else ""
        transcript += [f"{now:.2f} {judged.video}/{judged.audio}: {judged.why}{mends}" for judged in told]
    assert transcript == [
        "0.00 unknown/unknown: no picture yet, no sound yet",
        "0.25 healthy/healthy: picture and sound are fine",
        "0.75 suspect/suspect: its picture has stopped, its sound has stopped",
        "1.00 failed/failed: no picture, no sound",
        "1.50 failed/failed: no picture, no sound (mends)",
        "2.50 healthy/healthy: picture and sound are fine",
    ]


def test_a_publisher_that_leaves_fails_at_once_and_has_to_earn_trust_again() -> None:
    machine = healthy()
    assert machine.step(Withdrawn("m1", "s1"), 1) == [Judged(FAILED, FAILED, "its publisher left")]
    machine.step(Announced("m1", "s1", 300), 2)
    machine.step(sample(), 2)
    assert machine.judged.video is FAILED
    machine.step(sample(), 3)
    assert machine.judged.video is HEALTHY


def test_a_goodbye_is_told_from_a_loss_until_somebody_comes_back() -> None:
    machine = healthy()
    (judged,) = machine.step(Withdrawn("m1", "s1", goodbye=True), 1)
    assert judged == Judged(FAILED, FAILED, "its publisher left", gone=True)
    assert machine.step(NodeLost("m1"), 1.5) == []
    assert [each.gone for each in machine.step(Announced("m1", "s2", 300), 2)] == [False]
    assert machine.step(NodeLost("m1"), 3) == [Judged(FAILED, FAILED, "its media node is out of reach")]
    machine.step(Announced("m1", "s3", 400), 4)
    machine.step(Withdrawn("m1", "s1", goodbye=True), 5)
    assert not machine.judged.gone


def test_what_mends_and_falls_silent_again_or_is_heard_of_no_more_mends_no_longer() -> None:
    machine = healthy()
    machine.step(silent(500), 0.5)
    assert machine.deadline() is None
    machine.step(sample(), 0.75)
    assert (machine.judged.video_mends, machine.judged.audio_mends) == (True, True)
    assert [each.video_mends for each in machine.step(silent(300), 1.0)] == [False]
    machine.step(sample(), 1.25)
    assert machine.deadline() == 2.25
    assert [each.video_mends for each in machine.step(Woke(), 2.25)] == [False]
    assert machine.deadline() is None
    machine.step(sample(), 3)
    machine.step(sample(), 4)
    assert machine.judged == Judged(HEALTHY, HEALTHY, "picture and sound are fine")


def test_leaving_again_ends_the_good_time() -> None:
    machine = healthy()
    machine.step(Withdrawn("m1", "s1"), 1)
    machine.step(Announced("m1", "s1", 300), 1)
    machine.step(sample(), 1)
    machine.step(Withdrawn("m1", "s1"), 1.5)
    machine.step(Announced("m1", "s1", 400), 1.6)
    machine.step(sample(), 2.1)
    assert machine.judged.video is FAILED


def test_a_lost_media_node_takes_its_sources_with_it() -> None:
    machine = healthy()
    assert machine.step(NodeLost("m2"), 1) == []
    assert machine.step(NodeLost("m1"), 1) == [Judged(FAILED, FAILED, "its media node is out of reach")]


def test_the_newest_session_counts_wherever_it_is() -> None:
    machine = healthy()
    assert machine.step(Announced("m2", "s1", 50), 1) == []
    assert machine.step(Announced("m2", "s1", 200), 1) == []
    assert machine.step(silent(900), 1.2) == []
    assert machine.step(sample(node="m2"), 1.3) == []
    assert machine.step(Withdrawn("m1", "s1"), 1.4) == []
    machine.step(Announced("m1", "s1", 20), 1.5)
    assert verdicts(machine.step(Withdrawn("m2", "s1"), 1.6)) == [(FAILED, FAILED)]
    machine.step(sample(), 2)
    assert verdicts(machine.step(sample(), 3)) == [(HEALTHY, HEALTHY)]


def test_a_shared_screen_on_which_nothing_moves_is_no_failure_while_its_sound_goes_on() -> None:
    machine = healthy()
    assert not machine.step(sample(silent(900).video), 1)
    assert verdicts(machine.step(sample(silent(900).video, Stream(silent_ms=900, per_s=0)), 1.25)) == [
        (Verdict.FAILED, Verdict.FAILED)
    ]


def test_one_gateway_alone_condemns_nobody() -> None:
    machine = healthy()
    judged = machine.step(Witnessed("g1", "silent"), 0.1)
    assert judged == [Judged(SUSPECT, HEALTHY, "a gateway misses its picture")]
    assert machine.step(Witnessed("g1", "silent"), 0.2) == []
    assert verdicts(machine.step(sample(), 0.3)) == [(HEALTHY, HEALTHY)]


def test_two_gateways_do_and_where_all_is_gone_for_both_so_is_the_sound() -> None:
    machine = healthy()
    machine.step(Witnessed("g1", "silent"), 0.1)
    assert verdicts(machine.step(Witnessed("g2", "silent"), 0.2)) == [(FAILED, HEALTHY)]
    assert machine.step(Witnessed("g3", "silent"), 0.3) == []
    machine.step(Witnessed("g1", "gone"), 0.4)
    assert verdicts(machine.step(Witnessed("g2", "gone"), 0.5)) == [(FAILED, FAILED)]


def test_a_gateway_and_a_silent_sample_do_whichever_comes_first() -> None:
    machine = healthy()
    machine.step(silent(200), 0.2)
    assert verdicts(machine.step(Witnessed("g1", "silent"), 0.25)) == [(FAILED, SUSPECT)]
    machine = healthy()
    machine.step(Witnessed("g1", "silent"), 0.15)
    assert verdicts(machine.step(silent(200), 0.2)) == [(FAILED, SUSPECT)]


def test_while_two_gateways_still_miss_it_it_is_not_cleared() -> None:
    machine = healthy()
    machine.step(Witnessed("g1", "silent"), 0.1)
    machine.step(Witnessed("g2", "silent"), 0.2)
    for now in (0.5, 1.5, 2.5, 3.5):
        machine.step(sample(), now)
    assert machine.judged.video is FAILED
    machine.step(Witnessed("g2", "back"), 4)
    machine.step(sample(), 4)
    machine.step(sample(), 5)
    assert machine.judged.video is HEALTHY


def test_what_a_gateway_says_of_a_source_that_is_not_there_is_nothing() -> None:
    machine = SourceHealth(POLICY)
    assert machine.step(Witnessed("g1", "gone"), 0) == []
    machine.step(Announced("m1", "s1", 1), 0)
    machine.step(Witnessed("g1", "gone"), 0)
    machine.step(Witnessed("g2", "gone"), 0)
    assert machine.judged.video is UNKNOWN


def test_who_looks_late_condemns_nobody_by_that_look() -> None:
    machine = healthy()
    assert verdicts(machine.step(silent(900, late_s=1.0), 0.5)) == [(SUSPECT, SUSPECT)]
    assert machine.step(Witnessed("g1", "silent"), 0.6) == []
    assert verdicts(machine.step(silent(1100), 0.7)) == [(FAILED, FAILED)]


def test_no_samples_at_all_make_suspect_and_then_failed() -> None:
    machine = healthy()
    assert machine.deadline() == 1.0
    assert machine.step(Woke(), 0.5) == []
    assert machine.step(Woke(), 1.0) == [Judged(SUSPECT, SUSPECT, "no word of its picture, no word of its sound")]
    assert machine.deadline() == 2.5
    assert verdicts(machine.step(Woke(), 2.5)) == [(FAILED, FAILED)]
    assert machine.deadline() is None
    assert machine.step(Woke(), 3) == []


def test_no_samples_because_we_stood_still_are_waited_for() -> None:
    machine = healthy()
    assert machine.step(Woke(), 2.0) == []
    assert machine.deadline() == 3.0
    assert machine.step(sample(), 2.0) == []


def test_only_what_is_still_trusted_is_missed() -> None:
    machine = healthy()
    machine.step(sample(video=None), 0.1)
    assert machine.judged == Judged(FAILED, HEALTHY, "no picture")
    assert machine.step(Woke(), 1.1) == [Judged(FAILED, SUSPECT, "no picture, no word of its sound")]


def test_a_source_with_sound_alone_has_no_picture_to_fail() -> None:
    machine = SourceHealth(POLICY)
    machine.step(Announced("m1", "s1", 1), 0)
    machine.step(sample(video=None), 0.1)
    assert machine.judged == Judged(UNKNOWN, HEALTHY, "no picture yet")


def test_a_source_that_never_sends_is_not_trusted_and_one_that_stops_announcing_is_condemned() -> None:
    never = Stream(silent_ms=None)
    machine = SourceHealth(POLICY)
    machine.step(Announced("m1", "s1", 1), 0)
    machine.step(sample(never, never), 0.1)
    machine.step(sample(never, never), 1.0)
    assert machine.judged.video is UNKNOWN
    machine = healthy()
    machine.step(Announced("m1", "s2", 500), 1)
    machine.step(Sampled("m1", "s2", never, never), 1.1)
    assert machine.judged.video is HEALTHY
    machine.step(Sampled("m1", "s2", never, never), 1.5)
    assert machine.judged.video is FAILED


def test_what_is_impossible_changes_nothing() -> None:
    machine = healthy()
    with pytest.raises(IllegalMove):
        machine.step("nonsense", 0)  # type: ignore[arg-type]
    assert machine.judged == Judged(HEALTHY, HEALTHY, "picture and sound are fine")


def test_in_every_walk_the_law_holds() -> None:
    events: tuple[HealthEvent, ...] = (
        Announced("m1", "s1", 1),
        Announced("m2", "s1", 2),
        Withdrawn("m1", "s1"),
        NodeLost("m2"),
        sample(),
        silent(200),
        silent(500),
        sample(video=None),
        Witnessed("g1", "silent"),
        Witnessed("g2", "gone"),
        Witnessed("g1", "back"),
        Woke(),
    )
    for walk in itertools.product(events, repeat=4):
        machine = SourceHealth(POLICY)
        before = machine.judged
        good_since: float | None = None
        for number, event in enumerate(walk):
            now = number * 0.4
            for judged in machine.step(event, now):
                assert judged != before
                assert judged.video is not UNKNOWN or before.video is UNKNOWN
                if before.video is FAILED and judged.video is not FAILED:
                    assert judged.video is HEALTHY
                    assert good_since is not None
                    assert now - good_since >= POLICY.feed.clear_after_ms / 1000
                if judged.video is HEALTHY:
                    assert isinstance(event, Sampled)
                before = judged
            if isinstance(event, Sampled) and event.video == GOOD:
                good_since = now if good_since is None else good_since
            elif isinstance(event, Sampled):
                good_since = None
            assert machine.judged == before
            if machine.deadline() is not None:
                assert machine.judged.video is not UNKNOWN or machine.judged.audio is not UNKNOWN
