"""Tells rooms of confirmed tips, once each: what the ledger has as confirmed and unsaid goes to the log of the room
where the audience is now, under the tip's own key, again and again until the log has it. It confirms nothing, and
survives any restart, since its list is the ledger's. `app` starts it; the ledger nudges it.
"""

import asyncio
import random
import time
from collections.abc import Callable
from typing import Final, Protocol

import structlog

from broadcast.core.entries import Draft, Moved, Person, Role, Tip
from broadcast.core.errors import Outage
from broadcast.core.passing import PassingBody, TipStatus
from broadcast.core.position import LogId, MemberId, Position, RoomId, is_room_id, room_log
from broadcast.log.port import HISTORY_MAX, KEY_MEMORY_S, Appended, Reading, Refused
from liveserver.money.metrics import UNSAID
from liveserver.store.tip import TipRow

SWEEP_S: Final = 1.0
BACKOFF_MAX_S: Final = 8.0
BATCH_MAX: Final = 100
MOVES_MAX: Final = 3
# A log remembers a key for KEY_MEMORY_S only; well before that, "did we say it?" is answered by reading.
REMEMBERED_S: Final = KEY_MEMORY_S / 2
_log = structlog.get_logger("liveserver.money")


class Tips(Protocol):
    """The ledger, as far as it is read here."""

    async def unsaid(self, limit: int) -> list[TipRow]: ...

    async def announced(self, tip: str, now_ms: int) -> None: ...


class Log(Protocol):
    """The log, as far as it is used here."""

    async def append(self, log: LogId, draft: Draft) -> Appended | Refused: ...

    async def publish(self, log: LogId, body: PassingBody) -> None: ...

    async def read(self, log: LogId, after: Position | None, limit: int) -> Reading: ...


class Outbox:
    """One gateway's. Several may sweep one ledger: the log's keys make their doubles one."""

    def __init__(self, tips: Tips, log: Log, *, clock: Callable[[], float] = time.time) -> None:
        self._tips = tips
        self._log = log
        self._clock = clock
        self._nudged = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin sweeping; what a former process left unsaid goes first."""
        self._task = asyncio.create_task(self._sweep(), name="tip outbox")

    async def close(self) -> None:
        """Stop. What is unsaid stays in the ledger."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def confirmed(self, _tip: TipRow) -> None:
        """A tip was confirmed just now: don't wait for the next sweep."""
        self._nudged.set()

    async def changed(self, tip: TipRow) -> None:
        """Tell the giver what became of a tip, if they are here to hear it."""
        body = TipStatus(tip=tip.id, status=tip.status, member=MemberId(tip.member))
        try:
            *_, room = await self._way(tip.room)
            await self._log.publish(room_log(room), body)
        except Outage:
            _log.info("giver_not_told", tip=tip.id, status=tip.status)

    async def say_all(self) -> int:
        """Tell the rooms of what is unsaid; how many tips that were. Raises Outage for the log or the record."""
        unsaid = await self._tips.unsaid(BATCH_MAX)
        for tip in unsaid:
            await self._say(tip)
        return len(unsaid)

    async def _say(self, tip: TipRow) -> None:
        now = self._clock()
        *left, room = await self._way(tip.room)
        fresh = now - (tip.confirmed_at_ms or 0) / 1000 < REMEMBERED_S
        # A room remembers only the keys that were said in it; those that the audience has left are read, too.
        doubtful = left if fresh else [*left, room]
        if not any([await self._stands(tip, each) for each in doubtful]):
            draft = Draft(body=_body(tip), key=f"tip:{tip.id}", author=MemberId(tip.member), checked=False)
            outcome = await self._log.append(room_log(room), draft)
            if isinstance(outcome, Refused):
                # Unchecked and without a lease: nothing can refuse it. If something does, it is tried again.
                raise Outage("log", f"refused a tip: {outcome.code}")
        await self._tips.announced(tip.id, int(now * 1000))

    async def _way(self, given_in: str) -> list[RoomId]:
        """The rooms from the one that the tip was given in to the one where its audience is now. Raises Outage."""
        way = [RoomId(given_in)]
        while len(way) <= MOVES_MAX:
            reading = await self._log.read(room_log(way[-1]), None, 1)
            moved = reading.state.get("moved")
            if not isinstance(moved, Moved) or not is_room_id(moved.room) or moved.room in way:
                break
            way.append(RoomId(moved.room))
        return way

    async def _stands(self, tip: TipRow, room: RoomId) -> bool:
        reading = await self._log.read(room_log(room), None, HISTORY_MAX)
        return any(isinstance(entry.body, Tip) and entry.body.tip == tip.id for entry in reading.entries)

    async def _sweep(self) -> None:
        wait_s = SWEEP_S
        while True:
            self._nudged.clear()
            try:
                full = await self.say_all() == BATCH_MAX
                wait_s = 0.0 if full else SWEEP_S
            except Outage as outage:
                wait_s = min(BACKOFF_MAX_S, max(wait_s, SWEEP_S / 2) * 2) * random.uniform(0.5, 1.0)  # noqa: S311
                UNSAID.inc()
                _log.warning("tips_unsaid", fault=str(outage), again_in_s=round(wait_s, 1))
            try:
                async with asyncio.timeout(wait_s):
                    await self._nudged.wait()
            except TimeoutError:
                pass


def _body(tip: TipRow) -> Tip:
    author = Person(id=MemberId(tip.member), name=tip.name, role=Role(tip.role))
    return Tip(author=author, tip=tip.id, amount=tip.amount, currency=tip.currency, text=tip.text)
