"""One failover process, put together: probes, directory, a controller per event, the notices, the record. It decides
nothing itself; the machines in `core` do. `failover.app` runs it alone, `liveserver.embedded` beside a gateway.
"""

import asyncio
import random
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

import structlog
from prometheus_client import CollectorRegistry
from starlette.routing import BaseRoute

from broadcast.core.entries import EventState, RungKind
from broadcast.core.errors import Outage
from broadcast.core.position import is_room_id
from broadcast.log.port import Log
from broadcast.token import node_token
from failover.api import Answers
from failover.chronicle import Chronicle
from failover.controller import Controller
from failover.core.decision import TellContacts
from failover.core.health import Verdict
from failover.core.lease import LeasePolicy
from failover.core.plan import WORDS, Plan, Rung
from failover.core.planfile import read_plan
from failover.directory import Directory, EventInfo
from failover.found import find
from failover.lanes.outbox import OutboxLane
from failover.lanes.port import Lane
from failover.lanes.smtp import SmtpLane
from failover.metrics import Metrics
from failover.notifier import Notifier
from failover.probes import FeedProbe, SampleSaid, SourceSaid
from failover.restart import Restarts
from failover.settings import GuardSettings
from failover.stall import Stall
from failover.store.database import Database
from failover.store.record import Record
from failover.term import Surroundings

TEND_EVERY_S = 2.0
ENDED_LOOK_EVERY_S = 30.0
EVENTS_MAX = 200
SESSIONS_MAX = 2_000

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Guarded:
    info: EventInfo
    plan: Plan
    controller: Controller
    notifier: Notifier


class Guard:
    """Watches every event that the gateways name, and leads those whose lease it holds.

    `log` stays its owner's to close. `start` returns at once: what is not there yet is tried again in the background.
    Made inside a running loop. `lane` is for tests; it is otherwise the mail server of the settings, or the outbox.
    """

    def __init__(self, settings: GuardSettings, log: Log, *, lane: Lane | None = None) -> None:
        self._settings = settings
        self._holder = holder(settings.node_id)
        self._log = log
        self._database = Database(settings.database_url)
        self._record = Record(self._database)
        self._chronicle = Chronicle(self._record)
        self._lane = lane or _lane(settings)
        self.registry = CollectorRegistry()
        self._metrics = Metrics(self.registry)
        self._stall = Stall()
        self._directory = Directory(settings.gateways, self._token, self._wake)
        self._probes = [FeedProbe(url, self._token, self, self._stall.late_s) for url in settings.media_nodes]
        self._sessions: dict[tuple[str, str, str], SourceSaid] = {}
        self._guarded: dict[str, _Guarded] = {}
        self._over: dict[str, float] = {}
        self._faulty: dict[str, str] = {}
        self._broken: set[str] = set()
        self._restarts = Restarts()
        self._alarm: asyncio.TimerHandle | None = None
        self._recorded = False
        self._record_fault = "not opened yet"
        self._more = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
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
        self._spawn(self._open_record())
        self._spawn(self._tend())

    async def close(self) -> None:
        """Give the leases back and end every task."""
        if self._alarm is not None:
            self._alarm.cancel()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        for guarded in list(self._guarded.values()):
            await self._leave(guarded)
        self._guarded.clear()
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
        return sorted(event for event, guarded in self._guarded.items() if guarded.controller.leads)

    def faulty_plans(self) -> dict[str, str]:
        """The events whose plan has faults and is replaced by the usual ladder, and what the first fault is."""
        return dict(self._faulty)

    # ---- what the media nodes say -----------------------------------------------------------------------------------

    def source_said(self, node: str, said: SourceSaid) -> None:
        """A source came or went."""
        key = (node, said.room, said.source)
        if said.state == "up" and (key in self._sessions or len(self._sessions) < SESSIONS_MAX):
            self._sessions[key] = said
        elif said.state == "down" and key in self._sessions and self._sessions[key].session == said.session:
            del self._sessions[key]
        guarded = self._guarded.get(said.room.partition(".")[0])
        if guarded is not None:
            guarded.controller.watch.source_said(node, said)

    def sampled(self, node: str, said: SampleSaid, late_s: float) -> None:
        """How a source is."""
        guarded = self._guarded.get(said.room.partition(".")[0])
        if guarded is not None:
            guarded.controller.watch.sampled(node, said, late_s)

    def node_lost(self, node: str) -> None:
        """A media node is out of reach."""
        for key in [key for key in self._sessions if key[0] == node]:
            del self._sessions[key]
        for guarded in self._guarded.values():
            guarded.controller.watch.node_lost(node)

    # ---- which events -----------------------------------------------------------------------------------------------

    def _wake(self) -> None:
        self._more.set()

    async def _tend(self) -> None:
        while True:
            for info in list(self._directory.events.values()):
                try:
                    await self._consider(info)
                except Exception:  # one event that cannot be guarded must not leave the others alone
                    log.exception("an event cannot be guarded", show=info.id)
                    self._metrics.crashes.inc()
            for event in [event for event in self._guarded if event not in self._directory.events]:
                await self._leave(self._guarded.pop(event))
            await asyncio.gather(*(self._look_at_target(guarded) for guarded in list(self._guarded.values())))
            if self._directory.answers():
                await asyncio.gather(*(self._refresh(guarded) for guarded in list(self._guarded.values())))
            self._metrics.leading.set(len(self.leads()))
            self._more.clear()
            try:
                async with asyncio.timeout(TEND_EVERY_S):
                    await self._more.wait()
            except TimeoutError:
                continue

    async def _consider(self, info: EventInfo) -> None:
        if info.id in self._broken:
            self._broken.discard(info.id)
            broken = self._guarded.pop(info.id, None)
            if broken is not None:
                await self._leave(broken)
        if self._restarts.rests(info.id, self._loop.time()):
            return
        guarded = self._guarded.get(info.id)
        if guarded is not None:
            if guarded.info.grounds == info.grounds:
                guarded.info = info
                return
            log.info("the plan changed", show=info.id)
            await self._leave(self._guarded.pop(info.id))
        elif await self._has_ended(info):
            return
        if len(self._guarded) >= EVENTS_MAX:
            log.error("too many events to guard", show=info.id, most=EVENTS_MAX)
            return
        self._guarded[info.id] = self._take(info)

    async def _has_ended(self, info: EventInfo) -> bool:
        now = self._loop.time()
        if not is_room_id(info.id) or "." in info.id:
            log.error("an event cannot be called so", show=info.id)
            return True
        if now < self._over.get(info.id, now):
            return True
        try:
            found = await find(self._log, info.id, info.backup_room, _now_ms())
        except Outage:
            return False
        if found.state is not EventState.ENDED or (found.kept is not None and not found.closed and found.untold):
            self._over.pop(info.id, None)
            return False
        self._over[info.id] = now + ENDED_LOOK_EVERY_S * (0.75 + random.random() / 2)  # noqa: S311  # jitter
        return True

    def _take(self, info: EventInfo) -> _Guarded:
        plan = self._plan(info)
        backup = _backup_of(plan)
        notifier = Notifier(info.id, self._holder, self._record, self._lane, settled=self._metrics.count_notice)
        around = Surroundings(
            event=info.id,
            plan=plan,
            primary=info.id,
            backup=backup,
            base_url=info.base_url,
            starts_at_ms=info.starts_at_ms,
            log=self._log,
            scribe=self._chronicle,
            tell=lambda tell: self._tell(info.id, tell),
            counted=self._metrics.count,
            now_ms=_now_ms,
        )
        controller = Controller(
            around,
            self._settings.node_id,
            holder=self._holder,
            lease_policy=LeasePolicy(ttl_s=self._settings.lease_ttl_s, margin_s=self._settings.lease_ttl_s / 6),
            look_again=lambda: self._spawn_contacts(info.id),
            failed=lambda fault: self._broke(info.id, fault),
        )
        for (node, _, _), said in self._sessions.items():
            if said.room.partition(".")[0] == info.id:
                controller.watch.source_said(node, said)
        controller.start()
        return _Guarded(info, plan, controller, notifier)

    async def _leave(self, guarded: _Guarded) -> None:
        await guarded.controller.close()
        await guarded.notifier.close()

    def _plan(self, info: EventInfo) -> Plan:
        read = read_plan(info.plan, event=info.id)
        if isinstance(read, Plan):
            self._faulty.pop(info.id, None)
            return read
        self._faulty[info.id] = str(read[0])
        log.error("the plan has faults; the usual ladder is used", show=info.id, faults=[str(fault) for fault in read])
        return usual_plan(info.backup_room)

    def _broke(self, event: str, fault: BaseException) -> None:
        pause_s = self._restarts.died(event, self._loop.time())
        log.error("a controller died and is begun anew", show=event, in_s=round(pause_s, 1), exc_info=fault)
        self._metrics.crashes.inc()
        self._broken.add(event)
        self._wake()
        if self._alarm is not None:
            # One alarm is enough: whoever else rests is looked at with the next round.
            self._alarm.cancel()
        self._alarm = self._loop.call_later(pause_s, self._wake)

    async def _look_at_target(self, guarded: _Guarded) -> None:
        room = _backup_of(guarded.plan)
        if room is None:
            return
        found = await self._directory.look(room)
        if found is None:
            # One question without an answer says nothing yet; what was seen before holds for as long as gateways do.
            if not self._directory.answers():
                guarded.controller.target(Verdict.FAILED, "no gateway answers")
        elif not found.there:
            guarded.controller.target(Verdict.FAILED, f"the gateways know no room {room}")
        elif found.state == EventState.ENDED:
            guarded.controller.target(Verdict.FAILED, f"{room} has ended")
        else:
            guarded.controller.target(Verdict.HEALTHY, f"a gateway has {room} ready")

    # ---- whom to tell -----------------------------------------------------------------------------------------------

    def _spawn_contacts(self, event: str) -> None:
        guarded = self._guarded.get(event)
        if guarded is not None:
            self._spawn(self._refresh(guarded))

    async def _refresh(self, guarded: _Guarded) -> None:
        contacts = await self._directory.refresh_contacts(guarded.info.id)
        if guarded.controller.leads:
            guarded.notifier.ask_to_confirm(title=guarded.info.title, contacts=contacts)

    def _tell(self, event: str, tell: TellContacts) -> None:
        guarded = self._guarded.get(event)
        if guarded is not None:
            self._spawn(self._tell_moved(guarded, tell))

    async def _tell_moved(self, guarded: _Guarded, tell: TellContacts) -> None:
        contacts = await self._directory.refresh_contacts(guarded.info.id)
        guarded.notifier.tell_moved(
            tell.incident, tell.number, title=guarded.info.title, words=tell.words, contacts=contacts
        )

    # ---- small ------------------------------------------------------------------------------------------------------

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        fault = None if task.cancelled() else task.exception()
        if fault is not None:
            log.error("a task of the guard died", exc_info=fault)
            self._metrics.crashes.inc()
            self._fault = f"a task died: {type(fault).__name__}"

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

    def _token(self) -> str:
        return node_token(self._settings.node_id, self._settings.secret, time.time())


def holder(node: str) -> str:
    """A name for one process among all that are called `node`: two that share a lease would both lead."""
    return f"{node}#{token_hex(4)}"


def _backup_of(plan: Plan) -> str | None:
    """The room that the plan leads to, if it does."""
    return next((rung.room for rung in plan.rungs if rung.kind is RungKind.BACKUP_ROOM), None)


def usual_plan(backup_room: str | None) -> Plan:
    """What an event is guarded by whose own plan cannot be read."""
    kinds = (RungKind.MAIN, RungKind.STANDBY, RungKind.AUDIO)
    rungs = [Rung(kind, WORDS[kind]) for kind in kinds]
    slate, room = RungKind.SLATE, RungKind.BACKUP_ROOM
    if backup_room is None:
        return Plan((*rungs, Rung(slate, WORDS[slate])))
    return Plan((*rungs, Rung(slate, WORDS[slate], leads_on_after_s=60), Rung(room, WORDS[room], room=backup_room)))


def _lane(settings: GuardSettings) -> Lane:
    if settings.mail_server is None:
        return OutboxLane()
    return SmtpLane(settings.mail_server, settings.mail_from)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
