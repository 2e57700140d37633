"""Turns the ladder's effects into drafts for the logs: which log, which entry, under which key, with which state. It
writes nothing. A key says what the draft stands for, so a draft that is written again has happened once.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from broadcast.core import entries
from broadcast.core.entries import (
    Draft,
    Entry,
    EntryBody,
    EventChanged,
    EventState,
    Order,
    Orders,
    Override,
    RungKind,
    Step,
)
from broadcast.core.position import LogId, MemberId, RoomId, room_log, staff_log
from failover.core.decision import (
    LANDING,
    CloseIncident,
    Cut,
    Decision,
    GoLive,
    LadderEffect,
    Line,
    Move,
    Notice,
    OpenIncident,
    SetOrders,
)
from failover.core.plan import Plan
from failover.found import Kept, Told

AUTHOR = MemberId("failover")
Written = tuple[LogId, Draft]


@dataclass(slots=True)
class Drafts:
    """Writes drafts for one term. `run` keeps keys of different terms apart where they stand for different things;
    `rooms` are all rooms of the event, `token` is the term's. `override` is the human's word that holds, if any."""

    plan: Plan
    rooms: tuple[str, ...]
    base_url: str
    run: str
    token: int
    count: int = 0
    override: Override | None = None

    def of(self, effect: LadderEffect, room: str, state: EventState, at_ms: int) -> Iterator[Written]:
        """The drafts for `effect`, in order. `room` is where the audience is, `at_ms` Unix milliseconds."""
        match effect:
            case Cut(decision, again):
                yield from self._cut(decision, again, state, at_ms)
            case Move(decision):
                yield self._moved(decision, at_ms)
            case Notice(where, text, severity, incident, number):
                key = f"{incident}:{number}"
                notice = entries.Notice(text=text, severity=severity, step=key)
                yield room_log(RoomId(where)), _draft(notice, f"{key}:notice")
            case OpenIncident(incident, where, _, text):
                yield self._step(where, Step(incident=incident, step="1", what="opened", text=text), "opened")
            case Line():
                yield self._line(effect)
            case CloseIncident(incident, where, number, text):
                step = Step(incident=incident, step=str(number), what="closed", text=text)
                yield self._step(where, step, "closed", Told(incident, number, closed=True))
            case SetOrders(active):
                yield from self.orders(active=active)
            case GoLive():
                body = EventChanged(state=EventState.LIVE)
                yield room_log(RoomId(room)), _draft(body, self._unique("live"), event=body)

    def orders(self, *, active: bool) -> Iterator[Written]:
        """The standing orders, in force or withdrawn, for every room; beside them the human's word that withdraws
        them or holds the room, so that whoever leads next finds it wherever the audience is then."""
        has_standby = any(rung.kind is RungKind.STANDBY for rung in self.plan.rungs)
        times = self.plan.standing_orders
        order = Order(source="main", then="standby", after_ms=times.silent_after_ms, intervals=times.silent_intervals)
        body = Orders(orders=(order,) if active and has_standby else (), token=self.token)
        key = self._unique("orders")
        room_only = self.override is not None and self.override.rung is RungKind.BACKUP_ROOM
        override = self.override if room_only or not active else None
        for room in self.rooms:
            yield staff_log(RoomId(room)), _draft(body, key, orders=body, override=override)

    def turned(self, entry: Entry, room: str) -> Written:
        """A person's change of the event's state in another room of it, restated in `room`."""
        key = f"turned:{entry.log}:{entry.epoch}:{entry.offset}"
        return room_log(RoomId(room)), _draft(entry.body, key, event=entry.body)

    def _cut(self, decision: Decision, again: int, state: EventState, at_ms: int) -> Iterator[Written]:
        room = room_log(RoomId(decision.room))
        body = entries.Cut(
            source=decision.source,
            rung=decision.rung,
            reason=decision.reason,
            cause="restated" if again else decision.cause,
            incident=decision.incident,
            words=decision.words,
        )
        if again:
            yield room, _draft(body, self._unique(f"again:{again}"), cut=body)
            return
        key = f"{decision.incident}:{decision.number}" if decision.incident else self._unique("cut")
        if decision.cause == LANDING:
            changed = EventChanged(state=state)
            yield room, _draft(changed, f"{key}:event", event=changed)
        yield room, _draft(body, f"{key}:cut", cut=body, step=_kept(decision, at_ms))

    def _moved(self, decision: Decision, at_ms: int) -> Written:
        body = entries.Moved(
            room=str(decision.to),
            url=f"{self.base_url}/e/{decision.to}",
            spread_ms=decision.spread_ms,
            reason=decision.words,
            incident=decision.incident,
        )
        key = f"{decision.incident}:{decision.number}:moved"
        return room_log(RoomId(decision.room)), _draft(body, key, moved=body, step=_kept(decision, at_ms))

    def _line(self, line: Line) -> Written:
        step = Step(incident=line.incident, step=str(line.number), what=line.what, text=line.text)
        told = Told(line.incident, line.number) if line.last else None
        if line.what in ("override", "held"):
            return staff_log(RoomId(line.room)), _draft(step, self._unique(line.what))
        return self._step(line.room, step, line.what, told)

    def _step(self, room: str, step: Step, what: str, told: Told | None = None) -> Written:
        more = {} if told is None else {"incident": msgspec.to_builtins(told)}
        return staff_log(RoomId(room)), _draft(step, f"{step.incident}:{step.step}:{what}", **more)

    def _unique(self, what: str) -> str:
        self.count += 1
        return f"{self.run}:{self.token}:{what}:{self.count}"


def _draft(body: EntryBody, key: str, **sets: object) -> Draft:
    return Draft(body=body, key=key, author=AUTHOR, checked=False, sets=sets)


def _kept(decision: Decision, at_ms: int) -> object:
    return msgspec.to_builtins(Kept(decision, at_ms))
