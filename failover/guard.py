"""One failover process, put together: probes, directory, the events it guards, the record. It decides nothing itself;
the machines in `core` do. `failover.app` runs it alone, `liveserver.embedded` beside a gateway.
"""

import asyncio
import random
import time
from secrets import token_hex

import structlog
from prometheus_client import CollectorRegistry
from starlette.routing import BaseRoute

from broadcast.core.errors import Outage
from broadcast.log.port import Log
from broadcast.token import node_token
from failover.api import Answers
from failover.charges import Charges
from failover.chronicle import Chronicle
from failover.core.lease import LeasePolicy
from failover.directory import Directory
from failover.guarded import Equipment
from failover.lanes.outbox import OutboxLane
from failover.lanes.port import Lane
from failover.lanes.smtp import SmtpLane
from failover.metrics import Metrics
from failover.probes import FeedProbe
from failover.settings import GuardSettings
from failover.sources import Sources
from failover.stall import Stall
from failover.store.database import Database
from failover.store.record import Record
from failover.tasks import Tasks

TEND_EVERY_S = 2.0

log = structlog.get_logger(__name__)


class Guard:
    """Watches every event that the gateways name, and leads those whose lease it holds.

    `log` stays its owner's to close. `start` returns at once: what is not there yet is tried again in the background.
    Made inside a running loop. `lane` is for tests; it is otherwise the mail server of the settings, or the outbox.
    """

    def __init__(self, settings: GuardSettings, log: Log, *, lane: Lane | None = None) -> None:
        self._settings = settings
        self._database = Database(settings.database_url)
        self._record = Record(self._database)
        self._chronicle = Chronicle(self._record)
        self.registry = CollectorRegistry()
        self._metrics = Metrics(self.registry)
        self._stall = Stall()
        self._more = asyncio.Event()
        self._tasks = Tasks(self._died)
        self._directory = Directory(settings.gateways, self._token, self._more.set)
        sources = Sources()
        self._probes = [FeedProbe(url, self._token, sources, self._stall.late_s) for url in settings.media_nodes]
        equipment = Equipment(
            node=settings.node_id,
            holder=holder(settings.node_id),
            lease=LeasePolicy(ttl_s=settings.lease_ttl_s, margin_s=settings.lease_ttl_s / 6),
            log=log,
            book=self._record,
            chronicle=self._chronicle,
            lane=lane or _lane(settings),
            directory=self._directory,
            sources=sources,
            metrics=self._metrics,
        )
        self.charges = Charges(equipment, self._more.set)
        self._recorded = False
        self._record_fault = "not opened yet"
        self._fault = ""

    # ---- outside ----------------------------------------------------------------------------------------------------

    def routes(self) -> list[BaseRoute]:
        """`/failover/v1/…`: `incidents`, `mail`, `leader`, `plan/check`; all want a node token."""
        node = self._settings.node_id
        return Answers(self._settings.secret, node, self._record, self.leads, self.faulty_plans).routes()

    async def start(self) -> None:
        """Begin watching."""
        self._directory.start()
        for probe in self._probes:
            probe.start()
        self._tasks.spawn(self._open_record())
        self._tasks.spawn(self._tend())

    async def close(self) -> None:
        """Give the leases back and end every task."""
        await self._tasks.cancel()
        await self.charges.close()
        for probe in self._probes:
            await probe.close()
        await self._directory.close()
        await self._chronicle.close()
        self._stall.close()
        await self._database.close()

    def ready(self) -> dict[str, str]:
        """What stands between this process and its work, by name (`record`, `media`, `gateways`, `guard`) and in words;
        empty when all is well."""
        amiss: dict[str, str] = {}
        if not self._recorded:
            amiss["record"] = self._record_fault
        elif self._chronicle.away:
            amiss["record"] = self._chronicle.away
        down = [probe.url for probe in self._probes if not probe.up]
        if down:
            amiss["media"] = "not reached: " + ", ".join(down)
        if not self._directory.answers():
            amiss["gateways"] = "none answers"
        if self._fault:
            amiss["guard"] = self._fault
        return amiss

    def leads(self) -> list[str]:
        """The events that this process leads now."""
        return self.charges.leads()

    def faulty_plans(self) -> dict[str, str]:
        """The events whose plan has faults and is replaced by the usual ladder, and what the first fault is."""
        return dict(self.charges.faulty)

    # ---- in the background ------------------------------------------------------------------------------------------

    async def _tend(self) -> None:
        while True:
            try:
                await self.charges.tend()
            except Exception:  # a bug: the next round is the next chance of every event
                log.exception("the events could not be tended")
                self._metrics.crashes.inc()
            self._metrics.leading.set(len(self.leads()))
            self._more.clear()
            try:
                async with asyncio.timeout(TEND_EVERY_S):
                    await self._more.wait()
            except TimeoutError:
                continue

    async def _open_record(self) -> None:
        while not self._recorded:
            try:
                await self._database.open()
            except Outage as outage:
                self._record_fault = str(outage)
                log.warning("the record cannot be opened", why=str(outage))
                await asyncio.sleep(1.0 + random.random())  # noqa: S311  # jitter
            else:
                self._recorded = True
                self._chronicle.start()

    def _died(self, fault: BaseException) -> None:
        log.error("a task of the guard died", exc_info=fault)
        self._metrics.crashes.inc()
        self._fault = f"a task died: {type(fault).__name__}"

    def _token(self) -> str:
        return node_token(self._settings.node_id, self._settings.secret, time.time())


def holder(node: str) -> str:
    """A name for one process among all that are called `node`: two that share a lease would both lead."""
    return f"{node}#{token_hex(4)}"


def _lane(settings: GuardSettings) -> Lane:
    if settings.mail_server is None:
        return OutboxLane()
    return SmtpLane(settings.mail_server, settings.mail_from)
