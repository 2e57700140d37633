"""Reads from the logs what a forerunner left: the newest decision, what of it is still to be told, the event's state, a
human's word. It changes nothing. A term begins with it, and `drafts` writes what it reads.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from broadcast.core.entries import Entry, EventChanged, EventState, Moved, Orders, Override
from broadcast.core.position import LogId, Position, RoomId, room_log, staff_log
from broadcast.log.port import Log, Reading
from failover.core.decision import LANDING, Decision, TellContacts

HISTORY = 100
FORCE_FRESH_S = 10.0
TELL_FRESH_S = 1_800.0


class Kept(Struct, frozen=True):
    """The room's field `step`: its newest decision, and when it was written (Unix milliseconds)."""

    decision: Decision
    at_ms: int


class Told(Struct, frozen=True):
    """The staff log's field `incident`: how far an incident's lines have got."""

    id: str
    number: int
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What there was. `turned`: a person's change of the event's state that the audience's room has not heard of, and
    which is `state` already. `override`: a pin or a veto that nobody has taken back. `untold`: decisions whose
    consequences are not all written yet. `retold`: moves whose mail the forerunner was asked for, though nobody knows
    whether it lived to send all of it (tens of thousands take their time; who has been told is in the record, and is
    not told again). `positions` say how far each log has been read."""

    room: str
    state: EventState
    kept: Kept | None
    closed: bool
    untold: tuple[Decision, ...]
    retold: tuple[TellContacts, ...]
    turned: Entry | None
    override: Override | None
    veto_s: float | None
    forced: Override | None
    positions: Mapping[LogId, Position]

    @property
    def over(self) -> bool:
        """Whether the event has ended, and nothing is left to be written of any incident."""
        incident = None if self.kept is None else self.kept.decision.incident
        return self.state is EventState.ENDED and not self.untold and (incident is None or self.closed)


async def find(log: Log, primary: str, backup: str | None, now_ms: int) -> Found:
    """Read both rooms of an event. Raises Outage."""
    readings: dict[LogId, Reading] = {}
    for room in [primary, *([backup] if backup else [])]:
        for log_id in (room_log(RoomId(room)), staff_log(RoomId(room))):
            readings[log_id] = await log.read(log_id, None, HISTORY)
    moved = _state(readings, primary).get("moved")
    room = backup if backup and isinstance(moved, Moved) and moved.room == backup else primary
    kept = _kept(_state(readings, room))
    told = _told(_staff(readings, room))
    turned = _turned(readings, room)
    override = _override(readings, room)
    untold = tuple(_untold(readings, primary, backup, room))
    return Found(
        room=room,
        state=_life(
            None if turned is None else turned.body,
            _state(readings, room).get("event"),
            _state(readings, primary).get("event"),
        ),
        kept=kept,
        closed=kept is not None and told is not None and told.id == kept.decision.incident and told.closed,
        untold=untold,
        retold=tuple(_retold(readings, primary, backup, untold, now_ms)),
        turned=turned,
        override=override,
        veto_s=_veto_s(override, now_ms),
        forced=_forced(readings, kept, now_ms),
        positions={log_id: reading.position for log_id, reading in readings.items()},
    )


def seconds_until(until: str | None, now_ms: int) -> float:
    """How far ISO 8601 `until` lies ahead; 0 for what is past, or no time at all."""
    try:
        when = datetime.fromisoformat(until or "")
    except ValueError:
        return 0.0
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, when.timestamp() - now_ms / 1000)


def _state(readings: Mapping[LogId, Reading], room: str) -> dict[str, Any]:
    return readings[room_log(RoomId(room))].state


def _staff(readings: Mapping[LogId, Reading], room: str) -> dict[str, Any]:
    return readings[staff_log(RoomId(room))].state


def _life(*changes: object) -> EventState:
    for changed in changes:
        if isinstance(changed, EventChanged):
            return changed.state
    return EventState.SCHEDULED


def _turned(readings: Mapping[LogId, Reading], room: str) -> Entry | None:
    """The newest change by a person in another room of the event, if it is newer than what `room` knows."""
    here = room_log(RoomId(room))
    known = [entry.at_ms for entry in readings[here].entries if isinstance(entry.body, EventChanged)]
    since = max(known, default=readings[here].entries[0].at_ms if readings[here].entries else -1)
    changes = [
        entry
        for log_id, reading in readings.items()
        for entry in reading.entries
        if log_id != here and isinstance(entry.body, EventChanged) and entry.body.by is not None
    ]
    return max((entry for entry in changes if entry.at_ms > since), key=lambda entry: entry.at_ms, default=None)


def _newest(readings: Mapping[LogId, Reading], *kinds: type) -> object:
    entries = [entry for reading in readings.values() for entry in reading.entries if isinstance(entry.body, kinds)]
    # Of two in one millisecond the later one, as the log has it.
    return max(reversed(entries), key=lambda entry: entry.at_ms, default=None)


def _override(readings: Mapping[LogId, Reading], room: str) -> Override | None:
    """The human's word that holds. A leader writes it beside its orders, in every room; a newer word than these, in
    whichever room, has been heard by no leader."""
    newest = _newest(readings, Override, Orders)
    word = newest.body if isinstance(newest, Entry) else None
    word = word if isinstance(word, Override) else _staff(readings, room).get("override")
    return word if isinstance(word, Override) and word.action in ("pin", "veto") else None


def _kept(state: Mapping[str, Any]) -> Kept | None:
    try:
        return msgspec.convert(state.get("step"), Kept)
    except msgspec.ValidationError:
        return None


def _told(state: Mapping[str, Any]) -> Told | None:
    try:
        return msgspec.convert(state.get("incident"), Told)
    except msgspec.ValidationError:
        return None


def _untold(readings: Mapping[LogId, Reading], primary: str, backup: str | None, here: str) -> list[Decision]:
    untold = []
    for room in [primary, *([backup] if backup else [])]:
        kept, told = _kept(_state(readings, room)), _told(_staff(readings, room))
        if kept is None or kept.decision.incident is None:
            continue
        decision = kept.decision
        if decision.cause == LANDING and not (decision.closes and room == here):
            # The move tells the rest; and where it was never made, nobody has landed.
            continue
        known = told is not None and told.id == decision.incident
        whole = known and told is not None and told.number >= decision.number and (told.closed or not decision.closes)
        if not whole:
            untold.append(decision)
    return untold


def _retold(
    readings: Mapping[LogId, Reading], primary: str, backup: str | None, untold: Sequence[Decision], now_ms: int
) -> list[TellContacts]:
    retold = []
    for room in [primary, *([backup] if backup else [])]:
        kept = _kept(_state(readings, room))
        if kept is None or kept.decision in untold or now_ms - kept.at_ms >= TELL_FRESH_S * 1000:
            continue
        moved = kept.decision
        if moved.incident is not None and moved.to is not None:
            retold.append(TellContacts(moved.incident, moved.number, moved.room, moved.to, moved.words))
    return retold


def _veto_s(override: Override | None, now_ms: int) -> float | None:
    if override is None or override.action != "veto":
        return None
    return seconds_until(override.until, now_ms) or None


def _forced(readings: Mapping[LogId, Reading], kept: Kept | None, now_ms: int) -> Override | None:
    """A force that nobody has carried out: younger than the newest decision, and not stale."""
    newest = _newest(readings, Override)
    if not isinstance(newest, Entry) or not isinstance(newest.body, Override) or newest.body.action != "force":
        return None
    fresh = now_ms - newest.at_ms < FORCE_FRESH_S * 1000
    return newest.body if fresh and (kept is None or kept.at_ms < newest.at_ms) else None
