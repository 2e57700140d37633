"""Follows a log for a reader: subscribes, reads, merges, and begins again whenever the log was away.

It decides nothing but when to try again: what may be shown is `History`'s to say. Gateways and controllers read logs
through it and in no other way.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable

from broadcast.core.entries import Entry
from broadcast.core.errors import Outage
from broadcast.core.history import Arrived, Ask, Event, Found, History, Lost, Opened, Show, Shown
from broadcast.core.passing import Passing
from broadcast.core.position import LogId, Position
from broadcast.core.woke import Woke
from broadcast.log.port import Log

LIMIT = 1_000
RETRY_MIN_S = 0.1
RETRY_MAX_S = 2.0


async def follow(
    log: Log,
    log_id: LogId,
    since: Position | None = None,
    limit: int = LIMIT,
    *,
    chance: Callable[[], float] = random.random,
) -> AsyncGenerator[Shown, None]:
    """What a reader standing at `since` is to see of `log_id`, without end.

    First a `Snapshot` (of the entries after `since`, or the newest; at most `limit`), then each `Entry` once and in
    order, and `Passing` events as they go by. `Interrupted` when the log is away (before the first snapshot too);
    then, when it is back, `Resumed` and the entries missed, or another `Snapshot` with `whole=False` where that
    could not be proven. Ends when the log is closed. Never raises Outage. Leave it through `contextlib.aclosing`, or
    by cancelling the task that reads it.
    """
    history = History(since)
    clock = asyncio.get_running_loop().time
    failures = 0
    while True:
        try:
            async with log.subscribe(log_id) as subscription:
                ears = aiter(subscription)
                event: Event | None = Opened()
                while event is not None:
                    ask: Ask | None = None
                    for effect in history.step(event, clock()):
                        match effect:
                            case Show(item):
                                yield item
                            case Ask():
                                ask = effect
                    if ask is None:
                        failures = 0
                        event = await _heard(ears, history.deadline(), clock())
                    else:
                        event = await _found(log, log_id, ask, limit)
                return
        except Outage as outage:
            lost = Lost(outage)
        for effect in history.step(lost, clock()):
            if isinstance(effect, Show):
                yield effect.item
        await asyncio.sleep(backoff_s(failures, chance()))
        failures += 1


async def _heard(ears: AsyncIterator[Entry | Passing], deadline: float | None, now: float) -> Arrived | Woke | None:
    """The next thing over the channel, or that the machine's deadline came; None when the log was closed."""
    try:
        async with asyncio.timeout(None if deadline is None else max(0.0, deadline - now)):
            item = await anext(ears, None)
    except TimeoutError:
        return Woke()
    return None if item is None else Arrived(item)


async def _found(log: Log, log_id: LogId, ask: Ask, limit: int) -> Found:
    reading = await log.read(log_id, ask.after, limit)
    return Found(reading.entries, reading.position, reading.state, reading.whole)


def backoff_s(failures: int, chance: float) -> float:
    """How long to wait after so many failures in a row: exponential with full jitter (`chance` in 0..1), within
    `RETRY_MIN_S` and `RETRY_MAX_S`."""
    ceiling = min(RETRY_MAX_S, RETRY_MIN_S * 2.0 ** min(failures, 16))
    return RETRY_MIN_S + chance * (ceiling - RETRY_MIN_S)
