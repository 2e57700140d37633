"""A track is measured over its last second."""

from broadcast.media.gauge import Gauge


def test_rates_are_those_of_the_last_second():
    gauge = Gauge(0.0)
    for tick in range(1, 13):
        for part in range(5):
            gauge.heard(1000, tick / 4 - 0.25 + part * 0.05)
            gauge.gave()
        reading = gauge.read(5 * tick, 5 * tick, tick / 4)
    assert (reading.packets_per_s, reading.frames_per_s, reading.bitrate_bps) == (20.0, 20.0, 160_000)
    assert (reading.silent_ms, reading.loss) == (50, 0.0)


def test_before_the_first_packet_it_is_silent_since_it_was_opened():
    gauge = Gauge(10.0)
    reading = gauge.read(0, 0, 10.5)
    assert (reading.silent_ms, reading.packets_per_s, reading.loss) == (500, 0.0, 0.0)


def test_loss_is_a_share_of_what_was_due_and_never_negative():
    gauge = Gauge(0.0)
    assert gauge.read(100, 90, 0.25).loss == 0.1
    assert gauge.read(100, 95, 0.5).loss == 0.05
    for tick in range(3, 8):
        reading = gauge.read(100, 95, tick / 4)
    assert reading.loss == 0.0
    assert gauge.read(110, 110, 2.0).loss == 0.0
