"""The whole deployment in one process: gateway, media node and guard on one port, a log in memory (or on Redis, where
`REDIS_URL` says so), records in a SQLite file. It is the same code as several processes run, joined here and nowhere
else; they still speak to one another over HTTP and WebSocket. `liveserver up` and `liveserver demo` run it.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from starlette.applications import Starlette

from broadcast.core.errors import SettingsError
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


@dataclass(frozen=True, slots=True)
class EmbeddedSettings:
    """The settings of three processes in one."""

    gateway: GatewaySettings
    media: MediaSettings
    guard: GuardSettings

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self:
        """The settings in `environ`: whatever names another node may be left out, and is this process. SettingsError
        names every fault of the gateway's, or else of the others'."""
        gateway = GatewaySettings.read(environ, alone=True)
        alone = {
            "PORT": str(gateway.port),
            "PUBLIC_URL": gateway.public_url,
            "MEDIA_NODES": gateway.public_url,
            "GATEWAYS": gateway.public_url,
            "REDIS_URL": "redis://not-asked",
            "DATABASE_URL": gateway.database_url,
            **{name: value for name, value in environ.items() if value},
        }
        faults: list[str] = []
        try:
            media = MediaSettings.read(alone)
        except SettingsError as error:
            faults += error.faults
        try:
            guard = GuardSettings.read(alone)
        except SettingsError as error:
            faults += [fault for fault in error.faults if fault not in faults]
        if faults:
            raise SettingsError(faults)
        return cls(gateway, media, guard)


class Embedded:
    """Three processes' parts, in one. Made inside a running loop."""

    def __init__(self, settings: EmbeddedSettings) -> None:
        redis_url = settings.gateway.redis_url
        self.log: Log = RedisLog.connect(redis_url) if redis_url else MemoryLog()
        self.gateway = GatewayProcess(settings.gateway, self.log)
        self.media = MediaNode(settings.media)
        self.guard = Guard(settings.guard, self.log)
        self.gateway.look("media", lambda: (self.media.ready(), "its clockwork stands still"))
        self.gateway.look("guard", self._guard_ready)
        self._origins = settings.gateway.origins

    def app(self) -> Starlette:
        """Everything on one port. Where two answer one path (`/healthz`), the gateway does."""
        routes = [
            *self.gateway.routes(self.media.registry, self.guard.registry),
            *self.media.routes(),
            *self.guard.routes(),
        ]
        return joined(routes, self._origins)

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

    def _guard_ready(self) -> tuple[bool, str]:
        amiss = self.guard.ready()
        return not amiss, "; ".join(f"{name}: {why}" for name, why in amiss.items())[:300]
