"""Guards one event: watches its sources, follows its logs, asks for its lease, and leads it while it has that. It
decides nothing; the machines do, and a `Term` carries out what the ladder decides. The guard owns one per event.
"""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass

import structlog

from broadcast.core.entries import Entry, EventChanged, EventState, Lease, RungKind
from broadcast.core.errors import Outage
from broadcast.core.history import Snapshot
from broadcast.core.passing import ContactChanged, Health, Passing, Quality, RungHealth, Witness
from broadcast.core.position import EventId, LogId, RoomId, room_log, staff_log
from broadcast.core.wire import iso_utc
from broadcast.core.woke import Woke
from broadcast.log.follow import follow
from broadcast.log.port import OP_DEADLINE_S
from failover.core.feed import FeedPolicy
from failover.core.health import HealthPolicy
from failover.core.lease import (
    Ask,
    Denied,
    GiveBack,
    Granted,
    Lead,
    Leadership,
    LeaseEffect,
    LeaseEvent,
    LeasePolicy,
    Misheard,
    Stopped,
    Superseded,
    Unanswered,
    Yield,
)
from failover.core.standing import SourceJudged, Surveyed, TargetJudged
from failover.core.verdict import UNSEEN, Verdict
from failover.held import Held
from failover.tasks import Tasks
from failover.term import Surroundings, Term
from failover.watch import Watch

HEALTH_EVERY_S = 1.0
CROWD_FRESH_S = 5.0
GATEWAYS_MAX = 200

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Crowd:
    at: float
    viewers: int
    stalled: int


class Controller:
    """One event, from `start` to `close`. `node` is this process as people know it, `holder` as the log does:
    no two processes ever share it, whatever they are called. `look_again` is called when a contact changed;
    `failed` once, when a task or a machine of this controller died, which is a bug."""

    def __init__(
        self,
        around: Surroundings,
        node: str,
        *,
        holder: str,
        lease_policy: LeasePolicy,
        look_again: Callable[[], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        self._around = around
        self._node = node
        self._holder = holder
        self._lease_policy = lease_policy
        self._look_again = look_again
        self._failed = failed
        self._loop = asyncio.get_running_loop()
        self._tasks = Tasks(self._broke)
        self._term: Term | None = None
        self._crowds: dict[str, _Crowd] = {}
        self._states: dict[str, EventState] = {}
        self._target = TargetJudged(Verdict.UNKNOWN, "nobody has looked yet")
        self._closed = False
        self._broken = False
        times = around.plan.thresholds
        feed_policy = FeedPolicy(
            suspect_after_ms=around.plan.standing_orders.silent_after_ms,
            fail_after_ms=times.fail_after_ms,
            clear_after_ms=times.clear_after_ms,
            intervals=around.plan.standing_orders.silent_intervals,
        )
        self.watch = Watch(around.rooms, HealthPolicy(feed_policy), self._surveyed, self._broke)
        self.leadership = Leadership(lease_policy, self._loop.time())
        self._lease: Held[LeaseEvent, LeaseEffect] = Held(self.leadership, self._act, self._broke)

    @property
    def leads(self) -> bool:
        """Whether this process leads the event now."""
        return self.leadership.may_act(self._loop.time())

    @property
    def term(self) -> Term | None:
        """The present term, if this process leads."""
        return self._term

    @property
    def ended(self) -> bool:
        """Whether the event may have ended: one of its rooms says so."""
        return EventState.ENDED in self._states.values()

    def start(self) -> None:
        """Begin, in the background."""
        for room in self._around.rooms:
            for log_id in (room_log(RoomId(room)), staff_log(RoomId(room))):
                self._tasks.spawn(self._follow(log_id, room))
        self._tasks.spawn(self._report())
        self._lease.feed(Woke())

    async def close(self) -> None:
        """Give the lease back and end."""
        if self._closed:
            return
        self._closed = True
        leads = self.leads
        self._lease.feed(Stopped())
        self._lease.close()
        self.watch.close()
        await self._tasks.cancel()
        if leads:
            await self._give_back()

    def target(self, verdict: Verdict, why: str) -> None:
        """The backup room was looked at."""
        judged = TargetJudged(verdict, why)
        if judged != self._target:
            self._target = judged
            if self._term is not None:
                self._term.feed(judged)

    # ---- the lease --------------------------------------------------------------------------------------------------

    def _act(self, effect: LeaseEffect) -> None:
        match effect:
            case Ask():
                self._tasks.spawn(self._ask())
            case Lead(token):
                lease = Lease(self._holder, token)
                log.info("leading", show=self._around.event, token=token)
                self._term = Term(
                    self._around, lease, lambda: self.leads, lambda why: self._superseded(token, why), self._broke
                )
                self._tasks.spawn(self._term.begin(self.watch.judged, lambda: self._target))
            case Yield(why):
                log.info("leading no more", show=self._around.event, why=why)
                term, self._term = self._term, None
                if term is not None:
                    term.stop()
            case GiveBack():
                pass  # `close` sees to it, when nothing can be written any more

    async def _ask(self) -> None:
        event = EventId(self._around.event)
        try:
            async with asyncio.timeout(OP_DEADLINE_S):
                lease = await self._around.log.take_lease(event, self._holder, self._lease_policy.ttl_s)
        except (Outage, TimeoutError):
            self._lease.feed(Unanswered())
            return
        self._lease.feed(Denied() if lease is None else Granted(lease.token))

    async def _give_back(self) -> None:
        try:
            async with asyncio.timeout(OP_DEADLINE_S):
                await self._around.log.drop_lease(EventId(self._around.event), self._holder)
        except (Outage, TimeoutError):
            log.info("the lease could not be given back; it ends by itself", show=self._around.event)

    def _superseded(self, token: int, why: str) -> None:
        log.warning("a write was refused", show=self._around.event, why=why)
        self._lease.feed(Superseded(token))

    # ---- what is heard ----------------------------------------------------------------------------------------------

    async def _follow(self, log_id: LogId, room: str) -> None:
        async with aclosing(follow(self._around.log, log_id)) as shown:
            async for item in shown:
                match item:
                    case Snapshot(entries=entries, state=state):
                        self._turned(room, state.get("event"))
                        if not item.whole:
                            self._lease.feed(Misheard())
                        for entry in entries:
                            self._said(room, entry)
                    case Entry():
                        self._said(room, item)
                    case Passing(body=body):
                        self._passed(room, body)

    def _said(self, room: str, entry: Entry) -> None:
        self._turned(room, entry.body)
        if self._term is not None:
            self._term.said(entry)

    def _turned(self, room: str, body: object) -> None:
        if isinstance(body, EventChanged):
            self._states[room] = body.state

    def _passed(self, room: str, body: object) -> None:
        match body:
            case Witness():
                self.watch.witnessed(room, body)
                if self._term is not None:
                    self._term.witnessed(room, body)
            case Quality(node=node, viewers=viewers, stalled=stalled):
                if node in self._crowds or len(self._crowds) < GATEWAYS_MAX:
                    self._crowds[node] = _Crowd(self._loop.time(), viewers, stalled)
            case ContactChanged():
                self._look_again()

    def _surveyed(self, news: tuple[SourceJudged, ...]) -> None:
        if self._term is not None:
            self._term.feed(Surveyed(news))

    # ---- what staff is shown ----------------------------------------------------------------------------------------

    async def _report(self) -> None:
        while True:
            health = self.health()
            if health is not None and self._term is not None and self._term.ladder is not None:
                try:
                    await self._around.log.publish(staff_log(RoomId(self._term.ladder.room)), health)
                except Outage:
                    log.debug("health could not be published", show=self._around.event)
            await asyncio.sleep(HEALTH_EVERY_S)

    def health(self) -> Health | None:
        """The ladder as it stands; None while another process leads."""
        ladder = None if self._term is None else self._term.ladder
        if ladder is None or not self.leads:
            return None
        now = self._loop.time()
        crowds = [crowd for crowd in self._crowds.values() if now - crowd.at < CROWD_FRESH_S]
        on_air = next(
            (each.judged for each in self.watch.judged() if (each.room, each.source) == (ladder.room, ladder.source)),
            UNSEEN,
        )
        veto_ms = None if ladder.veto_until is None else self._around.now_ms() + int((ladder.veto_until - now) * 1000)
        return Health(
            leader=self._node,
            rung=RungKind.MAIN if ladder.rung is None else ladder.rung.kind,
            source=ladder.source,
            rungs=tuple(
                RungHealth(rung=rung.kind, verdict=ground.verdict.value, why=ground.why, source=ground.source)
                for rung, ground in ladder.grounds()
            ),
            armed=ladder.armed,
            pinned=ladder.pinned,
            veto_until=None if veto_ms is None else iso_utc(veto_ms),
            viewers=sum(crowd.viewers for crowd in crowds),
            stalled=sum(crowd.stalled for crowd in crowds),
            incident=ladder.incident,
            picture=on_air.video.value,
            sound=on_air.audio.value,
        )

    # ---- faults -----------------------------------------------------------------------------------------------------

    def _broke(self, fault: BaseException) -> None:
        if self._closed or self._broken:
            return
        self._broken = True
        if self._term is not None:
            self._term.write_out(self._term.ladder.incident or "" if self._term.ladder is not None else "")
        self._failed(fault)
