"""Takes addresses from people who want to be told if the event moves, and their confirmation. It sends no mail (the
guards do, from what `of_event` lists) and tells nobody whether an address is known; `api` drives it.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from broadcast.core.codes import Reject
from broadcast.core.entries import Role
from broadcast.core.errors import PeerFault
from broadcast.token import ANY_EVENT, Grant
from liveserver.people.links import CONFIRM_S, Confirmation, Links
from liveserver.people.names import address as fit_address
from liveserver.people.names import plain
from liveserver.store.contact import ContactRow

UNCONFIRMED_MAX = 3
LISTED_MAX = 50_000
SLICE = 50
NAMELESS = "Guest"
"""What the room calls somebody who left an address and no name: never a part of the address."""


class Contacts(Protocol):
    """Where contacts are kept."""

    async def add(self, contact: ContactRow, *, unconfirmed_max: int) -> bool: ...

    async def confirm(self, contact: str, now_ms: int) -> ContactRow | None: ...

    async def of_event(self, event: str, limit: int, unconfirmed_since_ms: int) -> list[ContactRow]: ...

    async def sum_of_event(self, event: str, unconfirmed_since_ms: int) -> str: ...


@dataclass(frozen=True, slots=True)
class Listed:
    """A contact with the link that goes into the next mail to them: who has not confirmed their address has no use for
    any but the one to do so, who has none for that. The other one is empty."""

    contact: ContactRow
    confirm_url: str
    backup_url: str


class ContactBook:
    """Double opt-in for one deployment. `changed` is told of each event whose contacts are others now."""

    def __init__(
        self,
        contacts: Contacts,
        links: Links,
        changed: Callable[[str], Awaitable[None]],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._contacts = contacts
        self._links = links
        self._changed = changed
        self._clock = clock

    async def leave(
        self, event: str, address: str, name: str, *, consent: bool, language: str, who: Grant | None
    ) -> None:
        """Keep an address under `event`, to be confirmed by its owner. `who`: the person's own grant, if they have
        joined. PeerFault(bad_field), Outage."""
        if not consent:
            raise PeerFault(Reject.BAD_FIELD, "Without your consent we keep no address", field="consent")
        kept = fit_address(address)
        if who is not None and (who.event not in (event, ANY_EVENT) or who.role in (Role.NODE, Role.PUBLISHER)):
            raise PeerFault(Reject.FORBIDDEN, "This link is for another event", field="token")
        called = who.name if who is not None else (plain("name", name) if name.strip() else "")
        contact = ContactRow(
            id=f"c-{secrets.token_hex(12)}",
            event=event,
            address=kept,
            name=called[:40],
            member=who.id if who is not None else self._links.member_of(event, kept),
            role=(who.role if who is not None else Role.ATTENDEE).value,
            language=language,
            consent_at_ms=self._now_ms(),
        )
        if await self._contacts.add(contact, unconfirmed_max=UNCONFIRMED_MAX):
            await self._changed(event)

    async def confirm(self, signed: str) -> ContactRow:
        """Follow a confirmation link; again is the same. PeerFault(token_*, not_found), Outage."""
        wanted = self._links.confirmation(signed)
        contact = await self._contacts.confirm(wanted.contact, self._now_ms())
        if contact is None or contact.event != wanted.event:
            raise PeerFault(Reject.NOT_FOUND, "We don't keep this address (any more)", field="token")
        await self._changed(contact.event)
        return contact

    async def of_event(self, event: str, room: str) -> list[Listed]:
        """Everyone to be told of `event`, with their personal links into `room`. Raises Outage."""
        contacts = await self._contacts.of_event(event, LISTED_MAX, self._unconfirmed_since_ms())
        listed: list[Listed] = []
        for first in range(0, len(contacts), SLICE):
            listed += [self._listed(contact, room) for contact in contacts[first : first + SLICE]]
            # Signing takes its time, and on this loop pictures wait to be passed on.
            await asyncio.sleep(0)
        return listed

    async def mark(self, event: str, room: str) -> str:
        """A short text that is another one once `of_event` would tell something else; signs nothing. Raises Outage."""
        found = await self._contacts.sum_of_event(event, self._unconfirmed_since_ms())
        return self._links.mark(f"{event}|{room}|{found}")

    def _listed(self, contact: ContactRow, room: str) -> Listed:
        if contact.confirmed_at_ms is None:
            return Listed(contact, self._links.confirm(Confirmation(contact.id, contact.event)), backup_url="")
        return Listed(contact, confirm_url="", backup_url=self._links.attendee_page(room, self._token(contact)))

    def _token(self, contact: ContactRow) -> str:
        return self._links.token(
            member=contact.member, name=contact.name or NAMELESS, role=Role(contact.role), event=contact.event
        )

    def _unconfirmed_since_ms(self) -> int:
        return self._now_ms() - CONFIRM_S * 1000

    def _now_ms(self) -> int:
        return int(self._clock() * 1000)
