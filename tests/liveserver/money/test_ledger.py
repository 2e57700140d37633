"""The ledger: one (event, member, key) is one row, one charge, one entry in the room, whatever dies in between."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from sqlalchemy import func, select

from broadcast.core.entries import Draft, Entry, Moved, Person, Role, Tip
from broadcast.core.errors import Outage
from broadcast.core.passing import Passing, TipStatus
from broadcast.core.position import EventId, MemberId, RoomId, room_log
from broadcast.log.memory import MemoryLog
from liveserver.gateway.payment import TipOutcome
from liveserver.money import ledger as ledger_module
from liveserver.money.lane import Charge
from liveserver.money.ledger import Ledger
from liveserver.money.outbox import Outbox
from liveserver.money.sandbox import CONFIRM_AFTER_S, SandboxLane
from liveserver.money.sweep import Sweep
from liveserver.store.database import Database
from liveserver.store.tables import SANDBOX, TIPS
from liveserver.store.tip import TipStore
from tests.waiting import until

ADA = Person(id=MemberId("m-1"), name="Ada", role=Role.ATTENDEE)
ROOM = RoomId("demo")


@dataclass
class Clock:
    now: float = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class House:
    """What one gateway process has; made again over the same database and log, it is the process after a crash."""

    database: Database
    log: MemoryLog
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.tips = TipStore(self.database)
        self.lane = SandboxLane(self.database, clock=self.clock)
        self.outbox = Outbox(self.tips, self.log, clock=self.clock)
        self.ledger = Ledger(self.tips, self.lane, self.outbox, clock=self.clock)
        self.sweep = Sweep(self.tips, self.ledger, clock=self.clock)

    async def give(self, amount: int = 500, key: str = "k-1", who: Person = ADA) -> TipOutcome:
        return await self.ledger.tip(who, EventId("demo"), ROOM, amount, "EUR", "Thank you", key)

    async def said(self, room: str = ROOM) -> list[Tip]:
        reading = await self.log.read(room_log(RoomId(room)), None, 1_000)
        return [entry.body for entry in reading.entries if isinstance(entry.body, Tip)]

    async def rows(self) -> list[str]:
        async with self.database.reading() as connection:
            return list((await connection.execute(select(TIPS.c.status))).scalars())

    async def charges(self) -> int:
        async with self.database.reading() as connection:
            return int((await connection.execute(select(func.count()).select_from(SANDBOX))).scalar_one())


async def test_a_confirmed_tip_is_said_in_the_room_once_with_the_givers_name(database: Database) -> None:
    house = House(database, MemoryLog())
    outcome = await house.give()
    assert outcome.status == "confirmed"
    assert await house.outbox.say_all() == 1
    assert await house.outbox.say_all() == 0
    assert await house.said() == [Tip(author=ADA, tip=outcome.tip, amount=500, currency="EUR", text="Thank you")]


async def test_a_tip_sent_again_is_the_same_tip_and_the_same_charge(database: Database) -> None:
    house = House(database, MemoryLog())
    outcomes = [await house.give() for _ in range(3)]
    assert len({outcome.tip for outcome in outcomes}) == 1
    assert (await house.rows(), await house.charges()) == (["confirmed"], 1)


async def test_a_tip_sent_from_many_sockets_at_once_is_one_tip(database: Database) -> None:
    log = MemoryLog()
    houses = [House(database, log) for _ in range(4)]
    outcomes = await asyncio.gather(*(house.give() for house in houses * 5))
    assert {(outcome.tip, outcome.status) for outcome in outcomes} == {(outcomes[0].tip, "confirmed")}
    await asyncio.gather(*(house.outbox.say_all() for house in houses))
    assert (await houses[0].rows(), await houses[0].charges()) == (["confirmed"], 1)
    assert len(await houses[0].said()) == 1


async def test_a_refused_tip_says_why_each_time_and_is_never_said(database: Database) -> None:
    house = House(database, MemoryLog())
    for _ in range(2):
        outcome = await house.give(amount=501)
        assert outcome.status == "refused"
        assert outcome.reason
    assert await house.outbox.say_all() == 0
    assert (await house.rows(), await house.charges()) == (["refused"], 0)


async def test_a_pending_tip_is_said_when_it_is_confirmed_and_its_giver_is_told(database: Database) -> None:
    house = House(database, MemoryLog())
    outcome = await house.give(amount=502)
    assert outcome.status == "pending"
    assert await house.outbox.say_all() == 0
    async with house.log.subscribe(room_log(ROOM)) as heard:
        house.clock.now += CONFIRM_AFTER_S + 1
        await house.sweep.settle_all()
        await house.outbox.say_all()
        listening = aiter(heard)
        first: Entry | Passing = await asyncio.wait_for(anext(listening), 2)
    assert first.body == TipStatus(tip=outcome.tip, status="confirmed", member=ADA.id)
    assert len(await house.said()) == 1
    assert (await house.give(amount=502)).status == "confirmed"


async def move(house: House) -> None:
    body = Moved(room="demo.backup", url="", spread_ms=0, reason="slate")
    draft = Draft(body=body, key="move", author=MemberId("n"), checked=False, sets={"moved": body})
    await house.log.append(room_log(ROOM), draft)


async def test_a_tip_that_is_confirmed_after_a_move_is_said_where_the_audience_is(database: Database) -> None:
    house = House(database, MemoryLog())
    outcome = await house.give(amount=502)
    await move(house)
    async with house.log.subscribe(room_log(RoomId("demo.backup"))) as heard:
        house.clock.now += CONFIRM_AFTER_S + 1
        await house.sweep.settle_all()
        first: Entry | Passing = await asyncio.wait_for(anext(aiter(heard)), 2)
    assert first.body == TipStatus(tip=outcome.tip, status="confirmed", member=ADA.id)
    assert await house.outbox.say_all() == 1
    assert ([tip.tip for tip in await house.said("demo.backup")], await house.said()) == ([outcome.tip], [])


async def test_a_tip_that_was_said_before_the_move_is_not_said_after_it_again(database: Database) -> None:
    house = House(database, MemoryLog())
    await house.give()

    class Dies(TipStore):
        async def announced(self, tip: str, now_ms: int) -> None:
            raise Killed

    with pytest.raises(Killed):
        await Outbox(Dies(database), house.log, clock=house.clock).say_all()
    await move(house)
    assert await house.outbox.say_all() == 1
    assert (len(await house.said()), await house.said("demo.backup")) == (1, [])
    assert await house.outbox.say_all() == 0


class Stubborn:
    """A lane in front of another one, that fails as told: before or after the other one has really charged."""

    name = "stubborn"

    def __init__(self, lane: SandboxLane) -> None:
        self._lane = lane
        self.after: Callable[[], None] | None = None
        self.before: Callable[[], None] | None = None
        self.hangs = False

    async def charge(self, tip: str, amount: int, currency: str) -> Charge:
        if self.before:
            self.before()
        charge = await self._lane.charge(tip, amount, currency)
        if self.hangs:
            await asyncio.Event().wait()
        if self.after:
            self.after()
        return charge


class Killed(BaseException):
    """The process dies here."""


def _raise(fault: BaseException) -> Callable[[], None]:
    def raised() -> None:
        raise fault

    return raised


async def test_a_process_killed_between_charge_and_ledger_charges_no_second_time(database: Database) -> None:
    house = House(database, MemoryLog())
    lane = Stubborn(house.lane)
    lane.after = _raise(Killed())
    dying = Ledger(house.tips, lane, house.outbox, clock=house.clock)
    with pytest.raises(Killed):
        await dying.tip(ADA, EventId("demo"), ROOM, 500, "EUR", "", "k-1")
    assert (await house.rows(), await house.charges()) == (["pending"], 1)

    after = House(database, house.log, Clock(house.clock.now + 5))
    await after.sweep.settle_all()
    await after.outbox.say_all()
    assert (await after.rows(), await after.charges()) == (["confirmed"], 1)
    assert len(await after.said()) == 1
    assert (await after.give()).status == "confirmed"


async def test_a_process_killed_before_the_charge_leaves_a_tip_that_is_brought_on(database: Database) -> None:
    house = House(database, MemoryLog())
    lane = Stubborn(house.lane)
    lane.before = _raise(Killed())
    with pytest.raises(Killed):
        await Ledger(house.tips, lane, house.outbox, clock=house.clock).tip(
            ADA, EventId("demo"), ROOM, 500, "EUR", "", "k-1"
        )
    assert await house.charges() == 0
    house.clock.now += 5
    await house.sweep.settle_all()
    assert (await house.rows(), await house.charges()) == (["confirmed"], 1)


async def test_a_process_killed_between_saying_and_noting_says_nothing_twice(database: Database) -> None:
    house = House(database, MemoryLog())
    outcome = await house.give()

    class Dies(TipStore):
        async def announced(self, tip: str, now_ms: int) -> None:
            raise Killed

    with pytest.raises(Killed):
        await Outbox(Dies(database), house.log, clock=house.clock).say_all()
    assert len(await house.said()) == 1
    after = House(database, house.log, house.clock)
    assert await after.outbox.say_all() == 1
    assert [tip.tip for tip in await after.said()] == [outcome.tip]


async def test_long_after_the_log_forgot_the_key_nothing_is_said_twice(database: Database) -> None:
    wall = Clock()
    log = MemoryLog(clock_ms=lambda: int(wall.now * 1000))
    house = House(database, log, wall)
    outcome = await house.give()

    class Dies(TipStore):
        async def announced(self, tip: str, now_ms: int) -> None:
            raise Killed

    with pytest.raises(Killed):
        await Outbox(Dies(database), log, clock=wall).say_all()
    wall.now += 86_400
    assert await house.outbox.say_all() == 1
    assert [tip.tip for tip in await house.said()] == [outcome.tip]


async def test_a_lane_that_does_not_answer_leaves_the_tip_pending_and_no_one_waiting(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(database, MemoryLog())
    lane = Stubborn(house.lane)
    lane.hangs = True
    monkeypatch.setattr(ledger_module, "LANE_DEADLINE_S", 0.1)
    slow = Ledger(house.tips, lane, house.outbox, clock=house.clock)
    outcome = await slow.tip(ADA, EventId("demo"), ROOM, 500, "EUR", "", "k-1")
    monkeypatch.undo()
    assert outcome.status == "pending"
    house.clock.now += 5
    await house.sweep.settle_all()
    assert (await house.rows(), await house.charges()) == (["confirmed"], 1)


async def test_a_lane_that_is_away_leaves_the_tip_pending(database: Database) -> None:
    house = House(database, MemoryLog())
    lane = Stubborn(house.lane)
    lane.before = _raise(Outage("payment lane"))
    outcome = await Ledger(house.tips, lane, house.outbox, clock=house.clock).tip(
        ADA, EventId("demo"), ROOM, 500, "EUR", "", "k-1"
    )
    assert outcome.status == "pending"


async def test_while_the_log_is_away_the_tip_stands_and_the_room_hears_of_it_afterwards(database: Database) -> None:
    class Flaky(MemoryLog):
        away = True

        async def append(self, *args: object, **kwargs: object) -> object:  # type: ignore[override]
            if self.away:
                raise Outage("log")
            return await super().append(*args, **kwargs)  # type: ignore[arg-type]

    log = Flaky()
    house = House(database, log)
    await house.outbox.start()
    try:
        assert (await house.give()).status == "confirmed"
        assert await house.said() == []
        log.away = False
        await until(house.said, 10, "the room hears of the tip")
        assert len(await house.said()) == 1
    finally:
        await house.outbox.close()


async def test_a_nudge_says_it_at_once_and_the_sweep_brings_late_ones_on_by_itself(database: Database) -> None:
    house = House(database, MemoryLog())
    await house.outbox.start()
    await house.sweep.start()
    try:
        await house.give(key="now")
        await until(house.said, 5, "the first tip is said")
        await house.give(amount=502, key="later")
        house.clock.now += CONFIRM_AFTER_S + 5
        await until(lambda: _said_twice(house), 10, "the second one, too")
    finally:
        await house.sweep.close()
        await house.outbox.close()
    assert Counter(await house.rows()) == {"confirmed": 2}


async def _said_twice(house: House) -> bool:
    return len(await house.said()) == 2
