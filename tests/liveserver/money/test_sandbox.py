"""The sandbox lane: what it answers depends on the amount, and it remembers whom it charged."""

from sqlalchemy import select

from liveserver.money.sandbox import CONFIRM_AFTER_S, SandboxLane
from liveserver.store.database import Database
from liveserver.store.tables import SANDBOX


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


async def charged(database: Database) -> list[str]:
    async with database.reading() as connection:
        return list((await connection.execute(select(SANDBOX.c.id))).scalars())


async def test_an_ordinary_amount_is_confirmed_at_once(database: Database) -> None:
    lane = SandboxLane(database)
    assert (await lane.charge("t-1", 500, "EUR")).status == "confirmed"


async def test_an_amount_that_ends_in_01_is_refused_and_never_charged(database: Database) -> None:
    lane = SandboxLane(database)
    charge = await lane.charge("t-1", 501, "EUR")
    assert charge.status == "refused"
    assert "declined" in charge.reason
    assert await charged(database) == []


async def test_an_amount_that_ends_in_02_confirms_later(database: Database) -> None:
    clock = Clock()
    lane = SandboxLane(database, clock=clock)
    assert (await lane.charge("t-1", 502, "EUR")).status == "pending"
    clock.now += CONFIRM_AFTER_S - 0.1
    assert (await lane.charge("t-1", 502, "EUR")).status == "pending"
    clock.now += 0.2
    assert (await lane.charge("t-1", 502, "EUR")).status == "confirmed"


async def test_another_process_finds_the_charge(database: Database) -> None:
    clock = Clock()
    await SandboxLane(database, clock=clock).charge("t-1", 502, "EUR")
    clock.now += CONFIRM_AFTER_S
    assert (await SandboxLane(database, clock=clock).charge("t-1", 502, "EUR")).status == "confirmed"
    assert await charged(database) == ["t-1"]
