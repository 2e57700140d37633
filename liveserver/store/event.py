"""Events in the record plane: what is scheduled, and its contingency plan. It keeps what it is given and judges
nothing; what an event is doing now stands in the log. `api` and `people` ask it.
"""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, select

from liveserver.store.database import Database
from liveserver.store.tables import CONTACTS, EVENTS, TIPS


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event. `plan` is the TOML text; `guests`: whether people without a token are let in; times as in `tables`."""

    id: str
    title: str
    host: str
    starts_at_ms: int | None
    guests: bool
    plan: str
    created_at_ms: int

    @property
    def starts_at(self) -> str | None:
        """When it starts, as ISO 8601 in UTC."""
        if self.starts_at_ms is None:
            return None
        at = datetime.fromtimestamp(self.starts_at_ms / 1000, UTC)
        return at.isoformat(timespec="seconds").replace("+00:00", "Z")


class EventStore:
    """The `events` table. Every method raises Outage."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, event: str) -> EventRow | None:
        """The event, or None."""
        async with self._database.reading() as connection:
            row = (await connection.execute(select(EVENTS).where(EVENTS.c.id == event))).mappings().first()
        return EventRow(**row) if row else None

    async def newest(self, limit: int) -> list[EventRow]:
        """At most `limit` events, the newest first."""
        query = select(EVENTS).order_by(EVENTS.c.created_at_ms.desc(), EVENTS.c.id).limit(limit)
        async with self._database.reading() as connection:
            return [EventRow(**row) for row in (await connection.execute(query)).mappings()]

    async def add(self, event: EventRow) -> bool:
        """Add it; False where its id is taken."""
        async with self._database.writing() as connection:
            return await self._database.insert_new(connection, EVENTS, asdict(event))

    async def replace(self, event: EventRow) -> None:
        """Start `event` anew: whatever was kept under its id goes, contacts and tips included."""
        async with self._database.writing() as connection:
            for table in (TIPS, CONTACTS):
                await connection.execute(delete(table).where(table.c.event == event.id))
            await connection.execute(delete(EVENTS).where(EVENTS.c.id == event.id))
            await self._database.insert_new(connection, EVENTS, asdict(event))
