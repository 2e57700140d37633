"""The media node as an application of its own: its routes, and what an orchestrator asks (health, readiness, metrics).

It joins and decides nothing. uvicorn drives it (see `cli`); `create` is the factory.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from broadcast.media.node import MediaNode
from broadcast.settings import MediaSettings


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
