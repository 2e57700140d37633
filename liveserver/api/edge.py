"""What every answer of a gateway has in common: the headers that keep strangers' scripts, frames and origins out, and
faults in words or JSON. It looks at no token and no body. `app` and `embedded` wrap their routes in it.
"""

from collections.abc import Sequence
from typing import Final

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from broadcast.settings import Origins
from liveserver.api.answer import refusal
from liveserver.api.words import page_of_words

# Gateways and media nodes are other origins, so `connect-src` is wide; nothing else is. Frames: an embedding page has
# to be named, as an allowed origin.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; worker-src 'self' blob:; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; font-src 'self'; manifest-src 'self'; connect-src 'self' ws: wss: http: https:; "
    "base-uri 'none'; form-action 'self'; object-src 'none'"
)
_CODES: Final = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}
_CORS_PATHS: Final = ("/api/", "/healthz", "/readyz")


def joined(routes: Sequence[BaseRoute], origins: Origins) -> Starlette:
    """One application of `routes`, behind the edge."""
    app = Starlette(
        routes=list(routes),
        middleware=[Middleware(Edge, origins=origins)],
        exception_handlers={HTTPException: _refused, Exception: _failed},
    )
    # One thing has one address.
    app.router.redirect_slashes = False
    return app


class Edge:
    """ASGI middleware: headers on every HTTP answer, and CORS for the API."""

    def __init__(self, app: ASGIApp, origins: Origins) -> None:
        self._app = app
        self._origins = origins
        framers = " ".join(["'self'", *sorted(origins.named)])
        self._always = {
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
            "cross-origin-opener-policy": "same-origin",
            "permissions-policy": "camera=(self), microphone=(self), display-capture=(self), geolocation=()",
            "content-security-policy": f"{POLICY}; frame-ancestors {framers}",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        origin = Headers(scope=scope).get("origin", "")
        cors = bool(origin) and scope["path"].startswith(_CORS_PATHS)
        allowed = cors and self._origins.allow(origin.lower())

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._always.items():
                    headers.setdefault(name, value)
                if cors:
                    headers.add_vary_header("Origin")
                if allowed:
                    headers["access-control-allow-origin"] = origin
            await send(message)

        if allowed and scope["method"] == "OPTIONS":
            await _preflight()(scope, receive, headed)
            return
        await self._app(scope, receive, headed)


def _preflight() -> Response:
    return Response(
        status_code=204,
        headers={
            "access-control-allow-methods": "GET, POST, OPTIONS",
            "access-control-allow-headers": "authorization, content-type",
            "access-control-max-age": "600",
        },
    )


async def _refused(request: Request, fault: Exception) -> Response:
    status = fault.status_code if isinstance(fault, HTTPException) else 500
    if request.url.path.startswith("/api/"):
        reason = "There is nothing here" if status == 404 else str(getattr(fault, "detail", "")) or "Refused"
        return refusal(status, _CODES.get(status, "refused"), reason)
    if status == 404:
        return page_of_words(404, "There is nothing here", "Look at the link again: perhaps a part is missing.")
    return page_of_words(status, "That did not work", str(getattr(fault, "detail", ""))[:200])


async def _failed(request: Request, _fault: Exception) -> Response:
    reason = "Something is wrong on our side; it has been noted"
    if request.url.path.startswith("/api/"):
        return refusal(500, "failed", reason)
    return page_of_words(500, "That did not work", reason)
