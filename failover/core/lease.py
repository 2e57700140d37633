"""Decides whether this process leads an event, and until when it may act. It never asks the log itself and reads no
clock: it says when to ask, and judges the answers. The controller drives one per event.

The law: the lease's end is counted from the moment of *asking*, on this process's monotonic clock, and a leader stops
`margin_s` before it; so it has stopped before anyone else can begin, however slow the answer was.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from broadcast.core.errors import IllegalMove
from broadcast.core.woke import Woke


@dataclass(frozen=True, slots=True)
class LeasePolicy:
    """The lease is asked for every third of its time, so it takes two questions that fail at once to lose it; but only
    one that hangs until the log's own deadline (2 s), if the lease is as short as here."""

    ttl_s: float = 3.0
    margin_s: float = 0.5

    @property
    def every_s(self) -> float:
        """How often to ask."""
        return self.ttl_s / 3


@dataclass(frozen=True, slots=True)
class Granted:
    """The answer: it is ours, with this token."""

    token: int


@dataclass(frozen=True, slots=True)
class Denied:
    """The answer: another one has it."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """No answer: the log is away."""


@dataclass(frozen=True, slots=True)
class Superseded:
    """A write under `token` was refused: somebody else leads."""

    token: int


@dataclass(frozen=True, slots=True)
class Misheard:
    """Not everything was heard that the logs say: what is known of the event has to be found anew."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """The process ends, or the event does."""


LeaseEvent = Granted | Denied | Unanswered | Superseded | Misheard | Stopped | Woke


@dataclass(frozen=True, slots=True)
class Ask:
    """Take or renew the lease; answer with Granted, Denied or Unanswered, always."""


@dataclass(frozen=True, slots=True)
class Lead:
    """Act from now on, under this token."""

    token: int


@dataclass(frozen=True, slots=True)
class Yield:
    """Act no more; `why` in words."""

    why: str


@dataclass(frozen=True, slots=True)
class GiveBack:
    """Tell the log that the lease is free."""


LeaseEffect = Ask | Lead | Yield | GiveBack


class Leadership:
    """Who this process is for one event: follower, or leader under a token. It begins at its first `Woke`."""

    def __init__(self, policy: LeasePolicy, now: float) -> None:
        if not 0 < policy.margin_s < policy.ttl_s:
            raise IllegalMove("the margin lies within the lease")
        self._policy = policy
        self._asked_at: float | None = None
        self._next_at: float | None = now
        self._until = now
        self.token: int | None = None

    def may_act(self, now: float) -> bool:
        """Whether this process leads, and may still write at `now`."""
        return self.token is not None and now < self._until

    def step(self, event: LeaseEvent, now: float) -> Sequence[LeaseEffect]:
        """What follows."""
        if self._stopped:
            return []
        match event:
            case Woke():
                return [*self._expire(now), *self._ask(now)]
            case Granted(token):
                return self._granted(token, now)
            case Denied():
                self._answered(now)
                return self._move(None, "another process leads")
            case Unanswered():
                self._answered(now)
                return self._expire(now)
            case Superseded(token):
                return self._move(None, "another process leads") if token == self.token else []
            case Misheard():
                return self._move(None, "not everything was heard; the next answer begins a new term")
            case Stopped():
                self._asked_at = self._next_at = None
                led = self.token is not None
                return [*self._move(None, "it was told to stop"), *([GiveBack()] if led else [])]
            case _:
                raise IllegalMove(f"leadership knows no {event!r}")

    def deadline(self) -> float | None:
        """When to ask again, or to stop acting."""
        due = [when for when in (self._next_at, self._until if self.token is not None else None) if when is not None]
        return min(due, default=None)

    @property
    def _stopped(self) -> bool:
        return self._next_at is None and self._asked_at is None

    def _ask(self, now: float) -> Sequence[LeaseEffect]:
        if self._next_at is None or now < self._next_at:
            return []
        self._asked_at, self._next_at = now, None
        return [Ask()]

    def _answered(self, now: float) -> float:
        if self._asked_at is None:
            raise IllegalMove("an answer to nothing asked")
        asked_at = self._asked_at
        self._asked_at = None
        self._next_at = max(now, asked_at + self._policy.every_s)
        return asked_at

    def _granted(self, token: int, now: float) -> Sequence[LeaseEffect]:
        asked_at = self._answered(now)
        until = asked_at + self._policy.ttl_s - self._policy.margin_s
        if now >= until:
            return self._move(None, "the answer came too late")
        self._until = until
        if token == self.token:
            return []
        # Another lineage or another term: what was decided under the old token is not known to stand.
        return [*self._move(None, "the lease was lost in between"), *self._move(token, "")]

    def _expire(self, now: float) -> Sequence[LeaseEffect]:
        if self.token is None or now < self._until:
            return []
        return self._move(None, "the lease could not be renewed")

    def _move(self, token: int | None, why: str) -> Sequence[LeaseEffect]:
        """The only writer of who leads."""
        if token == self.token:
            return []
        if token is not None and self.token is not None:
            raise IllegalMove("from one term to the next without an end")
        self.token = token
        return [Yield(why)] if token is None else [Lead(token)]
