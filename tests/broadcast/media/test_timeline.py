"""Sound and picture of a source lie on one timeline that never goes back and never leaps."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from broadcast.core.entries import Kind
from broadcast.media.timeline import Timeline

AUDIO, VIDEO = Kind.AUDIO, Kind.VIDEO
NTP = 1 << 32


def ntp(seconds: float) -> int:
    return int((3_900_000_000 + seconds) * NTP)


class Camera:
    """A publisher whose picture is captured at the same instants as its sound but takes `late_s` longer to come, as
    encoders do; each track counts from an arbitrary zero."""

    def __init__(self, late_s: float, audio_zero: int = 4_294_960_000, video_zero: int = 17) -> None:
        self.line = Timeline()
        self.late_s = late_s
        self.zeros = {AUDIO: audio_zero, VIDEO: video_zero}
        self.rates = {AUDIO: 48_000, VIDEO: 90_000}

    def raw(self, kind: Kind, at_s: float) -> int:
        return (self.zeros[kind] + round(at_s * self.rates[kind])) & 0xFFFFFFFF

    def frame(self, kind: Kind, at_s: float) -> int:
        arrival = at_s + 0.05 + (self.late_s if kind is VIDEO else 0.0)
        return self.line.time_us(kind, self.rates[kind], self.raw(kind, at_s), arrival)

    def report(self, kind: Kind, at_s: float) -> None:
        self.line.report(kind, ntp(at_s), self.raw(kind, at_s))


def test_until_the_reports_come_the_tracks_lie_by_arrival():
    camera = Camera(late_s=0.08)
    assert camera.frame(AUDIO, 0.0) == 0
    assert camera.frame(VIDEO, 0.0) == 80_000
    assert camera.frame(AUDIO, 0.02) == 20_000
    assert camera.line.off_us() == 0.0


def test_the_reports_bring_the_picture_to_its_sound_little_by_little():
    camera = Camera(late_s=0.08)
    camera.frame(AUDIO, 0.0)
    before = camera.frame(VIDEO, 0.0)
    camera.report(AUDIO, 0.0)
    camera.report(VIDEO, 0.0)
    assert round(camera.line.off_us()) == -80_000
    for number in range(1, 60):
        at_s = number / 30
        now = camera.frame(VIDEO, at_s)
        assert 25_000 < now - before < 40_000
        before = now
        assert abs(camera.frame(AUDIO, at_s) - at_s * 1e6) <= 1
    assert abs(camera.line.off_us()) < 1
    assert abs(before - 59 / 30 * 1e6) <= 2


def test_lips_far_from_their_sound_are_brought_near_within_a_second():
    camera = Camera(late_s=0.39)
    camera.frame(AUDIO, 0.0)
    before = camera.frame(VIDEO, 0.0)
    camera.report(AUDIO, 0.0)
    camera.report(VIDEO, 0.0)
    for number in range(1, 28):
        now = camera.frame(VIDEO, number / 30)
        assert now - before > 10_000
        before = now
    assert abs(camera.line.off_us()) < 80_000


def test_a_picture_far_ahead_of_its_sound_steps_forward_once():
    camera = Camera(late_s=-0.9)
    camera.frame(AUDIO, 1.0)
    camera.frame(VIDEO, 1.9)
    camera.report(AUDIO, 1.0)
    camera.report(VIDEO, 1.9)
    times = [camera.frame(VIDEO, 1.9 + number / 30) for number in range(1, 5)]
    assert abs(times[0] - (0.9 + 1 / 30) * 1e6) < 5
    assert all(30_000 < after - before < 37_000 for before, after in itertools.pairwise(times))


def test_reports_that_make_no_sense_change_nothing():
    camera = Camera(late_s=0.0)
    camera.report(VIDEO, 0.0)
    camera.frame(AUDIO, 0.0)
    camera.frame(VIDEO, 0.0)
    camera.line.report(AUDIO, 0, 5)
    camera.report(VIDEO, 0.0)
    assert camera.line.off_us() == 0.0
    camera.line.report(AUDIO, ntp(3600), camera.raw(AUDIO, 0.0))
    assert camera.line.off_us() == 0.0


def test_the_clocks_of_sound_and_picture_may_drift_apart_for_an_hour():
    line = Timeline()
    worst = 0.0
    for second in range(3600):
        at_s, slow = float(second), second * (1 - 100e-6)
        heard = line.time_us(AUDIO, 48_000, round(slow * 48_000) & 0xFFFFFFFF, at_s)
        seen = line.time_us(VIDEO, 90_000, round(at_s * 90_000) & 0xFFFFFFFF, at_s)
        line.report(AUDIO, ntp(at_s), round(slow * 48_000) & 0xFFFFFFFF)
        line.report(VIDEO, ntp(at_s), round(at_s * 90_000) & 0xFFFFFFFF)
        worst = max(worst, abs(heard - seen))
    assert worst < 1_000


def test_a_track_that_counts_anew_goes_on_by_arrival():
    camera = Camera(late_s=0.0)
    for number in range(30):
        last = camera.frame(VIDEO, number / 30)
    camera.zeros[VIDEO] = 3_000_000_000
    after = camera.frame(VIDEO, 1.0)
    assert 30_000 < after - last < 37_000


def test_a_pause_of_the_publisher_is_a_pause_on_the_timeline():
    camera = Camera(late_s=0.0)
    camera.frame(AUDIO, 0.0)
    assert camera.frame(AUDIO, 7.0) == 7_000_000


def test_a_node_that_stood_still_leaves_no_hole_in_the_timeline():
    camera = Camera(late_s=0.0)
    for number in range(30):
        last = camera.frame(VIDEO, number / 30)
    for number in range(30, 150):
        now = camera.line.time_us(VIDEO, 90_000, camera.raw(VIDEO, number / 30), 5.0)
        assert 30_000 < now - last < 37_000
        last = now


def test_a_picture_whose_count_stood_still_steps_back_beside_its_sound_with_the_reports():
    camera = Camera(late_s=0.0)
    camera.frame(AUDIO, 0.0)
    camera.frame(VIDEO, 0.0)
    camera.zeros[VIDEO] -= 30 * 90_000
    camera.frame(AUDIO, 30.0)
    assert camera.frame(VIDEO, 30.0) < 100
    camera.report(AUDIO, 30.0)
    camera.report(VIDEO, 30.0)
    assert abs(camera.frame(VIDEO, 30.1) - camera.frame(AUDIO, 30.1)) < 5


def test_another_rate_is_another_track():
    line = Timeline()
    assert line.time_us(AUDIO, 48_000, 0, 0.0) == 0
    assert line.time_us(AUDIO, 8_000, 99, 0.5) == 500_000


FRAMES = st.tuples(
    st.sampled_from([AUDIO, VIDEO]), st.integers(0, 2**32 - 1), st.floats(0, 5, allow_nan=False), st.booleans()
)


@settings(max_examples=200)
@given(st.lists(FRAMES, max_size=60))
def test_time_never_goes_back_whatever_a_publisher_sends(steps):
    line, now = Timeline(), 0.0
    newest: dict[Kind, int] = {}
    for kind, raw, wait, is_report in steps:
        now += wait
        if is_report:
            line.report(kind, raw << 20, raw)
            continue
        time_us = line.time_us(kind, 48_000 if kind is AUDIO else 90_000, raw, now)
        assert time_us > newest.get(kind, -1)
        newest[kind] = time_us
