"""The log plane on Redis: one script per act, one round trip each, on one connection that asks and one that listens.

It decides nothing that the scripts beside it decide; what it adds is a deadline and the name `Outage` for whatever
goes wrong on the way. Processes make one with `RedisLog.connect` and hand it round.
"""

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files
from typing import Any
from uuid import uuid4

import msgspec
from redis.asyncio import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError

from broadcast.core.codes import Reject
from broadcast.core.entries import Draft, Entry, EntryBody, Lease, Standing
from broadcast.core.errors import Outage
from broadcast.core.passing import Count, Passing, PassingBody
from broadcast.core.position import EventId, LogId, MemberId, Position, event_of
from broadcast.core.wire import body_from_bytes, body_to_bytes, field_from_bytes, field_to_bytes
from broadcast.log.calls import Calls
from broadcast.log.channel import Channel
from broadcast.log.ear import Ear
from broadcast.log.port import HISTORY_MAX, KEY_MEMORY_S, OP_DEADLINE_S, Appended, Reading, Refused

KEEP_S = 90 * 86_400
"""How long Redis keeps a log, an event's standings and its lease counter after the last append."""

_PREFIX = "live"

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Script:
    """A Lua script and the digest that Redis knows it by."""

    source: str
    digest: str


def _script(name: str) -> _Script:
    source = files("broadcast.log").joinpath(f"{name}.lua").read_text(encoding="utf-8")
    return _Script(source, hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest())


_APPEND, _READ, _ATTEND = _script("append"), _script("read"), _script("attend")
_TAKE_LEASE, _DROP_LEASE = _script("take_lease"), _script("drop_lease")


class RedisLog:
    """A `Log` on a Redis server. Nothing is connected until something is asked of it."""

    def __init__(self, pool: ConnectionPool, *, history_max: int, key_memory_s: float) -> None:
        self._calls = Calls(pool.make_connection)
        self._channel = Channel(pool.make_connection, _heard)
        self._history_max = history_max
        self._key_memory_ms = int(key_memory_s * 1000)
        self._probe = LogId(f"probe-{uuid4().hex}")
        self._probes = 0
        self._closed = False

    @classmethod
    def connect(cls, url: str, *, history_max: int = HISTORY_MAX, key_memory_s: float = KEY_MEMORY_S) -> "RedisLog":
        """The log plane at `url` (`redis://`, `rediss://` or `unix://`). ValueError for a url that is none."""
        # The pool only knows how to make a connection from a url. No socket deadline and no retry: a connection is
        # shared by all, waits for all, and is given up by those whose deadlines it misses.
        pool = ConnectionPool.from_url(
            url, socket_timeout=None, socket_connect_timeout=OP_DEADLINE_S, protocol=2, retry=Retry(NoBackoff(), 0)
        )
        return cls(pool, history_max=history_max, key_memory_s=key_memory_s)

    async def append(self, log: LogId, draft: Draft) -> Appended | Refused:
        """Append `draft` to `log`, in one script."""
        event = event_of(log)
        keys = (
            *_log_keys(log),
            _key(event, "standing"),
            _key(event, "lease"),
            _key(event, "key", *(() if draft.checked else (log,)), f"{len(draft.author)}:{draft.author}:{draft.key}"),
        )
        body = body_to_bytes(draft.body)
        fields: list[str | bytes] = []
        for name, value in draft.sets.items():
            fields += [name, b"-" if value is None else b"+" + field_to_bytes(value)]
        for member, standing in draft.standings.items():
            fields += [member, b"-" if standing is None else b"+" + _standing_to_bytes(standing)]
        answer = await self._run(
            _APPEND,
            keys,
            (
                _channel(log),
                uuid4().hex,
                body,
                self._history_max,
                self._key_memory_ms,
                KEEP_S,
                draft.author if draft.checked else "",
                "" if draft.lease is None else _lease_text(draft.lease),
                len(draft.sets),
                *fields,
            ),
        )
        if answer[0] == b"refused":
            after_ms = int(answer[2])
            return Refused(Reject(answer[1].decode()), None if after_ms < 0 else after_ms / 1000)
        repeated = answer[0] == b"again"
        stored = draft.body if not repeated or answer[4] is None else _entry_body(answer[4])
        where = _log_of(answer[5]) if repeated else log
        entry = Entry(where, answer[1].decode(), int(answer[2]), int(answer[3]), stored)
        return Appended(entry, repeated)

    async def publish(self, log: LogId, body: PassingBody) -> None:
        """Tell whoever listens now."""
        async with self._reaching():
            await self._calls.call("PUBLISH", _channel(log), b"p\n" + body_to_bytes(body))

    async def read(self, log: LogId, after: Position | None, limit: int) -> Reading:
        """The entries after `after`, at most `limit`; with None the newest `limit`."""
        since = ("", 0) if after is None else (after.epoch, after.offset)
        answer = await self._run(_READ, _log_keys(log), (uuid4().hex, *since, limit, KEEP_S))
        epoch, offset, whole, found, newest_first, state = answer
        rows = found[::-1] if newest_first else found
        position = Position(epoch.decode(), int(offset))
        entries = tuple(_entry(log, position.epoch, row) for row in rows)
        names, values = state[::2], state[1::2]
        fields = {name.decode(): field_from_bytes(value) for name, value in zip(names, values, strict=True)}
        return Reading(entries, position, fields, bool(whole))

    @asynccontextmanager
    async def subscribe(self, log: LogId) -> AsyncIterator[Ear]:
        """Listen to `log`."""
        name = _channel(log).encode()
        async with self._reaching():
            ear = await self._channel.open(name)
        try:
            yield ear
        finally:
            self._channel.leave(name, ear)

    async def standing(self, event: EventId, member: MemberId) -> Standing:
        """The member's standing in the event."""
        async with self._reaching():
            value: bytes | None = await self._calls.call("HGET", _key(event, "standing"), member)
        return Standing() if value is None else _standing_from_bytes(value)

    async def attend(self, log: LogId, node: str, members: int, ttl_s: float) -> int:
        """Say that `node` has so many members in the room for the next `ttl_s`; the total over nodes."""
        return int(await self._run(_ATTEND, (_log_key(log, "members"),), (node, members, int(ttl_s * 1000))))

    async def take_lease(self, event: EventId, holder: str, ttl_s: float) -> Lease | None:
        """Take or renew the event's lease."""
        keys = (_key(event, "lease"), _key(event, "token"))
        token = await self._run(_TAKE_LEASE, keys, (holder, int(ttl_s * 1000), KEEP_S))
        return None if token is None else Lease(holder, int(token))

    async def drop_lease(self, event: EventId, holder: str) -> None:
        """Give the lease back, if it is `holder`'s."""
        await self._run(_DROP_LEASE, (_key(event, "lease"),), (holder,))

    async def check(self) -> None:
        """Publish to oneself through the real path and wait for it to arrive."""
        self._probes += 1
        mark = Count(members=self._probes)
        async with self._reaching(), self.subscribe(self._probe) as ear:
            await self.publish(self._probe, mark)
            async for heard in ear:
                if heard.body == mark:
                    return
            raise Outage("log", "closed")

    async def close(self) -> None:
        """Release connections; open subscriptions end."""
        self._closed = True
        await self._channel.close()
        await self._calls.close()

    async def _run(self, script: _Script, keys: Sequence[str], args: Sequence[str | bytes | int]) -> Any:  # noqa: ANN401
        async with self._reaching():
            try:
                return await self._calls.call("EVALSHA", script.digest, len(keys), *keys, *args)
            except NoScriptError:
                return await self._calls.call("EVAL", script.source, len(keys), *keys, *args)

    @asynccontextmanager
    async def _reaching(self) -> AsyncIterator[None]:
        """What happens within is over by `OP_DEADLINE_S`, and fails as `Outage`."""
        if self._closed:
            raise Outage("log", "closed")
        try:
            async with asyncio.timeout(OP_DEADLINE_S):
                yield
        except TimeoutError:
            raise Outage("log", f"no answer within {OP_DEADLINE_S:g} s") from None
        except (RedisError, OSError) as error:
            raise Outage("log", str(error)) from error


# All keys of an event share its hash tag, so that one script may touch them wherever they live.


def _key(event: EventId, *parts: str) -> str:
    return ":".join((_PREFIX, f"{{{event}}}", *parts))


def _log_key(log: LogId, *parts: str) -> str:
    return _key(event_of(log), "log", log, *parts)


def _log_keys(log: LogId) -> tuple[str, str, str]:
    return _log_key(log, "meta"), _log_key(log, "stream"), _log_key(log, "state")


def _channel(log: LogId) -> str:
    return _log_key(log)


def _log_of(channel: bytes) -> LogId:
    return LogId(channel.decode().rpartition(":")[2])


def _lease_text(lease: Lease) -> str:
    return f"{lease.token} {lease.name}"


def _standing_to_bytes(standing: Standing) -> bytes:
    return b"%d %d %d" % (standing.banned_until_ms, standing.kicked_until_ms, standing.muted_until_ms)


def _standing_from_bytes(value: bytes) -> Standing:
    banned, kicked, muted = (int(part) for part in value.split())
    return Standing(banned_until_ms=banned, kicked_until_ms=kicked, muted_until_ms=muted)


def _entry(log: LogId, epoch: str, row: Any) -> Entry:  # noqa: ANN401 — a row as the server gives it
    offset, (_, at_ms, _, body) = row
    return Entry(log, epoch, int(offset.partition(b"-")[0]), int(at_ms), _entry_body(body))


def _entry_body(data: bytes) -> EntryBody:
    """Outage for a body that this version can't read: a reader must not walk past what it doesn't understand."""
    try:
        return body_from_bytes(data)  # type: ignore[return-value]
    except msgspec.DecodeError as error:
        raise Outage("log", f"an entry of another version: {error}") from error


def _heard(channel: bytes, payload: bytes) -> Entry | Passing | None:
    """What a payload says: `e <epoch> <offset> <at_ms>`, or `p`, a newline, and the body. None for anything else: an
    entry that can't be read leaves a hole, and the reading that follows says why."""
    log = _log_of(channel)
    head, _, data = payload.partition(b"\n")
    try:
        body = body_from_bytes(data)
        match head.split(b" "):
            case [b"e", epoch, offset, at_ms]:
                return Entry(log, epoch.decode(), int(offset), int(at_ms), body)  # type: ignore[arg-type]
            case [b"p"]:
                return Passing(log, body)  # type: ignore[arg-type]
    except ValueError as error:
        _logger.warning("what came over %s can't be read: %s", log, error)
    return None
