"""Judges one source from what several witnesses say of it: the media node's samples, its comings and goings, and the
gateways' own eyes. It never chooses what to show instead, and one gateway alone cannot make it condemn. The controller
drives one machine per room and source.

The law, for picture and sound apart:

    unknown ──good sample──▶ healthy ⇄ suspect ──silence, withdrawal, or two witnesses──▶ failed
                                ▲──────────────good for `clear_after_ms` without a break──────┘

Down at once, up slowly; a soft sign (black, still, lossy) makes suspect and no more; and whoever looks late, because
its own loop stood still, condemns nobody by that look. What has failed and sends well again mends until it is healthy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from broadcast.core.errors import IllegalMove
from broadcast.core.woke import Woke


class Verdict(StrEnum):
    """What is thought of a subject."""

    UNKNOWN = "unknown"
    HEALTHY = "healthy"
    SUSPECT = "suspect"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class HealthPolicy:
    """Silence in milliseconds is measured at the media node; a source that sends seldom gets longer by its usual
    interval. `quiet_*`: how long no sample at all may come. `witness_window_s`: how long a gateway's word counts
    towards condemning; `witness_hold_s`: towards not clearing."""

    suspect_after_ms: float = 150.0
    fail_after_ms: float = 400.0
    clear_after_ms: float = 1_000.0
    intervals: float = 4.0
    silence_max_ms: float = 5_000.0
    witnesses_min: int = 2
    witness_window_s: float = 1.0
    witness_hold_s: float = 5.0
    late_s: float = 0.25
    quiet_suspect_s: float = 1.0
    quiet_fail_s: float = 2.5
    loss_suspect: float = 0.15


@dataclass(frozen=True, slots=True)
class Stream:
    """One kind of a source in one sample. `silent_ms` None: nothing ever came. `per_s`: pictures or packets a second.
    `still`: frozen picture; `blank`: black picture or no level in the sound."""

    silent_ms: float | None = None
    per_s: float | None = None
    loss: float | None = None
    still: bool = False
    blank: bool = False


@dataclass(frozen=True, slots=True)
class Announced:
    """`node` has the source. Of several sessions the newest `since_ms` counts."""

    node: str
    session: str
    since_ms: float


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The source left `node`, or was ended there. `goodbye`: its publisher meant it."""

    node: str
    session: str
    goodbye: bool = False


@dataclass(frozen=True, slots=True)
class NodeLost:
    """Nothing comes from `node` any more."""

    node: str


@dataclass(frozen=True, slots=True)
class Sampled:
    """`late_s`: how long the observer itself had been standing still just before."""

    node: str
    session: str
    video: Stream | None
    audio: Stream | None
    late_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A gateway's own eyes."""

    gateway: str
    saw: Literal["silent", "gone", "back"]


HealthEvent = Announced | Withdrawn | NodeLost | Sampled | Witnessed | Woke


@dataclass(frozen=True, slots=True)
class Judged:
    """The judgement changed: of the picture, of the sound, and why, in words. `*_mends`: it has failed, and what comes
    now is good, though not for long enough to clear it. `gone`: its publisher said goodbye."""

    video: Verdict
    audio: Verdict
    why: str
    video_mends: bool = False
    audio_mends: bool = False
    gone: bool = False


class SourceHealth:
    """The judgement of one source."""

    def __init__(self, policy: HealthPolicy) -> None:
        self._policy = policy
        self._sessions: dict[tuple[str, str], float] = {}
        self._current: tuple[str, str] | None = None
        self._heard_at = 0.0
        self._announced_at = 0.0
        self._witnesses: dict[str, float] = {}
        self._gone: set[str] = set()
        self._video = _Judge("picture", policy)
        self._audio = _Judge("sound", policy)
        self._why = "nobody has published it yet"
        self._goodbye = False
        self._told = Judged(Verdict.UNKNOWN, Verdict.UNKNOWN, self._why)

    @property
    def judged(self) -> Judged:
        """The judgement in force."""
        return self._told

    def step(self, event: HealthEvent, now: float) -> Sequence[Judged]:
        """The new judgement, if `event` changed it."""
        match event:
            case Announced(node, session, since_ms):
                self._sessions[node, session] = since_ms
                self._choose(now, "it has just come back")
            case Withdrawn(node, session, goodbye):
                if (node, session) == self._current:
                    self._goodbye = goodbye
                self._sessions.pop((node, session), None)
                self._choose(now, "its publisher left")
            case NodeLost(node):
                self._goodbye = self._goodbye and self._current is None
                self._sessions = {key: since for key, since in self._sessions.items() if key[0] != node}
                self._choose(now, "its media node is out of reach")
            case Sampled():
                self._sampled(event, now)
            case Witnessed(gateway, saw):
                self._witnessed(gateway, saw, now)
            case Woke():
                self._quiet(now)
            case _:
                raise IllegalMove(f"health knows no {event!r}")
        return self._tell()

    def deadline(self) -> float | None:
        """When to look whether samples have stopped."""
        if self._current is None or not (self._video.missed or self._audio.missed):
            return None
        after = self._policy.quiet_fail_s if self._quiet_suspected else self._policy.quiet_suspect_s
        return self._heard_at + after

    @property
    def _quiet_suspected(self) -> bool:
        return self._video.quiet or self._audio.quiet

    def _choose(self, now: float, why: str) -> None:
        newest = max(self._sessions, key=lambda key: (self._sessions[key], key), default=None)
        if newest == self._current:
            return
        gone = newest is None or (self._current is not None and self._current not in self._sessions)
        self._current = newest
        self._heard_at = self._announced_at = now
        if gone:
            self._why = why
            self._video.condemn()
            self._audio.condemn()

    def _sampled(self, event: Sampled, now: float) -> None:
        if (event.node, event.session) != self._current:
            return
        self._heard_at = now
        never_ms = (now - self._announced_at) * 1000
        late = event.late_s > self._policy.late_s
        witnesses = self._witnessing(now, self._policy.witness_window_s)
        holding = self._witnessing(now, self._policy.witness_hold_s)
        self._video.look(event.video, never_ms, now, late=late, witnesses=witnesses, holding=holding)
        self._audio.look(event.audio, never_ms, now, late=late, witnesses=0, holding=0)

    def _witnessed(self, gateway: str, saw: str, now: float) -> None:
        if saw == "back":
            self._witnesses.pop(gateway, None)
            self._gone.discard(gateway)
            return
        if self._current is None:
            return
        self._witnesses = {name: at for name, at in self._witnesses.items() if now - at <= self._policy.witness_hold_s}
        self._gone &= self._witnesses.keys()
        self._witnesses[gateway] = now
        if saw == "gone":
            self._gone.add(gateway)
        witnesses = self._witnessing(now, self._policy.witness_window_s)
        self._video.hear(witnesses)
        gone = sum(1 for name in self._gone if now - self._witnesses[name] <= self._policy.witness_window_s)
        if gone >= self._policy.witnesses_min:
            self._audio.hear(gone)

    def _witnessing(self, now: float, window_s: float) -> int:
        return sum(1 for at in self._witnesses.values() if now - at <= window_s)

    def _quiet(self, now: float) -> None:
        due = self.deadline()
        if due is None or now < due:
            return
        if now - due > self._policy.late_s:
            # It is we who were away: what came meanwhile has not been read yet.
            self._heard_at = now
            return
        for judge in (self._video, self._audio):
            judge.miss(for_s=now - self._heard_at)

    def _tell(self) -> Sequence[Judged]:
        gone = self._current is None and self._goodbye
        judged = Judged(
            self._video.verdict, self._audio.verdict, self._reason(), self._video.mends, self._audio.mends, gone
        )
        if judged == self._told:
            return []
        self._told = judged
        return [judged]

    def _reason(self) -> str:
        if self._current is None:
            return self._why
        said = [judge.why for judge in (self._video, self._audio) if judge.why]
        return ", ".join(said) if said else "picture and sound are fine"


class _Judge:
    """One kind of the source: the law at the head of this file."""

    def __init__(self, what: str, policy: HealthPolicy) -> None:
        self._what = what
        self._policy = policy
        self._usual_ms = 0.0
        self._good_since: float | None = None
        self._last_bad = False
        self.verdict = Verdict.UNKNOWN
        self.why = f"no {what} yet"
        self.quiet = False

    @property
    def failed_or_unknown(self) -> bool:
        return self.verdict in (Verdict.FAILED, Verdict.UNKNOWN)

    @property
    def mends(self) -> bool:
        """Whether it has failed, and what comes now is good."""
        return self.verdict is Verdict.FAILED and self._good_since is not None

    @property
    def missed(self) -> bool:
        """Whether it would make a difference that no sample comes."""
        return self.mends or not self.failed_or_unknown

    def condemn(self) -> None:
        """Gone, without a doubt."""
        self._good_since = None
        self._move(Verdict.FAILED, f"no {self._what}")

    def miss(self, for_s: float) -> None:
        """No sample has come for `for_s`."""
        if self.failed_or_unknown:
            self._good_since = None
            return
        self.quiet = True
        if for_s >= self._policy.quiet_fail_s:
            self._move(Verdict.FAILED, f"no word of its {self._what}")
        else:
            self._move(Verdict.SUSPECT, f"no word of its {self._what}")

    def hear(self, witnesses: int) -> None:
        """So many gateways say that it is silent."""
        if self.failed_or_unknown:
            return
        if witnesses >= self._policy.witnesses_min or (witnesses and self._last_bad):
            self._move(Verdict.FAILED, f"no {self._what}")
        elif self.verdict is Verdict.HEALTHY:
            self._move(Verdict.SUSPECT, f"a gateway misses its {self._what}")

    def look(
        self, stream: Stream | None, never_ms: float, now: float, *, late: bool, witnesses: int, holding: int
    ) -> None:
        """A sample; `never_ms` stands for the silence where nothing ever came."""
        self.quiet = False
        if stream is None:
            if self.verdict is not Verdict.UNKNOWN:
                self.condemn()
            return
        silent_ms = never_ms if stream.silent_ms is None else stream.silent_ms
        bad = silent_ms >= self._patience_ms(self._policy.suspect_after_ms, self._policy.intervals)
        if not bad and stream.per_s:
            self._usual_ms = 1000.0 / stream.per_s
        self._last_bad = bad and not late
        if self.verdict is Verdict.FAILED:
            self._mend(now, bad=bad or stream.silent_ms is None or holding >= self._policy.witnesses_min)
        elif bad:
            if self.verdict is not Verdict.UNKNOWN:
                self._doubt(silent_ms, late=late, witnesses=witnesses)
        elif stream.silent_ms is not None:
            sign = self._sign(stream)
            self._move(Verdict.SUSPECT if sign else Verdict.HEALTHY, sign)

    def _patience_ms(self, at_least_ms: float, intervals: float) -> float:
        return max(at_least_ms, min(intervals * self._usual_ms, self._policy.silence_max_ms))

    def _doubt(self, silent_ms: float, *, late: bool, witnesses: int) -> None:
        long = silent_ms >= self._patience_ms(self._policy.fail_after_ms, 2 * self._policy.intervals)
        if not late and (long or witnesses):
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
        lawful = not (verdict is Verdict.UNKNOWN or (self.verdict is Verdict.FAILED and verdict is Verdict.SUSPECT))
        if not lawful:
            raise IllegalMove(f"from {self.verdict} to {verdict}")
        if verdict is not self.verdict:
            self._good_since = None
        self.verdict = verdict
        self.why = why
