"""Decides what to tell whom outside the room: each contact once per incident, step and channel, again after a refusal,
and not any more when it is too late. It sends nothing and rolls no dice. The notifier drives one per event.

The law of one notice:

    wanted ──claim──▶ claiming ──won──▶ sending ──▶ reached
                         │ lost            │ refused: waiting ──▶ sending (while the deadline allows)
                         ▼                 ▼
                      another's      lost (not reached) | unsure (may have been reached: never again) | another's

One that lasts is not lost at its deadline: it rests, anybody's to claim, and begins anew after a pause, so many times.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from broadcast.core.errors import IllegalMove
from broadcast.core.woke import Woke


@dataclass(frozen=True, slots=True)
class NoticePolicy:
    """Tries begin `retry_s` apart and double, with up to as much again by chance, until `deadline_s` after the first;
    one that lasts begins anew `rest_s` later, `rounds` times in all. At most `at_once` are under way at a time."""

    deadline_s: float = 120.0
    retry_s: float = 1.0
    retry_max_s: float = 20.0
    rest_s: float = 300.0
    rounds: int = 12
    at_once: int = 8
    kept: int = 100_000


@dataclass(frozen=True, slots=True)
class NoticeKey:
    """What is told at most once."""

    incident: str
    step: str
    contact: str
    channel: Literal["email"] = "email"


class Fate(StrEnum):
    """What became of a notice."""

    WANTED = "wanted"
    CLAIMING = "claiming"
    WAITING = "waiting"
    SENDING = "sending"
    REACHED = "reached"
    LOST = "lost"
    UNSURE = "unsure"
    ANOTHERS = "anothers"

    @property
    def final(self) -> bool:
        """Whether nothing more will happen to it."""
        return self in (Fate.REACHED, Fate.LOST, Fate.UNSURE, Fate.ANOTHERS)


@dataclass(frozen=True, slots=True)
class Wanted:
    """This is to be told. Wanting it again changes nothing. `lasts`: it is still worth telling much later."""

    key: NoticeKey
    lasts: bool = False


class Answer(StrEnum):
    """What the record says to a claim: it is ours; it is settled, by whomever; another one is at it; no answer."""

    WON = "won"
    SETTLED = "settled"
    BUSY = "busy"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class ClaimAnswered:
    """The record's answer; `chance` in 0..1 spreads the next try."""

    key: NoticeKey
    answer: Answer
    chance: float = 0.0


@dataclass(frozen=True, slots=True)
class Sent:
    """The lane took it over."""

    key: NoticeKey


@dataclass(frozen=True, slots=True)
class NotSent:
    """The lane did not take it. `again`: it may be tried again. `unsure`: it may have been taken. `chance` as above."""

    key: NoticeKey
    why: str
    again: bool
    unsure: bool = False
    chance: float = 0.0


@dataclass(frozen=True, slots=True)
class TakenOver:
    """It is another process's by now; nothing was sent from here."""

    key: NoticeKey


NoticeEvent = Wanted | ClaimAnswered | Sent | NotSent | TakenOver | Woke


@dataclass(frozen=True, slots=True)
class Claim:
    """Ask the record for it; answer with ClaimAnswered, always."""

    key: NoticeKey


@dataclass(frozen=True, slots=True)
class Send:
    """Hand it to a lane; answer with Sent, NotSent or TakenOver, always."""

    key: NoticeKey
    attempt: int


@dataclass(frozen=True, slots=True)
class Settle:
    """Write down what became of it."""

    key: NoticeKey
    fate: Fate
    why: str


@dataclass(frozen=True, slots=True)
class Rest:
    """Write down that it was not reached so far; it will be tried again much later."""

    key: NoticeKey
    why: str


NoticeEffect = Claim | Send | Settle | Rest

_NEXT = {
    Fate.WANTED: (Fate.CLAIMING,),
    Fate.CLAIMING: (Fate.SENDING, Fate.WANTED, Fate.ANOTHERS, Fate.LOST),
    Fate.WAITING: (Fate.SENDING, Fate.LOST),
    Fate.SENDING: (Fate.REACHED, Fate.WANTED, Fate.WAITING, Fate.LOST, Fate.UNSURE, Fate.ANOTHERS),
}
_BUSY = (Fate.CLAIMING, Fate.SENDING)


@dataclass(slots=True)
class _Notice:
    lasts: bool
    began_at: float = 0.0
    rounds: int = 1
    fate: Fate = Fate.WANTED
    attempts: int = 0
    claimed: bool = False
    why: str = ""


class Notices:
    """Every notice of one event, and where it stands."""

    def __init__(self, policy: NoticePolicy) -> None:
        self._policy = policy
        self._notices: dict[NoticeKey, _Notice] = {}
        self._queue: list[tuple[float, int, NoticeKey]] = []
        self._queued = 0
        self._under_way = 0

    def fate(self, key: NoticeKey) -> Fate | None:
        """Where a notice stands; None for one that nobody wanted."""
        notice = self._notices.get(key)
        return None if notice is None else notice.fate

    @property
    def idle(self) -> bool:
        """Whether nothing more will happen to any, but for those that last."""
        return all(notice.fate.final or notice.lasts for notice in self._notices.values())

    def step(self, event: NoticeEvent, now: float) -> Sequence[NoticeEffect]:
        """What is to be done now."""
        settled: list[NoticeEffect] = []
        match event:
            case Wanted():
                self._want(event, now)
            case ClaimAnswered():
                settled = self._claimed(event, now)
            case Sent(key):
                settled = self._settle(key, self._at(key, Fate.SENDING), Fate.REACHED, "")
            case NotSent():
                settled = self._not_sent(event, now)
            case TakenOver(key):
                self._move(key, self._at(key, Fate.SENDING), Fate.ANOTHERS)
            case Woke():
                pass
            case _:
                raise IllegalMove(f"notices know no {event!r}")
        return [*settled, *self._begin(now)]

    def deadline(self) -> float | None:
        """When the next try is due."""
        return self._queue[0][0] if self._queue and self._under_way < self._policy.at_once else None

    def _want(self, wanted: Wanted, now: float) -> None:
        key = wanted.key
        if key in self._notices:
            return
        while len(self._notices) >= self._policy.kept:
            oldest = next((old for old, notice in self._notices.items() if notice.fate.final), None)
            if oldest is None:
                return
            del self._notices[oldest]
        self._notices[key] = _Notice(wanted.lasts)
        self._enqueue(key, now)

    def _claimed(self, event: ClaimAnswered, now: float) -> list[NoticeEffect]:
        notice = self._at(event.key, Fate.CLAIMING)
        if event.answer is Answer.WON:
            notice.claimed = True
            return [self._send(event.key, notice)]
        if event.answer is Answer.SETTLED:
            self._move(event.key, notice, Fate.ANOTHERS)
            return []
        notice.why = "another process was at it" if event.answer is Answer.BUSY else "the record is away"
        return self._later(event.key, notice, Fate.WANTED, event.chance, now)

    def _not_sent(self, event: NotSent, now: float) -> list[NoticeEffect]:
        notice = self._at(event.key, Fate.SENDING)
        notice.why = event.why
        if event.unsure or not event.again:
            return self._settle(event.key, notice, Fate.UNSURE if event.unsure else Fate.LOST, event.why)
        return self._later(event.key, notice, Fate.WAITING, event.chance, now)

    def _later(self, key: NoticeKey, notice: _Notice, fate: Fate, chance: float, now: float) -> list[NoticeEffect]:
        notice.attempts += 1
        pause_s = min(self._policy.retry_s * 2.0 ** (notice.attempts - 1), self._policy.retry_max_s) * (1 + chance)
        if now + pause_s <= notice.began_at + self._policy.deadline_s:
            self._move(key, notice, fate)
            self._enqueue(key, now + pause_s)
            return []
        why = f"{notice.why}; given up after {notice.attempts} tries"
        if not notice.lasts or notice.rounds >= self._policy.rounds:
            return self._settle(key, notice, Fate.LOST, why)
        claimed = notice.claimed
        self._move(key, notice, Fate.WANTED)
        notice.rounds, notice.attempts, notice.claimed = notice.rounds + 1, 0, False
        self._enqueue(key, now + self._policy.rest_s * (1 + chance))
        return [Rest(key, why)] if claimed else []

    def _enqueue(self, key: NoticeKey, due_at: float) -> None:
        self._queued += 1
        heapq.heappush(self._queue, (due_at, self._queued, key))

    def _begin(self, now: float) -> list[NoticeEffect]:
        effects: list[NoticeEffect] = []
        while self._queue and self._queue[0][0] <= now and self._under_way < self._policy.at_once:
            _, _, key = heapq.heappop(self._queue)
            notice = self._notices[key]
            if notice.fate is Fate.WAITING:
                effects.append(self._send(key, notice))
            else:
                notice.began_at = notice.began_at if notice.attempts else now
                self._move(key, notice, Fate.CLAIMING)
                effects.append(Claim(key))
        return effects

    def _send(self, key: NoticeKey, notice: _Notice) -> Send:
        self._move(key, notice, Fate.SENDING)
        return Send(key, notice.attempts + 1)

    def _settle(self, key: NoticeKey, notice: _Notice, fate: Fate, why: str) -> list[NoticeEffect]:
        self._move(key, notice, fate)
        return [Settle(key, fate, why)] if notice.claimed else []

    def _at(self, key: NoticeKey, fate: Fate) -> _Notice:
        notice = self._notices.get(key)
        if notice is None or notice.fate is not fate:
            raise IllegalMove(f"{key} is not {fate}")
        return notice

    def _move(self, key: NoticeKey, notice: _Notice, fate: Fate) -> None:
        """The only writer of a notice's fate."""
        if fate not in _NEXT.get(notice.fate, ()):
            raise IllegalMove(f"{key}: from {notice.fate} to {fate}")
        self._under_way += (fate in _BUSY) - (notice.fate in _BUSY)
        notice.fate = fate
