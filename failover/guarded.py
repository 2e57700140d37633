"""One event under guard: its controller, its notifier, and what both have to be told of its backup room and of the
people who left an address. It decides nothing, the machines do. The guard's charges own it.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from broadcast.core.entries import EventState
from broadcast.log.port import Log
from failover.chronicle import Chronicle
from failover.controller import Controller
from failover.core.decision import TellContacts
from failover.core.lease import LeasePolicy
from failover.core.plan import Plan
from failover.core.verdict import Verdict
from failover.directory import Contact, Directory, EventInfo
from failover.lanes.port import Lane
from failover.metrics import Metrics
from failover.notifier import Book, Notifier
from failover.sources import Sources
from failover.tasks import Tasks
from failover.term import Surroundings

CONTACTS_EVERY_S = 2.0
CONTACTS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Equipment:
    """What all guarded events of one process share. `node` is the process as people know it, `holder` as the log and
    the record do."""

    node: str
    holder: str
    lease: LeasePolicy
    log: Log
    book: Book
    chronicle: Chronicle
    lane: Lane
    directory: Directory
    sources: Sources
    metrics: Metrics


class Guarded:
    """One event, from `start` to `close`. `died` hears of a controller that must be begun anew. `info` may be replaced
    by one with the same grounds."""

    def __init__(
        self, info: EventInfo, plan: Plan, equipment: Equipment, died: Callable[[BaseException], None]
    ) -> None:
        self._plan = plan
        self._equipment = equipment
        self._directory = equipment.directory
        self._tasks = Tasks(died)
        self._contacts_changed = asyncio.Event()
        self._telling = 0
        self.info = info
        self._notifier = Notifier(
            info.id, equipment.holder, equipment.book, equipment.lane, settled=equipment.metrics.count_notice
        )
        around = Surroundings(
            event=info.id,
            plan=plan,
            primary=info.id,
            backup=plan.backup_room,
            base_url=info.base_url,
            starts_at_ms=info.starts_at_ms,
            log=equipment.log,
            scribe=equipment.chronicle,
            tell=self._tell,
            counted=equipment.metrics.count,
            now_ms=now_ms,
        )
        self.controller = Controller(
            around,
            equipment.node,
            holder=equipment.holder,
            lease_policy=equipment.lease,
            look_again=self._contacts_changed.set,
            failed=died,
        )

    @property
    def over(self) -> bool:
        """Whether the event may have ended, and everyone has been told what there was to tell from here."""
        return self.controller.ended and not self._telling and self._notifier.notices.idle

    def start(self) -> None:
        """Begin, in the background."""
        self._equipment.sources.attach(self.info.id, self.controller.watch)
        self.controller.start()
        self._tasks.spawn(self._keep_contacts())

    async def close(self) -> None:
        """Give the lease back and end."""
        self._equipment.sources.detach(self.info.id)
        await self.controller.close()
        await self._tasks.cancel()
        await self._notifier.close()

    async def look_at_target(self) -> None:
        """Ask the gateways how the backup room is."""
        room = self._plan.backup_room
        if room is None:
            return
        found = await self._directory.look(room)
        if found is None:
            # One question without an answer says nothing yet; what was seen before holds for as long as gateways do.
            if not self._directory.answers():
                self.controller.target(Verdict.FAILED, "no gateway answers")
        elif not found.there:
            self.controller.target(Verdict.FAILED, f"the gateways know no room {room}")
        elif found.state == EventState.ENDED:
            self.controller.target(Verdict.FAILED, f"{room} has ended")
        else:
            self.controller.target(Verdict.HEALTHY, f"a gateway has {room} ready")

    async def _keep_contacts(self) -> None:
        """Ask the gateways who left an address, now and then and when that has changed; whoever has not confirmed it
        is asked to. However many changes are heard while they are being asked, one more question is enough."""
        while True:
            self._contacts_changed.clear()
            if self._directory.answers():
                contacts = await self._directory.refresh_contacts(self.info.id)
                async for some in _bit_by_bit(contacts):
                    if self.controller.leads:
                        self._notifier.ask_to_confirm(title=self.info.title, contacts=some)
            try:
                async with asyncio.timeout(CONTACTS_EVERY_S * (0.75 + random.random() / 2)):  # noqa: S311  # jitter
                    await self._contacts_changed.wait()
            except TimeoutError:
                continue

    def _tell(self, tell: TellContacts) -> None:
        self._telling += 1
        self._tasks.spawn(self._tell_moved(tell))

    async def _tell_moved(self, tell: TellContacts) -> None:
        contacts = await self._directory.refresh_contacts(self.info.id)
        async for some in _bit_by_bit(contacts):
            self._notifier.tell_moved(
                tell.incident, tell.number, title=self.info.title, words=tell.words, contacts=some
            )
        self._telling -= 1


async def _bit_by_bit(contacts: Sequence[Contact]) -> AsyncIterator[Sequence[Contact]]:
    """A few hundred at a time: whoever writes tens of thousands of letters at one go loses the lease meanwhile."""
    for begin in range(0, len(contacts), CONTACTS_AT_ONCE):
        yield contacts[begin : begin + CONTACTS_AT_ONCE]
        await asyncio.sleep(0)


def now_ms() -> int:
    """Unix milliseconds."""
    return time.time_ns() // 1_000_000
