"""Addresses that people left with an event, in the record plane. It keeps who consented to what and when, and never
says to anyone outside whether an address is known. `people` fills it; the node endpoints list it.
"""

from dataclasses import asdict, dataclass

from sqlalchemy import and_, delete, func, or_, select, update

from liveserver.store.database import Database
from liveserver.store.tables import CONTACTS


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
            .where(
                CONTACTS.c.event == event,
                or_(CONTACTS.c.confirmed_at_ms.is_not(None), CONTACTS.c.consent_at_ms >= unconfirmed_since_ms),
            )
            .order_by(CONTACTS.c.consent_at_ms, CONTACTS.c.id)
            .limit(limit)
        )
        async with self._database.reading() as connection:
            return [ContactRow(**row) for row in (await connection.execute(query)).mappings()]
