"""The ledger's table: every tip that anyone gave, once per (event, member, key). It keeps the order of a tip's life
(pending, then confirmed or refused, then announced) by conditional updates, and never talks to a payment lane or a
room. `money` drives it.
"""

from dataclasses import asdict, dataclass
from typing import Final, Literal

from sqlalchemy import Select, select, update

from liveserver.store.database import Database
from liveserver.store.tables import TIPS

Status = Literal["pending", "confirmed", "refused"]
PENDING: Final = "pending"
CONFIRMED: Final = "confirmed"
REFUSED: Final = "refused"


@dataclass(frozen=True, slots=True)
class TipRow:
    """One tip. `amount` in minor units of `currency`."""

    id: str
    event: str
    room: str
    member: str
    name: str
    role: str
    amount: int
    currency: str
    text: str
    key: str
    lane: str
    status: Status
    created_at_ms: int
    confirmed_at_ms: int | None = None
    announced_at_ms: int | None = None


class TipStore:
    """The `tips` table. Every method raises Outage."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def enter(self, tip: TipRow) -> TipRow:
        """Write `tip` down unless its giver's key is known; the row that stands under that key."""
        same = (TIPS.c.event == tip.event, TIPS.c.member == tip.member, TIPS.c.key == tip.key)
        async with self._database.writing() as connection:
            await self._database.insert_new(connection, TIPS, asdict(tip))
            row = (await connection.execute(select(TIPS).where(*same))).mappings().one()
        return TipRow(**row)

    async def settle(self, tip: str, status: Status, now_ms: int) -> bool:
        """From pending to `status` (confirmed or refused); whether this call changed it."""
        change = update(TIPS).where(TIPS.c.id == tip, TIPS.c.status == PENDING)
        confirmed_at_ms = now_ms if status == CONFIRMED else None
        async with self._database.writing() as connection:
            done = await connection.execute(change.values(status=status, confirmed_at_ms=confirmed_at_ms))
            return bool(done.rowcount == 1)

    async def announced(self, tip: str, now_ms: int) -> None:
        """The room's log has it."""
        change = update(TIPS).where(TIPS.c.id == tip, TIPS.c.announced_at_ms.is_(None)).values(announced_at_ms=now_ms)
        async with self._database.writing() as connection:
            await connection.execute(change)

    async def unsettled(self, before_ms: int, limit: int) -> list[TipRow]:
        """Pending tips given before `before_ms`, oldest first."""
        waiting = select(TIPS).where(TIPS.c.status == PENDING, TIPS.c.created_at_ms < before_ms)
        return await self._rows(waiting.order_by(TIPS.c.created_at_ms).limit(limit))

    async def unsaid(self, limit: int) -> list[TipRow]:
        """Confirmed tips that the room has not been told of, oldest first."""
        waiting = select(TIPS).where(TIPS.c.status == CONFIRMED, TIPS.c.announced_at_ms.is_(None))
        return await self._rows(waiting.order_by(TIPS.c.confirmed_at_ms).limit(limit))

    async def _rows(self, query: "Select[tuple[object, ...]]") -> list[TipRow]:
        async with self._database.reading() as connection:
            return [TipRow(**row) for row in (await connection.execute(query)).mappings()]
