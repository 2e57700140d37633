"""Serves the built pages and what they load, with the headers that keep other people's scripts out. It renders nothing
for anyone in particular: who is looking is the page's own affair. `app` mounts it.
"""

from pathlib import Path
from typing import Final, Protocol

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from broadcast.core.errors import Outage, PeerFault
from liveserver.api.words import STYLE, page_of_words
from liveserver.store.event import EventRow

STATIC: Final = Path(__file__).parent.parent / "static"
NOT_BUILT: Final = "The pages are not built yet: run `make pages` in the project's folder, then reload."
_FOREVER: Final = "public, max-age=31536000, immutable"


class Events(Protocol):
    """Who knows events."""

    async def find(self, asked: str) -> EventRow: ...


class Assets(StaticFiles):
    """Built files. Those whose names carry a hash of their content are kept by caches for good."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        if path.endswith(".html"):
            raise HTTPException(404)
        response = await super().get_response(path, scope)
        hashed = path.startswith("assets/") and response.status_code in (200, 206, 304)
        response.headers["cache-control"] = _FOREVER if hashed else "no-cache"
        return response


class Pages:
    """`/`, `/e/{event}`, `/studio/{event}`, `/desk/{event}`, `/ops`, and `/static/`."""

    def __init__(self, events: Events, *, static: Path = STATIC) -> None:
        self._events = events
        self._static = static

    def routes(self) -> list[BaseRoute]:
        """The pages' routes."""
        return [
            Route("/", self.home, methods=["GET"]),
            Route("/e/{event}", self.attendee, methods=["GET"]),
            Route("/studio/{event}", self.studio, methods=["GET"]),
            Route("/desk/{event}", self.desk, methods=["GET"]),
            Route("/ops", self.ops, methods=["GET"]),
            Route("/favicon.ico", self.icon, methods=["GET"]),
            Route("/words.css", self.style, methods=["GET"]),
            Mount("/static", Assets(directory=self._static, check_dir=False)),
        ]

    async def home(self, _request: Request) -> Response:
        """What this is."""
        return page_of_words(
            200,
            "A live-event server",
            "Rooms where a host is seen and heard, and people chat, tip and ask; and what happens when something "
            "breaks was planned beforehand. You reach an event by its own link.",
            ("/ops", "For operators"),
            ("/api/openapi.json", "The API, as OpenAPI"),
            ("/readyz", "Is it well?"),
        )

    async def attendee(self, request: Request) -> Response:
        """The attendee's page."""
        return await self._page("attendee", request.path_params["event"])

    async def studio(self, request: Request) -> Response:
        """The host's page."""
        return await self._page("studio", request.path_params["event"])

    async def desk(self, request: Request) -> Response:
        """The moderators' page."""
        return await self._page("desk", request.path_params["event"])

    async def ops(self, _request: Request) -> Response:
        """The operator's page."""
        return self._built("ops")

    async def icon(self, _request: Request) -> Response:
        """The browser asks for one by itself."""
        icon = self._static / "icon.svg"
        if not icon.is_file():
            return Response(status_code=204)
        return FileResponse(icon, headers={"cache-control": "no-cache"})

    async def style(self, _request: Request) -> Response:
        """How pages of words look."""
        return PlainTextResponse(STYLE, media_type="text/css", headers={"cache-control": "no-cache"})

    async def _page(self, name: str, event: str) -> Response:
        try:
            await self._events.find(event)
        except PeerFault:
            return page_of_words(404, "There is no such event", "Look at the link again: perhaps a part is missing.")
        except Outage:
            # The page itself needs no record: it says what is away, and goes on where the event is live already.
            pass
        return self._built(name)

    def _built(self, name: str) -> Response:
        page = self._static / f"{name}.html"
        if not page.is_file():
            return page_of_words(503, "Almost there", NOT_BUILT)
        return FileResponse(page, headers={"cache-control": "no-cache"})
