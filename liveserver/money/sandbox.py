"""A payment lane that moves no money, for trying things out: what it answers depends on the amount alone. Amounts that
end in 01 are refused, those that end in 02 stay pending and confirm after a few seconds, all others confirm at once.
It stands for another company's database (a table of its own, never touched by the ledger); the ledger calls it.
"""

import time
from collections.abc import Callable
from typing import Final

from sqlalchemy import insert, select

from liveserver.money.lane import Charge
from liveserver.store.database import Database
from liveserver.store.tables import SANDBOX

CONFIRM_AFTER_S: Final = 3.0
_REFUSED: Final = Charge("refused", "The card was declined (a sandbox amount that ends in 01 always is)")


class SandboxLane:
    """The sandbox. `clock` gives Unix seconds."""

    name = "sandbox"

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    async def charge(self, tip: str, amount: int, currency: str) -> Charge:
        """See `Lane.charge`."""
        if amount % 100 == 1:
            return _REFUSED
        now_ms = int(self._clock() * 1000)
        charge = {"id": tip, "amount": amount, "currency": currency, "charged_at_ms": now_ms}
        async with self._database.writing() as connection:
            known = (await connection.execute(select(SANDBOX).where(SANDBOX.c.id == tip))).mappings().first()
            if known is None:
                await connection.execute(insert(SANDBOX).values(**charge))
        return self._judge(amount, known["charged_at_ms"] if known else now_ms)

    def _judge(self, amount: int, charged_at_ms: int) -> Charge:
        if amount % 100 == 2 and self._clock() * 1000 - charged_at_ms < CONFIRM_AFTER_S * 1000:
            return Charge("pending")
        return Charge("confirmed")
