"""One term of leading one event: finds what the forerunner left, drives the ladder, and has what it decides written,
told and recorded. It decides nothing, and nothing of it outlives the lease. The event's controller begins and ends it.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import structlog

from broadcast.core.entries import Entry, EventChanged, EventState, Lease, Override, RungKind
from broadcast.core.errors import Outage
from broadcast.core.passing import Witness
from broadcast.core.position import LogId, Position
from broadcast.core.woke import Woke
from broadcast.log.port import Log
from failover.core.decision import (
    CloseIncident,
    Cut,
    LadderEffect,
    Line,
    Move,
    OpenIncident,
    TellContacts,
    follow_up,
)
from failover.core.ladder import Ladder
from failover.core.plan import Plan
from failover.core.standing import (
    Forced,
    LadderEvent,
    Pinned,
    Released,
    Seen,
    SourceJudged,
    Standing,
    TargetJudged,
    Turned,
    Vetoed,
)
from failover.drafts import Drafts
from failover.found import Found, find, seconds_until
from failover.held import Held
from failover.writer import Writer

RETRY_S = 0.1
EARLY_MAX = 1_000
FLIGHT_MAX = 100
_UNDER_WAY = (EventState.LIVE, EventState.BREAK)

log = structlog.get_logger(__name__)


class Scribe(Protocol):
    """Who keeps the timeline."""

    def opened(self, incident: str, event: str, room: str, cause: str, at_ms: int) -> None: ...

    def step(self, key: str, incident: str, number: int, what: str, text: str, at_ms: int) -> None: ...

    def closed(self, incident: str, at_ms: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a term works with. `tell` has the contacts told; `counted` hears of every effect (for the metrics);
    `now_ms` is Unix milliseconds, as is `starts_at_ms`; None: the event has no time."""

    event: str
    plan: Plan
    primary: str
    backup: str | None
    base_url: str
    log: Log
    scribe: Scribe
    tell: Callable[[TellContacts], None]
    counted: Callable[[LadderEffect], None]
    now_ms: Callable[[], int]
    starts_at_ms: int | None = None

    @property
    def rooms(self) -> tuple[str, ...]:
        """All rooms of the event, the primary one first."""
        return (self.primary, self.backup) if self.backup else (self.primary,)


class Term:
    """From `begin` to `stop`. `lost` is called when the log says that the lease is another's, `failed` when the ladder
    broke, which is a bug."""

    def __init__(
        self,
        around: Surroundings,
        lease: Lease,
        may_act: Callable[[], bool],
        lost: Callable[[str], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        self._around = around
        self.token = lease.token
        self._may_act = may_act
        self._failed = failed
        self._writer = Writer(around.log, lease, may_act, lost)
        run = f"{around.event}-{around.now_ms():x}"
        self._drafts = Drafts(around.plan, around.rooms, around.base_url, run, lease.token)
        self._run = run
        self._positions: dict[LogId, Position] = {}
        self._early: list[Entry] = []
        self._stopped = False
        self.ladder: Ladder | None = None
        self.driver: Held[LadderEvent, LadderEffect] | None = None

    async def begin(self, judged: Callable[[], tuple[SourceJudged, ...]], target: Callable[[], TargetJudged]) -> None:
        """Take over from whoever led before. Returns without a ladder if the lease ends first."""
        while self._acts():
            try:
                found = await find(self._around.log, self._around.primary, self._around.backup, self._around.now_ms())
            except Outage:
                await asyncio.sleep(RETRY_S * (0.5 + random.random()))  # noqa: S311  # jitter
                continue
            if self._acts():
                self._take_over(found, judged(), target())
            return

    def stop(self) -> None:
        """Act no more."""
        self._stopped = True
        if self.driver is not None:
            self.driver.close()
        self._writer.stop()

    def feed(self, event: LadderEvent) -> None:
        """Give the ladder an event, if it stands already."""
        if self.driver is not None:
            self.driver.feed(event)

    def said(self, entry: Entry) -> None:
        """An entry of one of the event's logs: only what the takeover had not read yet counts."""
        if not isinstance(entry.body, EventChanged | Override):
            return
        if self.ladder is None:
            if len(self._early) < EARLY_MAX:
                self._early.append(entry)
            return
        read = self._positions.get(entry.log)
        if read is not None and read.epoch == entry.epoch and entry.offset <= read.offset:
            return
        match entry.body:
            case EventChanged(state=state) if entry.log == self.ladder.room:
                self.feed(Turned(state))
            case EventChanged(state=state, by=by) if by is not None and entry.log in self._around.rooms:
                # While a move spreads, the host may still be in the room that is being left.
                self._writer.put(*self._drafts.turned(entry, self.ladder.room))
                self.feed(Turned(state))
            case Override() as override:
                self._override(override)

    def witnessed(self, room: str, witness: Witness) -> None:
        """A gateway says what its members are shown."""
        self.feed(Seen(witness.node, room, witness.showing))

    def _acts(self) -> bool:
        return self._may_act() and not self._stopped

    def _take_over(self, found: Found, judged: tuple[SourceJudged, ...], target: TargetJudged) -> None:
        now_ms = self._around.now_ms()
        kept = found.kept
        pinned = self._pinned(found)
        standing = Standing(
            room=found.room,
            state=found.state,
            decision=None if kept is None else kept.decision,
            age_s=0.0 if kept is None else max(0.0, (now_ms - kept.at_ms) / 1000),
            closed=found.closed,
            pinned=pinned,
            veto_s=found.veto_s,
            sources=judged,
            target=target,
            late_s=self._late_s(now_ms),
        )
        self._positions = dict(found.positions)
        self.ladder = Ladder(self._around.plan, standing, self._run, asyncio.get_running_loop().time())
        if found.turned is not None:
            self._writer.put(*self._drafts.turned(found.turned, found.room))
        self._drafts.override = found.override if self.ladder.bound else None
        self._order()
        for decision in found.untold:
            for effect in follow_up(decision):
                self._act(effect)
        for tell in found.retold:
            self._act(tell)
        self.driver = Held(self.ladder, self._act, self._failed)
        self.driver.feed(Woke())
        if found.forced is not None:
            self._override(found.forced)
        for entry in self._early:
            self.said(entry)

    def _late_s(self, now_ms: int) -> float | None:
        if self._around.starts_at_ms is None:
            return None
        return (self._around.starts_at_ms - now_ms) / 1000 + self._around.plan.show.late_after_s

    def _pinned(self, found: Found) -> RungKind | None:
        """The pin that was in force. The gateway keeps every pin, also one that a ladder refused: such a one must not
        bind the next ladder."""
        if found.override is None or found.override.action != "pin" or found.state not in _UNDER_WAY:
            return None
        rung = found.override.rung
        return rung if any(each.kind is rung for each in self._around.plan.rungs) else None

    def _order(self) -> None:
        assert self.ladder is not None
        for log_id, draft in self._drafts.orders(active=self.ladder.free):
            self._writer.put(log_id, draft)

    def _override(self, override: Override) -> None:
        assert self.ladder is not None
        was_bound, before = self.ladder.bound, self._drafts.override
        holds = override.action in ("pin", "veto")
        self._drafts.override = override if holds else None
        self._obey(override)
        kept = self.ladder.pinned is override.rung if override.action == "pin" else self.ladder.veto_until is not None
        if (holds and not kept) or (not holds and self.ladder.bound):
            self._drafts.override = before
        if was_bound or (holds and (not kept or self.ladder.free)):
            # No order follows from it by itself, but what the gateway keeps of it has to be put right.
            self._order()

    def _obey(self, override: Override) -> None:
        by = override.by.name
        match override.action, override.rung:
            case "force", rung if rung is not None:
                self.feed(Forced(rung, by))
            case "pin", rung if rung is not None:
                self.feed(Pinned(rung, by))
            case "veto", _:
                for_s = seconds_until(override.until, self._around.now_ms())
                if for_s > 0:
                    self.feed(Vetoed(for_s, by))
            case "release", _:
                self.feed(Released(by))

    def _act(self, effect: LadderEffect) -> None:
        assert self.ladder is not None
        now_ms = self._around.now_ms()
        self._around.counted(effect)
        for log_id, draft in self._drafts.of(effect, self.ladder.room, self.ladder.state, now_ms):
            self._writer.put(log_id, draft)
        match effect:
            case TellContacts():
                self._writer.then(lambda: self._around.tell(effect))
            case OpenIncident() | Line() | CloseIncident():
                self._writer.then(lambda: self._write_down(effect, now_ms))
                if isinstance(effect, CloseIncident):
                    self.write_out(effect.incident)
            case Cut() | Move():
                log.info("the ladder moved", show=self._around.event, decision=effect.decision)

    def write_out(self, incident: str) -> None:
        """The flight record, to the log: with it, a bad night can be replayed as a test."""
        record = [] if self.driver is None else list(self.driver.record)[-FLIGHT_MAX:]
        flown = [f"{now:.3f} {event!r}" for now, event, _ in record]
        log.info("flight record", show=self._around.event, incident=incident, record=flown)

    def _write_down(self, effect: OpenIncident | Line | CloseIncident, now_ms: int) -> None:
        scribe, event = self._around.scribe, self._around.event
        match effect:
            case OpenIncident(incident, room, cause, text):
                scribe.opened(incident, event, room, cause, now_ms)
                scribe.step(f"{incident}:1:opened", incident, 0, "opened", text, now_ms)
            case Line(_, incident, number, what, text) if incident:
                key = f"{incident}:{number}:{what}"
                if what in ("override", "held"):
                    key = f"{key}:{self._run}:{now_ms}:{self._writer.written}"
                scribe.step(key, incident, number, what, text, now_ms)
            case CloseIncident(incident, _, number, text):
                scribe.step(f"{incident}:{number}:closed", incident, number, "closed", text, now_ms)
                scribe.closed(incident, now_ms)
