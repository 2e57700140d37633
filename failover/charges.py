"""Keeps the events that one process guards: takes on those that the gateways name, with their own plan or the usual
one, lets go of those that are over, and begins those anew whose controller died. It leads none of them itself. The
guard has it tend them again and again.
"""

import asyncio
import random
from collections.abc import Callable

import structlog

from broadcast.core.errors import Outage
from broadcast.core.position import is_room_id
from failover.core.plan import Plan, usual_plan
from failover.core.planfile import read_plan
from failover.directory import EventInfo
from failover.found import find
from failover.guarded import Equipment, Guarded, now_ms
from failover.restart import Restarts

ENDED_LOOK_EVERY_S = 30.0
EVENTS_MAX = 200

log = structlog.get_logger(__name__)


class Charges:
    """Every event under guard, in `held`. `faulty` names those whose plan has faults and is replaced by the usual
    ladder, and the first fault. `wake` is called when they should be tended soon."""

    def __init__(self, equipment: Equipment, wake: Callable[[], None]) -> None:
        self._equipment = equipment
        self._wake = wake
        self._loop = asyncio.get_running_loop()
        self._over: dict[str, float] = {}
        self._broken: set[str] = set()
        self._restarts = Restarts()
        self._alarm: asyncio.TimerHandle | None = None
        self.held: dict[str, Guarded] = {}
        self.faulty: dict[str, str] = {}

    def leads(self) -> list[str]:
        """The events that this process leads now."""
        return sorted(event for event, guarded in self.held.items() if guarded.controller.leads)

    async def tend(self) -> None:
        """Take on and let go as the directory says, then have the rooms looked at that an audience may be led to."""
        directory = self._equipment.directory
        for info in list(directory.events.values()):
            try:
                await self._consider(info)
            except Exception:  # one event that cannot be guarded must not leave the others alone
                log.exception("an event cannot be guarded", show=info.id)
                self._equipment.metrics.crashes.inc()
        for event in [event for event in self.held if event not in directory.events]:
            await self._let_go(event)
        await asyncio.gather(*(guarded.look_at_target() for guarded in list(self.held.values())))

    async def close(self) -> None:
        """Give all leases back."""
        if self._alarm is not None:
            self._alarm.cancel()
        for guarded in list(self.held.values()):
            await guarded.close()
        self.held.clear()

    async def _consider(self, info: EventInfo) -> None:
        if info.id in self._broken:
            self._broken.discard(info.id)
            broken = self.held.pop(info.id, None)
            if broken is not None:
                await broken.close()
        if self._restarts.rests(info.id, self._loop.time()):
            return
        guarded = self.held.get(info.id)
        if guarded is not None:
            if guarded.over and await self._has_ended(info):
                log.info("the event is over", show=info.id)
                await self._let_go(info.id)
                return
            if guarded.info.grounds == info.grounds:
                guarded.info = info
                return
            log.info("the plan changed", show=info.id)
            await self.held.pop(info.id).close()
        elif await self._has_ended(info):
            return
        if len(self.held) >= EVENTS_MAX:
            log.error("too many events to guard", show=info.id, most=EVENTS_MAX)
            return
        self.held[info.id] = self._take_on(info)

    async def _has_ended(self, info: EventInfo) -> bool:
        now = self._loop.time()
        if not is_room_id(info.id) or "." in info.id:
            log.error("an event cannot be called so", show=info.id)
            return True
        if now < self._over.get(info.id, now):
            return True
        try:
            found = await find(self._equipment.log, info.id, info.backup_room, now_ms())
        except Outage:
            return False
        if not found.over:
            self._over.pop(info.id, None)
            return False
        self._over[info.id] = now + ENDED_LOOK_EVERY_S * (0.75 + random.random() / 2)  # noqa: S311  # jitter
        return True

    async def _let_go(self, event: str) -> None:
        await self.held.pop(event).close()
        self._equipment.directory.forget(event)

    def _take_on(self, info: EventInfo) -> Guarded:
        guarded = Guarded(info, self._plan(info), self._equipment, lambda fault: self._died(info.id, fault))
        guarded.start()
        return guarded

    def _plan(self, info: EventInfo) -> Plan:
        read = read_plan(info.plan, event=info.id)
        if isinstance(read, Plan):
            self.faulty.pop(info.id, None)
            return read
        self.faulty[info.id] = str(read[0])
        log.error("the plan has faults; the usual ladder is used", show=info.id, faults=[str(fault) for fault in read])
        return usual_plan(info.backup_room)

    def _died(self, event: str, fault: BaseException) -> None:
        pause_s = self._restarts.died(event, self._loop.time())
        log.error("a controller died and is begun anew", show=event, in_s=round(pause_s, 1), exc_info=fault)
        self._equipment.metrics.crashes.inc()
        self._broken.add(event)
        self._wake()
        if self._alarm is not None:
            # One alarm is enough: whoever else rests is looked at with the next round.
            self._alarm.cancel()
        self._alarm = self._loop.call_later(pause_s, self._wake)
