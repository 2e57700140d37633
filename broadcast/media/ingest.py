"""The WHIP endpoint (RFC 9725): takes publishers in, refuses by name, and knows who publishes what.

It never touches media and keeps no source alive: a publication ends by its own `life`. Starlette drives it with
requests, the node with time.
"""

import asyncio
import secrets
import time
from collections.abc import Callable
from typing import Any, Final

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from broadcast.core.entries import Role
from broadcast.core.position import RoomId, event_of, is_room_id
from broadcast.media.hub import Hub, Live, Name
from broadcast.media.life import is_taken
from broadcast.media.publication import Publication, Watcher
from broadcast.media.refusal import Refusal, grant_of
from broadcast.media.sdp import BadOffer, read_offer
from broadcast.settings import MediaSettings
from broadcast.token import ANY_EVENT

BODY_MAX_BYTES: Final = 64 * 1024
BODY_S: Final = 10.0
SOURCES: Final = ("main", "standby")
_SDP: Final = "application/sdp"


class Ingest:
    """Everyone who publishes here. `on_answer` counts answers: the status's code name, or `created`."""

    def __init__(
        self,
        settings: MediaSettings,
        hub: Hub,
        watcher: Watcher,
        *,
        clock: Callable[[], float],
        on_answer: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._hub = hub
        self._watcher = watcher
        self._clock = clock
        self._on_answer = on_answer
        self._log = structlog.get_logger(__name__)
        self.publications: dict[Name, Publication] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._closed = False

    def routes(self) -> list[Route]:
        """The routes, to be mounted at the root of an application."""
        return [
            Route("/whip/{room}/{source}", self._endpoint, methods=["POST", "OPTIONS"]),
            Route("/whip/{room}/{source}/{session}", self._resource, methods=["DELETE", "OPTIONS"]),
        ]

    async def tick(self, now: float) -> None:
        """Four times a second."""
        for publication in list(self.publications.values()):
            await publication.tick(now)

    async def close(self) -> None:
        """End every publication, and wait for its peer to be closed."""
        self._closed = True
        for publication in list(self.publications.values()):
            publication.end("node_closing")
        await asyncio.gather(*self._closing, return_exceptions=True)

    # ---- requests ---------------------------------------------------------------------------------------------------

    async def _endpoint(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return self._preflight(request, "POST, OPTIONS")
        return await self._guarded(request, self._publish)

    async def _resource(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return self._preflight(request, "DELETE, OPTIONS")
        return await self._guarded(request, self._end)

    async def _guarded(self, request: Request, answer: Callable[[Request], Any]) -> Response:
        try:
            response: Response = await answer(request)
            code = "created" if response.status_code == 201 else "ended"
        except Refusal as refusal:
            response = JSONResponse(refusal.body(), status_code=refusal.status, headers=refusal.headers)
            code = refusal.code
        self._on_answer(code)
        self._add_cors(request, response)
        return response

    async def _publish(self, request: Request) -> Response:
        name = self._authorized(request)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _SDP:
            raise Refusal(415, "unsupported_media_type", f"Send the offer as {_SDP}", field="content-type")
        try:
            offer = read_offer(await _body(request))
        except BadOffer as fault:
            raise Refusal(400, "bad_offer", str(fault), field="body") from None
        self._make_room(name)
        live = Live(*name, secrets.token_hex(16), time.time_ns() // 1_000_000, refresh=_nothing)
        publication = Publication(
            live,
            self._hub,
            self._watcher,
            bitrate_max_bps=self._settings.bitrate_max_bps,
            clock=self._clock,
            on_over=self._over,
        )
        self.publications[name] = publication
        try:
            answer = await publication.open(offer, self._settings.address)
        except BadOffer as fault:
            self._drop(publication)
            raise Refusal(400, "bad_offer", str(fault), field="body") from None
        except BaseException:
            self._drop(publication)
            raise
        if self._closed or self.publications.get(name) is not publication:
            publication.end("replaced")
            raise _node_closing() if self._closed else _taken()
        self._log.info("publisher answered", room=name[0], source=name[1], session=live.session)
        return Response(answer, status_code=201, media_type=_SDP, headers={"Location": self._location(live)})

    async def _end(self, request: Request) -> Response:
        name = self._authorized(request)
        publication = self.publications.get(name)
        if publication is None or publication.live.session != request.path_params["session"]:
            raise Refusal(404, "unknown_session", "Nobody publishes under this address any more", field="session")
        publication.end("ended")
        return Response(status_code=200)

    # ---- who may, and whether there is room -------------------------------------------------------------------------

    def _authorized(self, request: Request) -> Name:
        grant = grant_of(request.headers.get("authorization"), self._settings.secret)
        room, source = request.path_params["room"], request.path_params["source"]
        if not is_room_id(room):
            raise Refusal(404, "unknown_source", "No room is called that", field="room")
        if source not in SOURCES:
            raise Refusal(404, "unknown_source", f"Sources are {' and '.join(SOURCES)}", field="source")
        if grant.role not in (Role.PUBLISHER, Role.HOST):
            raise Refusal(403, "forbidden", "This token does not allow publishing", field="token")
        if grant.event not in (ANY_EVENT, event_of(RoomId(room))):
            raise Refusal(403, "forbidden", "This token is for another event", field="token")
        if grant.role is Role.PUBLISHER and grant.source != source:
            raise Refusal(403, "forbidden", "This token is for another source", field="token")
        if grant.room not in (None, room):
            raise Refusal(403, "forbidden", "This token is for another room", field="token")
        return (room, source)

    def _make_room(self, name: Name) -> None:
        if self._closed:
            raise _node_closing()
        present = self.publications.get(name)
        if present is not None:
            if is_taken(present.heard_at(), self._clock()):
                raise _taken()
            present.end("replaced")
            self._drop(present)
        if len(self.publications) >= self._settings.sources_max:
            reason = "This node takes no more sources; try another"
            raise Refusal(503, "too_many_sources", reason, headers={"Retry-After": "5"})

    def _over(self, publication: Publication, reason: str) -> None:
        self._drop(publication)

    def _drop(self, publication: Publication) -> None:
        """Free the publication's place, and close its peer meanwhile."""
        if self.publications.get(publication.live.name) is not publication:
            return
        del self.publications[publication.live.name]
        task = asyncio.create_task(publication.close(), name=f"close {publication.live.session}")
        self._closing.add(task)
        task.add_done_callback(self._closed_one)

    def _closed_one(self, task: asyncio.Task[None]) -> None:
        self._closing.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            self._log.error("a peer did not close cleanly", fault=repr(fault))

    def _location(self, live: Live) -> str:
        return f"{self._settings.public_url}/whip/{live.room}/{live.source}/{live.session}"

    # ---- pages of other origins -------------------------------------------------------------------------------------

    def _preflight(self, request: Request, methods: str) -> Response:
        origin = request.headers.get("origin", "")
        if not self._settings.origins.allow(origin):
            return Response(status_code=403)
        response = Response(status_code=204)
        response.headers["Access-Control-Allow-Methods"] = methods
        response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        response.headers["Access-Control-Max-Age"] = "600"
        if request.headers.get("access-control-request-private-network") == "true":
            response.headers["Access-Control-Allow-Private-Network"] = "true"
        self._add_cors(request, response)
        return response

    def _add_cors(self, request: Request, response: Response) -> None:
        origin = request.headers.get("origin", "")
        response.headers["Vary"] = "Origin"
        if self._settings.origins.allow(origin):
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = "Location, Retry-After"


async def _body(request: Request) -> bytes:
    """The request's body; Refusal beyond `BODY_MAX_BYTES`, or where it does not come."""
    length = request.headers.get("content-length", "0")
    if length.isdigit() and int(length) > BODY_MAX_BYTES:
        raise _too_large()
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > BODY_MAX_BYTES:
                    raise _too_large()
    except TimeoutError:
        raise Refusal(400, "bad_offer", "The offer did not come", field="body") from None
    return bytes(body)


def _node_closing() -> Refusal:
    return Refusal(503, "node_closing", "This node is closing; try another", headers={"Retry-After": "1"})


def _taken() -> Refusal:
    reason = "Somebody publishes this source and is not silent"
    return Refusal(409, "source_taken", reason, field="source", headers={"Retry-After": "1"})


def _too_large() -> Refusal:
    return Refusal(413, "too_large", f"An offer has at most {BODY_MAX_BYTES} bytes", field="body")


def _nothing() -> None:
    """Asks nobody: until a publication has taken the source in hand."""
