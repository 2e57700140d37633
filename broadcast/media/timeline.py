"""Puts a source's sound and picture on one timeline, in microseconds, whose zero is the first packet's arrival.

Each track counts from an arbitrary zero of its own: until both have sent a sender report they are laid beside each
other by arrival, then the picture is moved to where the reports say it belongs beside the sound (RFC 3550, 6.4.1). It
never goes back and never leaps: what is off is made up for little by little, sooner where much is off. `publication`
drives it.
"""

from typing import Final

from broadcast.core.entries import Kind

LEAP_S: Final = 2.0
SLEW: Final = 0.1
SLEW_FAR: Final = 0.5
FAR_US: Final = 100_000
OFF_MAX_US: Final = 120_000_000
STEP_US: Final = 400_000
_NTP_FRACTION: Final = 1 << 32


class _Track:
    """One track's clock: ticks of `rate` per second, counted from its first packet on."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.last_raw: int | None = None
        self.ticks = 0
        self.arrived = 0.0
        self.offset_us = 0.0
        self.target_us: float | None = None
        self.given_us: int | None = None
        self.report: tuple[float, int] | None = None

    def ticks_at(self, raw: int) -> int:
        """Where the 32-bit timestamp `raw` lies, next to the newest one."""
        if self.last_raw is None:
            return 0
        delta = (raw - self.last_raw) & 0xFFFFFFFF
        return self.ticks + (delta - (1 << 32) if delta >= 1 << 31 else delta)

    def us(self, ticks: int) -> float:
        """`ticks` as microseconds, on the track's own count."""
        return ticks * 1e6 / self.rate


class Timeline:
    """The common timeline of one source."""

    def __init__(self) -> None:
        self._tracks: dict[Kind, _Track] = {}
        self._zero: float | None = None

    def time_us(self, kind: Kind, rate: int, raw: int, now: float) -> int:
        """When a frame with the RTP timestamp `raw`, arrived at `now` (seconds), is to be shown. Later than the one
        before it, always."""
        if self._zero is None:
            self._zero = now
        track = self._tracks.get(kind)
        if track is None or track.rate != rate:
            track = self._tracks[kind] = _Track(rate)
        arrived_us = (now - self._zero) * 1e6
        before, ticks = track.ticks, track.ticks_at(raw)
        if track.last_raw is None or self._leaps((ticks - before) / rate, now - track.arrived):
            track.ticks = ticks
            soonest = arrived_us if track.given_us is None else max(arrived_us, track.given_us + 1)
            track.offset_us = soonest - track.us(ticks)
            track.target_us = None
            track.report = None
        else:
            self._slew(track, track.us(ticks - before))
        track.ticks, track.last_raw, track.arrived = ticks, raw, now
        time_us = round(track.us(ticks) + track.offset_us)
        if track.given_us is not None and time_us <= track.given_us:
            time_us = track.given_us + 1
        track.given_us = time_us
        return time_us

    def report(self, kind: Kind, ntp: int, raw: int) -> None:
        """A sender report: the sender's clock showed `ntp` (64 bits, NTP) when the track's count was `raw`."""
        track = self._tracks.get(kind)
        if track is None or track.last_raw is None or not ntp:
            return
        track.report = (ntp / _NTP_FRACTION, track.ticks_at(raw))
        sound, picture = self._tracks.get(Kind.AUDIO), self._tracks.get(Kind.VIDEO)
        if sound is None or picture is None or sound.report is None or picture.report is None:
            return
        (sound_s, sound_ticks), (picture_s, picture_ticks) = sound.report, picture.report
        sound_at = sound.us(sound_ticks) + sound.offset_us
        target = sound_at + (picture_s - sound_s) * 1e6 - picture.us(picture_ticks)
        if abs(target - picture.offset_us) <= OFF_MAX_US:
            picture.target_us = target

    def off_us(self) -> float:
        """How far the picture still is from its place beside the sound; 0 where nothing is known."""
        picture = self._tracks.get(Kind.VIDEO)
        if picture is None or picture.target_us is None:
            return 0.0
        return picture.target_us - picture.offset_us

    @staticmethod
    def _leaps(counted_s: float, waited_s: float) -> bool:
        """Whether the track counts anew. A wait that the count knows nothing of is no leap: this process or the path
        stood still, and what comes now belongs right behind what came before."""
        return abs(counted_s) > LEAP_S and abs(counted_s - waited_s) > LEAP_S

    @staticmethod
    def _slew(track: _Track, elapsed_us: float) -> None:
        if track.target_us is None or elapsed_us <= 0:
            return
        off = track.target_us - track.offset_us
        room = elapsed_us * (SLEW_FAR if abs(off) > FAR_US else SLEW)
        track.offset_us += off if off > STEP_US else max(-room, min(room, off))
