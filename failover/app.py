"""The guard as a process of its own: its log, its routes, and what an orchestrator asks (health, readiness, metrics).
It joins and decides nothing. uvicorn drives it (see `cli`); `create` is the factory.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from broadcast.log.port import Log
from broadcast.log.redis import RedisLog
from failover.guard import Guard
from failover.settings import GuardSettings


def redis_log(settings: GuardSettings) -> Log:
    """The log that the gateways use too."""
    assert settings.redis_url is not None, "a guard of its own needs REDIS_URL"
    return RedisLog.connect(settings.redis_url)


def create(settings: GuardSettings, make_log: Callable[[GuardSettings], Log] = redis_log) -> Starlette:
    """The application. Its guard is made when it starts, and is `app.state.guard` then."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        log = make_log(settings)
        guard = Guard(settings, log)
        app.router.routes.extend(guard.routes())
        app.state.guard = guard
        await guard.start()
        try:
            yield
        finally:
            await guard.close()
            await log.close()

    return Starlette(
        routes=[Route("/healthz", _healthz), Route("/readyz", _readyz), Route("/metrics", _metrics)], lifespan=lifespan
    )


async def _healthz(_: Request) -> Response:
    return PlainTextResponse("ok\n")


async def _readyz(request: Request) -> Response:
    amiss = request.app.state.guard.ready()
    return JSONResponse({"ready": not amiss, "detail": amiss}, status_code=503 if amiss else 200)


async def _metrics(request: Request) -> Response:
    return Response(generate_latest(request.app.state.guard.registry), media_type=CONTENT_TYPE_LATEST)
