"""The guard's tables in the record plane. It decides nothing and knows no row. `record` stands on it; the guard opens
and closes it.
"""

from broadcast.record import database
from failover.store.tables import TABLES

_CREATING = 0x6661696C


class Database(database.Database):
    """The record plane at `url`. The last lines of a timeline may go with a power cut, never the file."""

    def __init__(self, url: str) -> None:
        super().__init__(url, TABLES, lock=_CREATING, pool_max=4, synchronous="NORMAL")
