"""What the guards ask of a gateway: which events there are, and whom to tell. Only programs of this deployment are
answered; nothing is changed. `app` mounts it.
"""

from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from broadcast.core.entries import Role
from liveserver import plan
from liveserver.api.access import Access
from liveserver.api.answer import answer, guarded
from liveserver.api.schema import NodeContact, NodeContacts, NodeEvent, NodeEvents
from liveserver.people.contacts import Listed
from liveserver.store.event import EventRow

EVENTS_MAX = 1_000


class Events(Protocol):
    """The events that are kept."""

    async def find(self, event: str) -> EventRow | None: ...

    async def newest(self, limit: int) -> list[EventRow]: ...


class Book(Protocol):
    """Who keeps contacts."""

    async def of_event(self, event: str, room: str) -> list[Listed]: ...

    async def mark(self, event: str, room: str) -> str: ...


class NodeResource:
    """`/api/v1/node/…`."""

    def __init__(self, events: Events, book: Book, access: Access, *, base_url: str) -> None:
        self._events = events
        self._book = book
        self._access = access
        self._base_url = base_url

    def routes(self) -> list[BaseRoute]:
        """The resource's routes."""
        return [
            Route("/api/v1/node/events", guarded(self.events), methods=["GET"]),
            Route("/api/v1/node/events/{event}/contacts", guarded(self.contacts), methods=["GET"]),
        ]

    async def events(self, request: Request) -> Response:
        """Every event, with its plan."""
        self._access.need(request, Role.NODE)
        return answer(NodeEvents([self._event(row) for row in await self._events.newest(EVENTS_MAX)]))

    async def contacts(self, request: Request) -> Response:
        """Everyone who left an address with the event, with their personal links. Guards ask every two seconds: who
        names the newest answer's tag is told that it still holds, and nothing is listed or signed."""
        self._access.need(request, Role.NODE)
        row = await self._events.find(request.path_params["event"])
        if row is None:
            return answer(NodeContacts([]), 404)
        room = plan.outline(row.id, row.plan).backup_room or row.id
        # The mark is taken first: what changes while the list is made shows in the next one.
        tag = f'"{await self._book.mark(row.id, room)}"'
        headers = {"etag": f"W/{tag}"}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        listed = await self._book.of_event(row.id, room)
        return answer(NodeContacts([_contact(each) for each in listed]), headers=headers)

    def _event(self, row: EventRow) -> NodeEvent:
        return NodeEvent(
            id=row.id,
            title=row.title,
            host=row.host,
            room=row.id,
            backup_room=plan.outline(row.id, row.plan).backup_room,
            plan=row.plan,
            base_url=self._base_url,
            starts_at_ms=row.starts_at_ms,
        )


def _contact(listed: Listed) -> NodeContact:
    contact = listed.contact
    return NodeContact(
        id=contact.id,
        address=contact.address,
        name=contact.name,
        confirmed=contact.confirmed_at_ms is not None,
        confirm_url=listed.confirm_url,
        backup_url=listed.backup_url,
        language=contact.language,
    )
