"""Addresses that people left with an event, in the record plane. It keeps who consented to what and when, and never
says to anyone outside whether an address is known. `people` fills it; the node endpoints list it.
"""

import asyncio
from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update

from liveserver.store.database import Database
from liveserver.store.tables import CONTACTS

SLICE = 200


@dataclass(frozen=True, slots=True)
class ContactRow:
    """One person's address. `confirmed_at_ms` None: the link in the mail has not been followed yet."""

    id: str
    event: str
    address: str
    name: str
    member: str
    role: str
    language: str
    consent_at_ms: int
    confirmed_at_ms: int | None = None


class ContactStore:
    """The `contacts` table. Every method raises Outage."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, contact: ContactRow, *, unconfirmed_max: int) -> bool:
        """Add it unless this member left this address already, or the address has `unconfirmed_max` rows that nobody
        has confirmed; whether it was added."""
        waiting = select(func.count()).where(
            CONTACTS.c.event == contact.event,
            CONTACTS.c.address == contact.address,
            CONTACTS.c.confirmed_at_ms.is_(None),
        )
        async with self._database.writing() as connection:
            if (await connection.execute(waiting)).scalar_one() >= unconfirmed_max:
                return False
            return await self._database.insert_new(connection, CONTACTS, asdict(contact))

    async def confirm(self, contact: str, now_ms: int) -> ContactRow | None:
        """Note that the address is its owner's; its other rows in the event give way. Again: the same, without
        effect. None where there is no such contact (any more)."""
        async with self._database.writing() as connection:
            query = select(CONTACTS).where(CONTACTS.c.id == contact)
            row = (await connection.execute(query)).mappings().first()
            if row is None:
                return None
            found = ContactRow(**row)
            if found.confirmed_at_ms is not None:
                return found
            await connection.execute(update(CONTACTS).where(CONTACTS.c.id == contact).values(confirmed_at_ms=now_ms))
            await connection.execute(
                delete(CONTACTS).where(
                    and_(
                        CONTACTS.c.event == found.event,
                        CONTACTS.c.address == found.address,
                        CONTACTS.c.id != contact,
                    )
                )
            )
        return ContactRow(**{**asdict(found), "confirmed_at_ms": now_ms})

    async def of_event(self, event: str, limit: int, unconfirmed_since_ms: int) -> list[ContactRow]:
        """The event's confirmed contacts, and those left since `unconfirmed_since_ms` that are not; oldest first."""
        query = (
            select(CONTACTS)
            .where(_listed(event, unconfirmed_since_ms))
            .order_by(CONTACTS.c.consent_at_ms, CONTACTS.c.id)
            .limit(limit)
        )
        found: list[ContactRow] = []
        async with self._database.reading() as connection:
            for rows in (await connection.execute(query)).partitions(SLICE):
                found += [ContactRow(*row) for row in rows]
                # Thousands of rows at one go would keep everything else on this loop waiting.
                await asyncio.sleep(0)
        return found

    async def sum_of_event(self, event: str, unconfirmed_since_ms: int) -> str:
        """What is another text once `of_event` would list others: rows come, are confirmed, and go, and no other field
        of them ever changes."""
        kept = CONTACTS.c
        query = select(
            func.count(),
            func.count(kept.confirmed_at_ms),
            func.sum(kept.consent_at_ms),
            func.sum(kept.confirmed_at_ms),
            func.min(kept.id),
            func.max(kept.id),
        ).where(_listed(event, unconfirmed_since_ms))
        async with self._database.reading() as connection:
            return " ".join(str(figure) for figure in (await connection.execute(query)).one())


def _listed(event: str, unconfirmed_since_ms: int) -> ColumnElement[bool]:
    is_wanted = or_(CONTACTS.c.confirmed_at_ms.is_not(None), CONTACTS.c.consent_at_ms >= unconfirmed_since_ms)
    return and_(CONTACTS.c.event == event, is_wanted)
