"""The media node as one piece: WHIP in, /feeds out, its clockwork, its health; to be mounted in any Starlette app.

It joins its parts and decides nothing. `broadcast.app` runs it alone; `liveserver.embedded` mounts the same routes.
"""

import asyncio
from contextlib import suppress
from typing import Final

import structlog
from prometheus_client import CollectorRegistry
from starlette.routing import BaseRoute

from broadcast.media.hub import Hub
from broadcast.media.ingest import Ingest
from broadcast.media.metrics import Metrics
from broadcast.media.serve import Serve
from broadcast.media.watch import Blind, Watch
from broadcast.settings import MediaSettings

TICK_MS: Final = 500
SAMPLE_S: Final = 0.25
LATE_S: Final = 2.0

log = structlog.get_logger(__name__)


class MediaNode:
    """Made inside a running loop; `start`, serve `routes()`, `close`. `registry` is where its metrics are registered
    (None: a registry of its own)."""

    def __init__(self, settings: MediaSettings, registry: CollectorRegistry | None = None) -> None:
        self._clock = asyncio.get_running_loop().time
        self.registry = registry if registry is not None else CollectorRegistry()
        self.hub = Hub(settings.node_id, TICK_MS, self._clock)
        self._metrics = Metrics(self.registry, self._gauges)
        self._watch = Watch() if settings.watch else Blind()
        self.ingest = Ingest(
            settings,
            self.hub,
            self._watch,
            clock=self._clock,
            on_answer=lambda code: self._metrics.whip.labels(code).inc(),
        )
        self._serve = Serve(
            self.hub,
            settings.secret,
            tick_s=TICK_MS / 1000,
            clock=self._clock,
            on_sent=self._metrics.latency.observe,
        )
        self._ticker: asyncio.Task[None] | None = None
        self._ticked_at = self._clock()

    def routes(self) -> list[BaseRoute]:
        """`/whip/…` and `/feeds`."""
        return [*self.ingest.routes(), *self._serve.routes()]

    async def start(self) -> None:
        """Begin ticking."""
        self._ticked_at = self._clock()
        self._ticker = asyncio.create_task(self._tick(), name="media node clockwork")

    async def close(self) -> None:
        """End every source, let every reader go, stop. Bounded in time."""
        self._serve.close()
        await self.ingest.close()
        if self._ticker is not None:
            self._ticker.cancel()
            with suppress(asyncio.CancelledError):
                await self._ticker
        await self._watch.close()

    def ready(self) -> bool:
        """Whether publishers and readers may come: the clockwork goes, and is not late."""
        ticking = self._ticker is not None and not self._ticker.done()
        return ticking and self._clock() - self._ticked_at < LATE_S

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(SAMPLE_S)
            now = self._ticked_at = self._clock()
            try:
                await self.ingest.tick(now)
            except Exception:
                # One publication's fault must not stop the clock of all the others.
                log.exception("a tick failed")

    def _gauges(self) -> dict[str, tuple[str, float]]:
        dropped = self.hub.dropped + sum(reader.backlog.dropped for reader in self.hub.readers)
        return {
            "broadcast_sources": ("Sources that are up", float(len(self.hub.live))),
            "broadcast_publishers": ("Publishers connected or connecting", float(len(self.ingest.publications))),
            "broadcast_readers": ("Gateways and controllers connected", float(len(self.hub.readers))),
            "broadcast_frames_dropped": ("Frames that lagging readers have lost", float(dropped)),
        }
