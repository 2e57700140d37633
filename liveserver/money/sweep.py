"""Brings on the tips that were left half-way: a lane that did not answer, one that said "later", a process that died
between the charge and the ledger. It charges nothing twice (the lane knows the tip) and gives up on none. `app`
starts it.
"""

import asyncio
import random
import time
from collections.abc import Callable
from typing import Final, Protocol

import structlog

from broadcast.core.errors import Outage
from liveserver.money.lane import Charge
from liveserver.store.tip import TipRow

SWEEP_S: Final = 1.0
BATCH_MAX: Final = 50
# A tip younger than this is most likely still in the hands of the gateway that took it.
RIPE_S: Final = 1.0
BACKOFF_MAX_S: Final = 10.0
_log = structlog.get_logger("liveserver.money")


class Tips(Protocol):
    """The ledger, as far as it is read here."""

    async def unsettled(self, before_ms: int, limit: int) -> list[TipRow]: ...


class Settler(Protocol):
    """Who asks the lane."""

    async def settle(self, row: TipRow, *, late: bool = False) -> Charge: ...


class Sweep:
    """One gateway's. Several may sweep one ledger."""

    def __init__(self, tips: Tips, settler: Settler, *, clock: Callable[[], float] = time.time) -> None:
        self._tips = tips
        self._settler = settler
        self._clock = clock
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin sweeping."""
        self._task = asyncio.create_task(self._sweep(), name="tip sweep")

    async def close(self) -> None:
        """Stop. What is unsettled stays in the ledger."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def settle_all(self) -> int:
        """Ask after what is unsettled; how many were asked after. Raises Outage where the record plane is away."""
        rows = await self._tips.unsettled(int((self._clock() - RIPE_S) * 1000), BATCH_MAX)
        for row in rows:
            await self._settler.settle(row, late=True)
        return len(rows)

    async def _sweep(self) -> None:
        wait_s = SWEEP_S
        while True:
            try:
                await self.settle_all()
                wait_s = SWEEP_S
            except Outage as outage:
                wait_s = min(BACKOFF_MAX_S, wait_s * 2)
                _log.warning("tips_unsettled", fault=str(outage))
            await asyncio.sleep(wait_s * random.uniform(0.5, 1.0))  # noqa: S311  # jitter, not a secret
