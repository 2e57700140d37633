"""Takes tips: each (event, member, key) is one row, one charge, one outcome, however often and wherever it is sent
again. The row is written before the lane is asked, and the lane knows the tip by the row's id, so that a crash
anywhere between is made good by asking again. The gateway hands tips in; `outbox` tells the rooms.
"""

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final, Protocol

import structlog

from broadcast.core.entries import Person
from broadcast.core.errors import Outage
from broadcast.core.position import EventId, RoomId
from liveserver.gateway.payment import TipOutcome
from liveserver.money.lane import Charge, Lane
from liveserver.money.metrics import SILENT, TIPS
from liveserver.store.tip import CONFIRMED, PENDING, REFUSED, Status, TipRow

LANE_DEADLINE_S: Final = 3.0
_log = structlog.get_logger("liveserver.money")


class Tips(Protocol):
    """Where the ledger is kept."""

    async def enter(self, tip: TipRow) -> TipRow: ...

    async def settle(self, tip: str, status: Status, now_ms: int) -> bool: ...


class Announcer(Protocol):
    """Who tells the room, and the giver."""

    def confirmed(self, tip: TipRow) -> None: ...

    async def changed(self, tip: TipRow) -> None: ...


class Ledger:
    """The gateway's `Payments`."""

    def __init__(self, tips: Tips, lane: Lane, announcer: Announcer, *, clock: Callable[[], float] = time.time) -> None:
        self._tips = tips
        self._lane = lane
        self._announcer = announcer
        self._clock = clock

    async def tip(
        self, member: Person, event: EventId, room: RoomId, amount: int, currency: str, text: str, key: str
    ) -> TipOutcome:
        """Take a tip, or say what became of the one under this key. `pending` where the lane does not answer in time:
        the giver hears later. Raises Outage where the record plane is away or late: the tip may have been entered all
        the same, and is charged once however often it is given again under this key."""
        row = await self._tips.enter(
            TipRow(
                id=f"t-{secrets.token_hex(12)}",
                event=event,
                room=room,
                member=member.id,
                name=member.name,
                role=member.role.value,
                amount=amount,
                currency=currency,
                text=text,
                key=key,
                lane=self._lane.name,
                status=PENDING,
                created_at_ms=self._now_ms(),
            )
        )
        charge = await self.settle(row) if row.status == PENDING else None
        status = charge.status if charge else row.status
        reason = (charge.reason if charge else "") or "The payment was refused"
        return TipOutcome(row.id, status, reason if status == REFUSED else None)

    async def settle(self, row: TipRow, *, late: bool = False) -> Charge:
        """Bring a pending tip on: ask its lane, and write down what it says. With `late` its giver is told, too."""
        try:
            async with asyncio.timeout(LANE_DEADLINE_S):
                charge = await self._lane.charge(row.id, row.amount, row.currency)
        except (Outage, TimeoutError) as fault:
            SILENT.labels(self._lane.name).inc()
            _log.warning("lane_silent", lane=self._lane.name, tip=row.id, fault=str(fault) or "no answer in time")
            return Charge(PENDING)
        if charge.status == PENDING:
            return charge
        try:
            changed = await self._tips.settle(row.id, charge.status, self._now_ms())
        except Outage:
            # Charged but not written down: the sweep asks the lane again, which answers the same.
            return Charge(PENDING)
        if changed:
            TIPS.labels(charge.status).inc()
        if charge.status == CONFIRMED:
            self._announcer.confirmed(row)
        if changed and late:
            await self._announcer.changed(replace(row, status=charge.status))
        return charge

    def _now_ms(self) -> int:
        return int(self._clock() * 1000)
