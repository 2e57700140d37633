"""The log plane in one process's memory: for the embedded deployment and for tests.

It keeps every promise of the port, bounds and expiries included, and forgets everything when the process ends; each
`MemoryLog` is a plane of its own. Whatever owns the process makes one and hands it round.
"""

import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar
from uuid import uuid4

from broadcast.core.codes import Reject
from broadcast.core.entries import Draft, Entry, Lease, Standing
from broadcast.core.errors import Outage
from broadcast.core.passing import Count, Passing, PassingBody
from broadcast.core.position import EventId, LogId, MemberId, Position, event_of
from broadcast.core.wire import field_from_bytes, field_to_bytes
from broadcast.log.ear import Ear
from broadcast.log.port import HISTORY_MAX, KEY_MEMORY_S, Appended, Reading, Refused

_PROBE = LogId("probe")
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


def wall_clock_ms() -> int:
    """Unix milliseconds."""
    return time.time_ns() // 1_000_000


@dataclass(slots=True)
class _Stream:
    """One log."""

    entries: deque[Entry]
    epoch: str = field(default_factory=lambda: uuid4().hex)
    offset: int = 0
    state: dict[str, bytes] = field(default_factory=dict)
    members: dict[str, tuple[int, int]] = field(default_factory=dict)
    ears: set[Ear] = field(default_factory=set)


@dataclass(slots=True)
class _Event:
    """What all rooms of an event share."""

    standings: dict[MemberId, Standing] = field(default_factory=dict)
    keys: dict[tuple[LogId | None, MemberId, str], tuple[int, Entry]] = field(default_factory=dict)
    lease: Lease | None = None
    lease_until_ms: int = 0
    token: int = 0


class MemoryLog:
    """A `Log` in memory. `clock_ms` is Unix milliseconds; entries are stamped and everything expires by it."""

    def __init__(
        self,
        clock_ms: Callable[[], int] = wall_clock_ms,
        *,
        history_max: int = HISTORY_MAX,
        key_memory_s: float = KEY_MEMORY_S,
    ) -> None:
        self._clock_ms = clock_ms
        self._history_max = history_max
        self._key_memory_ms = int(key_memory_s * 1000)
        self._streams: dict[LogId, _Stream] = {}
        self._events: dict[EventId, _Event] = {}
        self._closed = False

    async def append(self, log: LogId, draft: Draft) -> Appended | Refused:
        """Append `draft` to `log`: one act, for nothing is awaited in it."""
        self._reach()
        stream, event, now_ms = self._stream(log), self._event(event_of(log)), self._clock_ms()
        _forget_keys(event, now_ms)
        place = (None if draft.checked else log, draft.author, draft.key)
        known = event.keys.get(place)
        if known is not None:
            return Appended(known[1], repeated=True)
        refused = _refusal(event, draft, now_ms)
        if refused is not None:
            return refused
        changes = {name: None if value is None else field_to_bytes(value) for name, value in draft.sets.items()}
        stream.offset += 1
        entry = Entry(log, stream.epoch, stream.offset, now_ms, draft.body)
        stream.entries.append(entry)
        event.keys[place] = (now_ms + self._key_memory_ms, entry)
        _put(stream.state, changes)
        _put(event.standings, {member: _merged(event, member, given) for member, given in draft.standings.items()})
        _tell(stream, entry)
        return Appended(entry)

    async def publish(self, log: LogId, body: PassingBody) -> None:
        """Tell whoever listens now."""
        self._reach()
        _tell(self._stream(log), Passing(log, body))

    async def read(self, log: LogId, after: Position | None, limit: int) -> Reading:
        """The entries after `after`, at most `limit`; with None the newest `limit`."""
        self._reach()
        stream = self._stream(log)
        wanted = limit
        whole = after is None
        if after is not None and after.epoch == stream.epoch:
            missing = stream.offset - after.offset
            whole = 0 <= missing <= min(limit, len(stream.entries))
            wanted = missing if whole else limit
        newest = tuple(islice(reversed(stream.entries), wanted))[::-1]
        state = {name: field_from_bytes(value) for name, value in stream.state.items()}
        return Reading(newest, Position(stream.epoch, stream.offset), state, whole)

    @asynccontextmanager
    async def subscribe(self, log: LogId) -> AsyncIterator[Ear]:
        """Listen to `log`."""
        self._reach()
        stream, ear = self._stream(log), Ear()
        stream.ears.add(ear)
        try:
            yield ear
        finally:
            stream.ears.discard(ear)

    async def standing(self, event: EventId, member: MemberId) -> Standing:
        """The member's standing in the event."""
        self._reach()
        return self._event(event).standings.get(member, Standing())

    async def attend(self, log: LogId, node: str, members: int, ttl_s: float) -> int:
        """Say that `node` has so many members in the room for the next `ttl_s`; the total over nodes."""
        self._reach()
        stream, now_ms = self._stream(log), self._clock_ms()
        stream.members[node] = (members, now_ms + int(ttl_s * 1000))
        for name in [name for name, (_, until_ms) in stream.members.items() if until_ms <= now_ms]:
            del stream.members[name]
        return sum(count for count, _ in stream.members.values())

    async def take_lease(self, event: EventId, holder: str, ttl_s: float) -> Lease | None:
        """Take or renew the event's lease."""
        self._reach()
        shared, now_ms = self._event(event), self._clock_ms()
        lease = shared.lease if now_ms < shared.lease_until_ms else None
        if lease is None:
            shared.token += 1
            lease = Lease(holder, shared.token)
        elif lease.name != holder:
            return None
        shared.lease, shared.lease_until_ms = lease, now_ms + int(ttl_s * 1000)
        return lease

    async def drop_lease(self, event: EventId, holder: str) -> None:
        """Give the lease back, if it is `holder`'s."""
        self._reach()
        shared = self._event(event)
        if shared.lease is not None and shared.lease.name == holder:
            shared.lease = None
            shared.lease_until_ms = 0

    async def check(self) -> None:
        """Publish to oneself and hear it."""
        async with self.subscribe(_PROBE) as ear:
            await self.publish(_PROBE, Count(members=0))
            await anext(ear)

    async def close(self) -> None:
        """Open subscriptions end; everything else is an Outage from here on."""
        self._closed = True
        for stream in self._streams.values():
            for ear in stream.ears:
                ear.end()

    def _reach(self) -> None:
        if self._closed:
            raise Outage("log", "closed")

    def _stream(self, log: LogId) -> _Stream:
        stream = self._streams.get(log)
        if stream is None:
            stream = self._streams[log] = _Stream(deque(maxlen=self._history_max))
        return stream

    def _event(self, event: EventId) -> _Event:
        return self._events.setdefault(event, _Event())


def _refusal(event: _Event, draft: Draft, now_ms: int) -> Refused | None:
    """Why the log won't take `draft`, if it won't: the author's standing first, the lease then."""
    if draft.checked:
        standing = event.standings.get(draft.author, Standing())
        for until_ms, code in (
            (standing.banned_until_ms, Reject.BANNED),
            (standing.kicked_until_ms, Reject.BANNED),
            (standing.muted_until_ms, Reject.MUTED),
        ):
            if until_ms < 0:
                return Refused(code)
            if until_ms > now_ms:
                return Refused(code, (until_ms - now_ms) / 1000)
    if draft.lease is not None and (draft.lease != event.lease or now_ms >= event.lease_until_ms):
        return Refused(Reject.STALE_LEASE)
    return None


def _merged(event: _Event, member: MemberId, given: Standing | None) -> Standing | None:
    """A time of 0 leaves the one that is there."""
    if given is None:
        return None
    present = event.standings.get(member, Standing())
    return Standing(
        banned_until_ms=given.banned_until_ms or present.banned_until_ms,
        kicked_until_ms=given.kicked_until_ms or present.kicked_until_ms,
        muted_until_ms=given.muted_until_ms or present.muted_until_ms,
    )


def _forget_keys(event: _Event, now_ms: int) -> None:
    """Drop what has expired; keys lie in the order in which they expire."""
    while event.keys:
        oldest = next(iter(event.keys))
        if event.keys[oldest][0] > now_ms:
            return
        del event.keys[oldest]


def _put(kept: dict[_Key, _Value], changes: Mapping[_Key, _Value | None]) -> None:
    for name, value in changes.items():
        if value is None:
            kept.pop(name, None)
        else:
            kept[name] = value


def _tell(stream: _Stream, item: Entry | Passing) -> None:
    for ear in stream.ears:
        ear.hear(item)
