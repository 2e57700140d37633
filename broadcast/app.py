"""The media node as an application of its own: its routes, and what an orchestrator asks (health, readiness, metrics).

It joins and decides nothing. uvicorn drives it (see `cli`); `create` is the factory.
"""

import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from broadcast.media.node import MediaNode
from broadcast.settings import MediaSettings


def configure_logging(level: str) -> None:
    """One line of JSON per event on standard error, from `level` up; libraries' warnings likewise."""
    number = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(format="%(message)s", level=max(number, logging.WARNING))
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def create(settings: MediaSettings) -> Starlette:
    """The application. Its node is made when it starts, and is `app.state.node` then."""
    registry = CollectorRegistry()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        node = MediaNode(settings, registry)
        app.router.routes.extend(node.routes())
        app.state.node = node
        await node.start()
        try:
            yield
        finally:
            await node.close()

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(request: Request) -> Response:
        ready = request.app.state.node.ready()
        return JSONResponse({"ready": ready, "node": settings.node_id}, status_code=200 if ready else 503)

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    routes = [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
    return Starlette(routes=routes, lifespan=lifespan)
