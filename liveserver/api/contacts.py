"""Contacts over HTTP: leaving an address with an event, and confirming it. Every answer is the same whether the address
was known or not; mail is the guards' affair. `app` mounts it.
"""

import time
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from broadcast.core.codes import Reject
from broadcast.core.errors import Outage, PeerFault
from broadcast.token import Grant
from liveserver.api.access import Access
from liveserver.api.answer import answer, body, guarded
from liveserver.api.schema import Accepted, NewContact
from liveserver.api.words import page_of_words
from liveserver.people.rate import Rate
from liveserver.store.contact import ContactRow
from liveserver.store.event import EventRow

TIMES = 10
WINDOW_S = 600.0


class Book(Protocol):
    """Who keeps contacts."""

    async def leave(
        self, event: str, address: str, name: str, *, consent: bool, language: str, who: Grant | None
    ) -> None: ...

    async def confirm(self, signed: str) -> ContactRow: ...


class Events(Protocol):
    """Who knows events."""

    async def find(self, asked: str) -> EventRow: ...


class ContactResource:
    """`/api/v1/events/{event}/contacts` and the confirmation link."""

    def __init__(self, book: Book, events: Events, access: Access, rate: Rate) -> None:
        self._book = book
        self._events = events
        self._access = access
        self._rate = rate

    def routes(self) -> list[BaseRoute]:
        """The resource's routes."""
        return [
            Route("/api/v1/events/{event}/contacts", guarded(self.leave), methods=["POST"]),
            Route("/api/v1/contacts/confirm", self.confirm, methods=["GET"]),
        ]

    async def leave(self, request: Request) -> Response:
        """Leave an address. 202: a mail with a confirmation link follows, if the address can be written to."""
        wanted = await body(request, NewContact)
        peer = request.client.host if request.client else "unknown"
        wait_s = self._rate.wait_s(peer, time.monotonic())
        if wait_s > 0:
            response = answer_too_often(wait_s)
            response.headers["retry-after"] = str(int(wait_s) + 1)
            return response
        event = await self._events.find(request.path_params["event"])
        who = self._access.read(wanted.token) if wanted.token else None
        await self._book.leave(
            event.id, wanted.address, wanted.name, consent=wanted.consent, language=wanted.language, who=who
        )
        return answer(Accepted(), 202)

    async def confirm(self, request: Request) -> Response:
        """Follow the link from the mail: a small page, in words."""
        try:
            contact = await self._book.confirm(request.query_params.get("token", "")[:2048])
        except PeerFault as fault:
            return page_of_words(410, "This link no longer works", f"{fault.reason}. Leave your address once more.")
        except Outage:
            return page_of_words(503, "Not just now", "We can't reach our records. Follow the link again in a minute.")
        return page_of_words(
            200,
            "You'll be told",
            f"If the event moves, we write to {contact.address}. You can close this page.",
            (f"/e/{contact.event}", "To the event"),
        )


def answer_too_often(wait_s: float) -> Response:
    """The answer to a peer who asks too often."""
    minutes = max(1, round(wait_s / 60))
    from_fault = PeerFault(Reject.RATE_LIMITED, f"That was often; try again in {minutes} min")
    return answer({"code": str(from_fault.code), "field": None, "reason": from_fault.reason}, 429)
