"""The gateway's tables in the record plane. It decides nothing and knows no row. The stores beside it use it; `app` and
`embedded` open and close it.
"""

from sqlalchemy import text

from broadcast.record import database
from liveserver.store.tables import RECORD

_CREATING = 0x6C697665


class Database(database.Database):
    """The record plane at `url`. A confirmed tip outlives a power cut."""

    def __init__(self, url: str) -> None:
        super().__init__(url, RECORD, lock=_CREATING, pool_max=8, synchronous="FULL")
        self._opened = False

    async def open(self) -> None:
        """As `broadcast.record.database`'s."""
        await super().open()
        self._opened = True

    async def check(self) -> None:
        """Read one value through a real connection, after creating what was missing at the start. Raises Outage."""
        if not self._opened:
            await self.open()
        async with self.reading() as transaction:
            await transaction.execute(text("SELECT count(*) FROM events"))
