"""The gateway's process, put together: sockets, pages, API, ledger, records. It decides nothing itself, and knows its
neighbours (media nodes, guards, other gateways) by their urls alone. `cli` runs it; `embedded` puts it beside others.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import structlog
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from broadcast.core.errors import Outage
from broadcast.core.passing import ContactChanged
from broadcast.core.position import RoomId, staff_log
from broadcast.log.port import Log
from broadcast.log.redis import RedisLog
from liveserver.api.access import Access
from liveserver.api.contacts import TIMES, WINDOW_S, ContactResource
from liveserver.api.edge import joined
from liveserver.api.events import EventResource
from liveserver.api.guards import Guards
from liveserver.api.health import Health, Look
from liveserver.api.nodes import NodeResource
from liveserver.api.openapi import OpenApi
from liveserver.api.ops import NodeRole, OpsResource
from liveserver.api.pages import Pages
from liveserver.api.rooms import Rooms
from liveserver.doors import open_doors
from liveserver.gateway.gateway import Gateway
from liveserver.gateway.knobs import Knobs
from liveserver.money.ledger import Ledger
from liveserver.money.outbox import Outbox
from liveserver.money.sandbox import SandboxLane
from liveserver.money.sweep import Sweep
from liveserver.people.contacts import ContactBook
from liveserver.people.directory import RecordDirectory
from liveserver.people.links import Links
from liveserver.people.rate import Rate
from liveserver.settings import GatewaySettings
from liveserver.store.contact import ContactStore
from liveserver.store.database import Database
from liveserver.store.event import EventStore
from liveserver.store.tip import TipStore

_log = structlog.get_logger("liveserver")


class GatewayProcess:
    """One gateway. `log` stays its owner's to close."""

    def __init__(self, settings: GatewaySettings, log: Log) -> None:
        self.settings = settings
        self._log = log
        self.database = Database(settings.database_url)
        self.links = Links(settings.secret, settings.public_url)
        self.events = EventStore(self.database)
        tips = TipStore(self.database)
        self._outbox = Outbox(tips, log)
        ledger = Ledger(tips, SandboxLane(self.database), self._outbox)
        self._sweep = Sweep(tips, ledger)
        self.gateway = Gateway(log=log, directory=RecordDirectory(self.events), payments=ledger, knobs=_knobs(settings))
        self.health = Health({"log": log.check, "record": self.database.check}, {"gateway": self.gateway.ready})
        self._book = ContactBook(ContactStore(self.database), self.links, self._contacts_changed)
        self._contacts_rate = Rate(TIMES, WINDOW_S)
        self._guards = Guards(settings.failover_nodes, self.links, settings.node_id)
        self._ops: OpsResource | None = None

    def routes(self, *registries: CollectorRegistry) -> list[BaseRoute]:
        """Everything that a gateway answers, but for the sockets. `/metrics` has what is in `registries`, too."""
        settings, access = self.settings, Access(self.settings.secret)
        rooms = Rooms(self._log, settings.node_id)
        mine_first = [settings.public_url, *(url for url in settings.gateways if url != settings.public_url)]
        events = EventResource(
            self.events,
            rooms,
            access,
            self.links,
            self._guards,
            partial(open_doors, self._log),
            gateways=mine_first,
            media_nodes=settings.media_nodes,
        )
        self._ops = OpsResource(self.events, rooms, access, self._guards, nodes=_nodes(settings, mine_first))
        base_url = settings.gateways[0] if settings.gateways else settings.public_url
        return [
            *self.health.routes(*registries),
            *events.routes(),
            *ContactResource(self._book, events, access, self._contacts_rate).routes(),
            *NodeResource(self.events, self._book, access, base_url=base_url).routes(),
            *self._ops.routes(),
            *OpenApi().routes(),
            *Pages(events).routes(),
        ]

    def app(self) -> Starlette:
        """The process's application."""
        return joined(self.routes(), self.settings.origins)

    def ws_class(self) -> type[asyncio.Protocol]:
        """What uvicorn takes for WebSockets."""
        return self.gateway.ws_class()

    def look(self, name: str, look: Look) -> None:
        """Make `look` a part of this process's readiness."""
        self.health.look(name, look)

    async def start(self) -> None:
        """Begin. What is away is tried again in the background, and said by readiness."""
        try:
            await self.database.open()
        except Outage as outage:
            _log.warning("record_away_at_start", fault=str(outage))
        for part in (self.gateway, self._outbox, self._sweep, self.health):
            await part.start()

    async def drain(self, window_s: float) -> None:
        """Send everyone elsewhere, over `window_s`."""
        self.health.drain()
        await self.gateway.drain(window_s)

    async def close(self) -> None:
        """End every part, the one that others need last."""
        parts: Sequence[Callable[[], Awaitable[None]]] = (
            self.health.close,
            self.gateway.close,
            self._sweep.close,
            self._outbox.close,
            *([self._ops.close] if self._ops else []),
            self._guards.close,
            self.database.close,
        )
        for close in parts:
            await close()

    async def _contacts_changed(self, event: str) -> None:
        # The guards look by themselves every two seconds; this only makes them look sooner.
        try:
            await self._log.publish(staff_log(RoomId(event)), ContactChanged(event=event))
        except Outage as outage:
            _log.info("contact_not_published", event_id=event, fault=str(outage))


class StandaloneGateway(GatewayProcess):
    """A gateway that owns its log."""

    async def close(self) -> None:
        """End every part, and the log."""
        await super().close()
        await self._log.close()


def create(settings: GatewaySettings) -> StandaloneGateway:
    """The gateway's process, on Redis. Nothing is connected yet."""
    if settings.redis_url is None:
        raise ValueError("a gateway of its own needs Redis")
    return StandaloneGateway(settings, RedisLog.connect(settings.redis_url))


def _knobs(settings: GatewaySettings) -> Knobs:
    return Knobs(
        node_id=settings.node_id,
        secret=settings.secret,
        public_url=settings.public_url,
        origins=settings.origins.joined((settings.public_url, *settings.gateways)),
        media_nodes=settings.media_nodes,
        gateways=settings.gateways,
    )


def _nodes(settings: GatewaySettings, gateways: Sequence[str]) -> list[tuple[NodeRole, str]]:
    nodes: list[tuple[NodeRole, str]] = [("gateway", url) for url in gateways]
    nodes += [("media", url) for url in settings.media_nodes]
    nodes += [("failover", url) for url in settings.failover_nodes]
    return nodes
