"""Verdicts on one feed, from samples and from what others say."""

import itertools
from collections.abc import Callable

import pytest

from broadcast.core.errors import IllegalMove
from failover.core.feed import FeedHealth, FeedPolicy, Stream
from failover.core.verdict import Verdict

POLICY = FeedPolicy()
GOOD = Stream(silent_ms=5, per_s=30)
NEVER = Stream(silent_ms=None)
UNKNOWN, HEALTHY, SUSPECT, FAILED = Verdict.UNKNOWN, Verdict.HEALTHY, Verdict.SUSPECT, Verdict.FAILED


def look(
    feed: FeedHealth,
    stream: Stream | None,
    now: float,
    never_ms: float = 0.0,
    *,
    late: bool = False,
    accused: bool = False,
    doubted: bool = False,
    may_rest: bool = False,
) -> Verdict:
    feed.look(stream, never_ms, now, late=late, accused=accused, doubted=doubted, may_rest=may_rest)
    return feed.verdict


def silent(ms: float) -> Stream:
    return Stream(silent_ms=ms, per_s=0)


def healthy() -> FeedHealth:
    feed = FeedHealth("picture", POLICY)
    assert look(feed, GOOD, 0) is HEALTHY
    return feed


def test_a_story_of_a_picture_that_freezes_and_comes_back() -> None:
    feed = FeedHealth("picture", POLICY)
    assert (feed.verdict, feed.why) == (UNKNOWN, "no picture yet")
    transcript = []
    for now, stream in [
        (0.25, GOOD),
        (0.75, silent(200)),
        (1.00, silent(450)),
        (1.50, GOOD),
        (2.25, GOOD),
        (2.50, GOOD),
    ]:
        verdict = look(feed, stream, now)
        transcript.append(f"{now:.2f} {verdict}: {feed.why}{' (mends)' if feed.mends else ''}")
    assert transcript == [
        "0.25 healthy: ",
        "0.75 suspect: its picture has stopped",
        "1.00 failed: no picture",
        "1.50 failed: no picture (mends)",
        "2.25 failed: no picture (mends)",
        "2.50 healthy: ",
    ]


def test_a_picture_that_rests_while_its_sound_goes_on_is_waited_for() -> None:
    feed = healthy()
    assert look(feed, silent(1_499), 2, may_rest=True) is HEALTHY
    assert look(feed, silent(1_500), 2.25, may_rest=True) is FAILED


def test_a_bad_sample_ends_the_good_time_and_so_does_a_doubt() -> None:
    feed = healthy()
    look(feed, silent(500), 0.25)
    look(feed, GOOD, 0.5)
    look(feed, silent(160), 1.25)
    look(feed, GOOD, 1.5)
    assert look(feed, GOOD, 2.25) is FAILED
    look(feed, GOOD, 2.4, doubted=True)
    assert not feed.mends
    look(feed, GOOD, 2.5)
    assert look(feed, GOOD, 3.5) is HEALTHY


def test_a_picture_that_comes_and_goes_stays_failed() -> None:
    feed = healthy()
    look(feed, silent(450), 0.5)
    for turn in range(20):
        look(feed, GOOD, 1.0 + turn)
        assert look(feed, silent(300), 1.5 + turn) is FAILED


def test_one_gateway_makes_suspect_and_those_who_agree_condemn() -> None:
    feed = healthy()
    feed.accuse(agreed=False)
    assert (feed.verdict, feed.why) == (SUSPECT, "a gateway misses its picture")
    feed.accuse(agreed=False)
    assert feed.verdict is SUSPECT
    feed.accuse(agreed=True)
    assert (feed.verdict, feed.why) == (FAILED, "no picture")
    feed.accuse(agreed=False)
    assert feed.verdict is FAILED
    new = FeedHealth("picture", POLICY)
    new.accuse(agreed=True)
    assert new.verdict is UNKNOWN


def test_a_gateway_and_a_silent_sample_condemn_whichever_comes_first() -> None:
    feed = healthy()
    look(feed, silent(200), 0.2)
    feed.accuse(agreed=False)
    assert feed.verdict is FAILED
    feed = healthy()
    feed.accuse(agreed=False)
    assert look(feed, silent(200), 0.2, accused=True) is FAILED


def test_who_looks_late_condemns_nobody_by_that_look() -> None:
    feed = healthy()
    assert look(feed, silent(900), 0.5, late=True, accused=True) is SUSPECT
    feed.accuse(agreed=False)
    assert feed.verdict is SUSPECT
    assert look(feed, silent(1100), 0.7) is FAILED


def test_missing_samples_make_suspect_and_then_failed_and_end_what_mends() -> None:
    feed = healthy()
    assert feed.missed
    feed.miss(long=False)
    assert (feed.verdict, feed.why, feed.quiet) == (SUSPECT, "no word of its picture", True)
    feed.miss(long=True)
    assert (feed.verdict, feed.missed) == (FAILED, False)
    look(feed, GOOD, 3)
    assert (feed.quiet, feed.mends, feed.missed) == (False, True, True)
    feed.miss(long=False)
    assert (feed.mends, feed.missed, feed.quiet) == (False, False, False)
    assert look(feed, GOOD, 4.5) is FAILED
    assert look(feed, GOOD, 5.5) is HEALTHY


def test_what_is_in_no_sample_any_more_is_condemned_unless_it_never_was_in_one() -> None:
    feed = healthy()
    assert look(feed, None, 0.1) is FAILED
    assert look(FeedHealth("picture", POLICY), None, 0.1) is UNKNOWN


def test_what_never_sends_is_not_trusted_and_is_waited_for_as_if_it_were_silent() -> None:
    feed = FeedHealth("picture", POLICY)
    assert look(feed, NEVER, 0.1, 100) is UNKNOWN
    assert look(feed, NEVER, 1.0, 1_000) is UNKNOWN
    feed = healthy()
    assert look(feed, NEVER, 1.1, 100) is HEALTHY
    assert look(feed, NEVER, 1.5, 500) is FAILED
    look(feed, NEVER, 1.6, 0)
    assert not feed.mends


def test_a_source_that_sends_seldom_gets_longer_by_its_interval_up_to_a_bound() -> None:
    for per_s, healthy_ms, suspect_ms, failed_ms in ((2.0, 1_900, 2_100, 4_100), (0.1, 4_900, 5_000, 5_000)):
        feed = FeedHealth("picture", POLICY)
        look(feed, Stream(silent_ms=20, per_s=per_s), 0)
        assert look(feed, silent(healthy_ms), 1) is HEALTHY
        assert look(feed, silent(suspect_ms), 1, late=True) is SUSPECT
        assert look(feed, silent(failed_ms), 2) is FAILED


@pytest.mark.parametrize(
    ("what", "stream", "why"),
    [
        ("picture", Stream(5, 30, blank=True), "the picture is black"),
        ("picture", Stream(5, 30, still=True), "the picture does not move"),
        ("picture", Stream(5, 30, loss=0.2), "much of its picture is lost on the way"),
        ("sound", Stream(5, 50, blank=True), "the sound is silent"),
    ],
)
def test_a_soft_sign_makes_suspect_and_no_more(what: str, stream: Stream, why: str) -> None:
    feed = FeedHealth(what, POLICY)  # type: ignore[arg-type]
    for now in range(10):
        assert look(feed, stream, now) is SUSPECT
    assert feed.why == why
    assert look(feed, Stream(5, 30, loss=0.01), 11) is HEALTHY


def test_what_is_impossible_changes_nothing() -> None:
    feed = healthy()
    with pytest.raises(IllegalMove):
        feed._move(UNKNOWN, "")
    feed.condemn()
    with pytest.raises(IllegalMove):
        feed._move(SUSPECT, "")
    assert feed.verdict is FAILED


def test_in_every_walk_the_law_holds() -> None:
    events: tuple[Callable[[FeedHealth, float], object], ...] = (
        lambda feed, now: look(feed, GOOD, now),
        lambda feed, now: look(feed, silent(200), now),
        lambda feed, now: look(feed, silent(900), now, late=True),
        lambda feed, now: look(feed, None, now),
        lambda feed, now: look(feed, Stream(5, 30, still=True), now),
        lambda feed, _: feed.accuse(agreed=False),
        lambda feed, _: feed.accuse(agreed=True),
        lambda feed, _: feed.miss(long=False),
        lambda feed, _: feed.condemn(),
    )
    for walk in itertools.product(events, repeat=5):
        feed = FeedHealth("picture", POLICY)
        failed_at = 0.0
        for number, event in enumerate(walk):
            before, now = feed.verdict, number * 0.6
            event(feed, now)
            assert feed.verdict is not UNKNOWN or before is UNKNOWN
            if feed.verdict is FAILED and before is not FAILED:
                failed_at = now
            if before is FAILED and feed.verdict is not FAILED:
                assert feed.verdict is HEALTHY
                assert now - failed_at > POLICY.clear_after_ms / 1000
            assert not feed.mends or feed.verdict is FAILED
            assert feed.missed or feed.verdict in (UNKNOWN, FAILED)
