"""The whole deployment in one process: gateway, media node and guard on one port, a log in memory (or on Redis, where
`REDIS_URL` says so), records in a SQLite file. It is the same code as several processes run, joined here and nowhere
else; they still speak to one another over HTTP and WebSocket. `liveserver up` and `liveserver demo` run it.
"""

import asyncio
from collections.abc import Mapping
from typing import Self

from starlette.applications import Starlette

from broadcast.log.memory import MemoryLog
from broadcast.log.port import Log
from broadcast.log.redis import RedisLog
from broadcast.media.node import MediaNode
from broadcast.settings import MediaSettings
from failover.guard import Guard
from failover.settings import GuardSettings
from liveserver.api.edge import joined
from liveserver.app import GatewayProcess
from liveserver.settings import GatewaySettings


class Embedded:
    """Three processes' parts, in one."""

    def __init__(self, settings: GatewaySettings, media: MediaSettings, guard: GuardSettings) -> None:
        self.log: Log = RedisLog.connect(settings.redis_url) if settings.redis_url else MemoryLog()
        self.gateway = GatewayProcess(settings, self.log)
        self.media = MediaNode(media)
        self.guard = Guard(guard, self.log)
        self.gateway.look("media", lambda: (self.media.ready(), "its clockwork stands still"))
        self.gateway.look("guard", self._guard_ready)
        self._settings = settings

    def app(self) -> Starlette:
        """Everything on one port. Where two answer one path (`/healthz`), the gateway does."""
        routes = [*self.gateway.routes(self.media.registry), *self.media.routes(), *self.guard.routes()]
        return joined(routes, self._settings.origins)

    def ws_class(self) -> type[asyncio.Protocol]:
        """What uvicorn takes for WebSockets."""
        return self.gateway.ws_class()

    async def start(self) -> None:
        """Begin, media first: the others look for it at once."""
        for part in (self.media, self.gateway, self.guard):
            await part.start()

    async def drain(self, window_s: float) -> None:
        """Send everyone elsewhere, over `window_s`."""
        await self.gateway.drain(window_s)

    async def close(self) -> None:
        """End every part, the log last."""
        for part in (self.guard, self.gateway, self.media, self.log):
            await part.close()

    @classmethod
    def create(cls, environ: Mapping[str, str]) -> Self:
        """The deployment that `environ` describes: whatever names another node may be left out, and is this process.
        Made inside a running loop. SettingsError names every fault."""
        gateway = GatewaySettings.read(environ, alone=True)
        url = gateway.public_url
        alone = {
            "PORT": str(gateway.port),
            "PUBLIC_URL": url,
            "MEDIA_NODES": url,
            "GATEWAYS": url,
            "REDIS_URL": "redis://not-asked",
            "DATABASE_URL": gateway.database_url,
            **{name: value for name, value in environ.items() if value},
        }
        return cls(gateway, MediaSettings.read(alone), GuardSettings.read(alone))

    def _guard_ready(self) -> tuple[bool, str]:
        amiss = self.guard.ready()
        return not amiss, "; ".join(f"{name}: {why}" for name, why in amiss.items())[:300]
