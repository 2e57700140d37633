"""Judges one feed of a source, its picture or its sound, by samples and by what others say of it. It knows neither the
other feed nor whose session it is. A source's health machine drives one for each.

The law:

    unknown ──good sample──▶ healthy ⇄ suspect ──silence, withdrawal, or two witnesses──▶ failed
                                ▲──────────────good for `clear_after_ms` without a break──────┘

A feed that stops while its source's other one goes on may merely rest: a shared screen on which nothing moves sends a
picture a second. Down at once, up slowly; a soft sign (black, still, lossy) makes suspect and no more; and whoever
looks late, because its own loop stood still, condemns nobody by that look. What has failed and sends well again mends
until it is healthy.
"""

from dataclasses import dataclass
from typing import Literal

from broadcast.core.errors import IllegalMove
from failover.core.verdict import Verdict


@dataclass(frozen=True, slots=True)
class FeedPolicy:
    """Silence in milliseconds is measured at the media node; a source that sends seldom gets longer by its usual
    interval, and one whose sound goes on `rests_ms`. `loss_suspect` is a share."""

    suspect_after_ms: float = 150.0
    fail_after_ms: float = 400.0
    clear_after_ms: float = 1_000.0
    intervals: float = 4.0
    silence_max_ms: float = 5_000.0
    rests_ms: float = 1_500.0
    loss_suspect: float = 0.15


@dataclass(frozen=True, slots=True)
class Stream:
    """One feed in one sample. `silent_ms` None: nothing ever came. `per_s`: pictures or packets a second. `still`:
    frozen picture; `blank`: black picture or no level in the sound."""

    silent_ms: float | None = None
    per_s: float | None = None
    loss: float | None = None
    still: bool = False
    blank: bool = False


class FeedHealth:
    """The judgement of one feed: `verdict` and, in words, `why` (empty where all is well). `quiet`: samples have
    stopped."""

    def __init__(self, what: Literal["picture", "sound"], policy: FeedPolicy) -> None:
        self._what = what
        self._policy = policy
        self._usual_ms = 0.0
        self._good_since: float | None = None
        self._last_bad = False
        self.verdict = Verdict.UNKNOWN
        self.why = f"no {what} yet"
        self.quiet = False

    @property
    def mends(self) -> bool:
        """Whether it has failed, and what comes now is good."""
        return self.verdict is Verdict.FAILED and self._good_since is not None

    @property
    def missed(self) -> bool:
        """Whether it would make a difference that no sample comes."""
        return self.mends or self._trusted

    def condemn(self) -> None:
        """Gone, without a doubt."""
        self._good_since = None
        self._move(Verdict.FAILED, f"no {self._what}")

    def miss(self, *, long: bool) -> None:
        """No sample has come for a while, or for so `long` that it is condemned."""
        if not self._trusted:
            self._good_since = None
            return
        self.quiet = True
        self._move(Verdict.FAILED if long else Verdict.SUSPECT, f"no word of its {self._what}")

    def accuse(self, *, agreed: bool) -> None:
        """A gateway says that it is silent; `agreed`: and so do enough others."""
        if not self._trusted:
            return
        if agreed or self._last_bad:
            self._move(Verdict.FAILED, f"no {self._what}")
        elif self.verdict is Verdict.HEALTHY:
            self._move(Verdict.SUSPECT, f"a gateway misses its {self._what}")

    def look(
        self,
        stream: Stream | None,
        never_ms: float,
        now: float,
        *,
        late: bool,
        accused: bool,
        doubted: bool,
        may_rest: bool,
    ) -> None:
        """A sample; `never_ms` stands for the silence where nothing ever came. `late`: the observer stood still just
        before. `accused`: a gateway calls it silent. `doubted`: so many miss it that a good sample clears nothing.
        `may_rest`: the source's other feed goes on."""
        self.quiet = False
        if stream is None:
            if self.verdict is not Verdict.UNKNOWN:
                self.condemn()
            return
        silent_ms = never_ms if stream.silent_ms is None else stream.silent_ms
        rests_ms = self._policy.rests_ms if may_rest else 0.0
        bad = silent_ms >= self._patience_ms(max(rests_ms, self._policy.suspect_after_ms), self._policy.intervals)
        if not bad and stream.per_s:
            self._usual_ms = 1000.0 / stream.per_s
        self._last_bad = bad and not late
        if self.verdict is Verdict.FAILED:
            self._mend(now, bad=bad or stream.silent_ms is None or doubted)
        elif bad:
            if self.verdict is not Verdict.UNKNOWN:
                self._distrust(silent_ms, late=late, accused=accused)
        elif stream.silent_ms is not None:
            sign = self._sign(stream)
            self._move(Verdict.SUSPECT if sign else Verdict.HEALTHY, sign)

    @property
    def _trusted(self) -> bool:
        return self.verdict in (Verdict.HEALTHY, Verdict.SUSPECT)

    def _patience_ms(self, at_least_ms: float, intervals: float) -> float:
        return max(at_least_ms, min(intervals * self._usual_ms, self._policy.silence_max_ms))

    def _distrust(self, silent_ms: float, *, late: bool, accused: bool) -> None:
        long = silent_ms >= self._patience_ms(self._policy.fail_after_ms, 2 * self._policy.intervals)
        if not late and (long or accused):
            self._move(Verdict.FAILED, f"no {self._what}")
        else:
            self._move(Verdict.SUSPECT, f"its {self._what} has stopped")

    def _mend(self, now: float, *, bad: bool) -> None:
        if bad:
            self._good_since = None
            return
        if self._good_since is None:
            self._good_since = now
        if (now - self._good_since) * 1000 >= self._policy.clear_after_ms:
            self._move(Verdict.HEALTHY, "")

    def _sign(self, stream: Stream) -> str:
        if stream.blank:
            return "the picture is black" if self._what == "picture" else "the sound is silent"
        if stream.still:
            return f"the {self._what} does not move"
        if stream.loss is not None and stream.loss >= self._policy.loss_suspect:
            return f"much of its {self._what} is lost on the way"
        return ""

    def _move(self, verdict: Verdict, why: str) -> None:
        """The only writer of the verdict."""
        lawful = not (verdict is Verdict.UNKNOWN or (self.verdict is Verdict.FAILED and verdict is Verdict.SUSPECT))
        if not lawful:
            raise IllegalMove(f"from {self.verdict} to {verdict}")
        if verdict is not self.verdict:
            self._good_since = None
        self.verdict = verdict
        self.why = why
