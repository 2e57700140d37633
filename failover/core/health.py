"""Judges one source from what several witnesses say of it: the media node's samples, its comings and goings, and the
gateways' own eyes. It never chooses what to show instead, and one gateway alone cannot make it condemn. The controller
drives one machine per room and source.

The law: picture and sound are judged apart (see `feed`), of the session that counts (see `sessions`). When that session
is lost both are condemned; when no sample comes, they are suspected first; and gateways speak for the picture (see
`witnesses`), for the sound only where all of it is gone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from broadcast.core.errors import IllegalMove
from broadcast.core.woke import Woke
from failover.core.feed import FeedHealth, FeedPolicy, Stream
from failover.core.sessions import Session, Sessions, Succession
from failover.core.verdict import UNSEEN, Judged
from failover.core.witnesses import Sight, Witnesses, WitnessPolicy


@dataclass(frozen=True, slots=True)
class HealthPolicy:
    """`late_s`: who has stood still for longer looks late. `quiet_*`: how long no sample at all may come."""

    feed: FeedPolicy = FeedPolicy()
    witnesses: WitnessPolicy = WitnessPolicy()
    late_s: float = 0.25
    quiet_suspect_s: float = 1.0
    quiet_fail_s: float = 2.5


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
    saw: Sight


HealthEvent = Announced | Withdrawn | NodeLost | Sampled | Witnessed | Woke


class SourceHealth:
    """The judgement of one source."""

    def __init__(self, policy: HealthPolicy) -> None:
        self._policy = policy
        self._sessions = Sessions()
        self._witnesses = Witnesses(policy.witnesses)
        self._video = FeedHealth("picture", policy.feed)
        self._audio = FeedHealth("sound", policy.feed)
        self._heard_at = 0.0
        self._announced_at = 0.0
        self._why = UNSEEN.why
        self._told = UNSEEN

    @property
    def judged(self) -> Judged:
        """The judgement in force."""
        return self._told

    def step(self, event: HealthEvent, now: float) -> Sequence[Judged]:
        """The new judgement, if `event` changed it."""
        match event:
            case Announced(node, session, since_ms):
                found = self._sessions.announced(Session(node, session), since_ms)
                self._succeed(found, now)
            case Withdrawn(node, session, goodbye):
                found = self._sessions.withdrawn(Session(node, session), goodbye=goodbye)
                self._succeed(found, now, "its publisher left")
            case NodeLost(node):
                self._succeed(self._sessions.node_lost(node), now, "its media node is out of reach")
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
        if self._sessions.current is None or not (self._video.missed or self._audio.missed):
            return None
        quiet = self._video.quiet or self._audio.quiet
        return self._heard_at + (self._policy.quiet_fail_s if quiet else self._policy.quiet_suspect_s)

    def _succeed(self, found: Succession, now: float, why: str = "") -> None:
        if found is Succession.SAME:
            return
        self._heard_at = self._announced_at = now
        if found is Succession.LOST:
            self._why = why
            self._video.condemn()
            self._audio.condemn()

    def _sampled(self, event: Sampled, now: float) -> None:
        if Session(event.node, event.session) != self._sessions.current:
            return
        self._heard_at = now
        never_ms = (now - self._announced_at) * 1000
        late = event.late_s > self._policy.late_s
        accused, doubted = self._witnesses.heard(now), self._witnesses.doubt(now)
        may_rest = self._goes_on(event.audio)
        self._video.look(event.video, never_ms, now, late=late, accused=accused, doubted=doubted, may_rest=may_rest)
        self._audio.look(event.audio, never_ms, now, late=late, accused=False, doubted=False, may_rest=False)

    def _goes_on(self, stream: Stream | None) -> bool:
        silent_ms = None if stream is None else stream.silent_ms
        return silent_ms is not None and silent_ms < self._policy.feed.suspect_after_ms

    def _witnessed(self, gateway: str, saw: Sight, now: float) -> None:
        if saw == "back":
            self._witnesses.hear(gateway, saw, now)
        elif self._sessions.current is not None:
            self._witnesses.hear(gateway, saw, now)
            self._video.accuse(agreed=self._witnesses.agree(now))
            if self._witnesses.agree_gone(now):
                self._audio.accuse(agreed=True)

    def _quiet(self, now: float) -> None:
        due = self.deadline()
        if due is None or now < due:
            return
        if now - due > self._policy.late_s:
            # It is we who were away: what came meanwhile has not been read yet.
            self._heard_at = now
            return
        long = now - self._heard_at >= self._policy.quiet_fail_s
        for feed in (self._video, self._audio):
            feed.miss(long=long)

    def _tell(self) -> Sequence[Judged]:
        judged = Judged(
            self._video.verdict,
            self._audio.verdict,
            self._reason(),
            self._video.mends,
            self._audio.mends,
            self._sessions.gone,
        )
        if judged == self._told:
            return []
        self._told = judged
        return [judged]

    def _reason(self) -> str:
        if self._sessions.current is None:
            return self._why
        said = [feed.why for feed in (self._video, self._audio) if feed.why]
        return ", ".join(said) if said else "picture and sound are fine"
