"""Readiness: red within seconds of the log being away, and never red for what attendees can do without."""

import asyncio
from pathlib import Path

from broadcast.core.errors import Outage
from broadcast.log.redis import RedisLog
from liveserver.api.health import Health
from liveserver.store.database import Database
from tests.redis_server import RedisServer
from tests.waiting import until

from .conftest import House


class Plane:
    def __init__(self) -> None:
        self.away = False
        self.hangs = False

    async def check(self) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        if self.away:
            raise Outage("log", "nobody there")


async def test_nothing_is_ready_before_it_was_looked_at(house: House) -> None:
    assert (await house.get("/healthz")).json() == {"status": "alive"}
    answer = await house.get("/readyz")
    assert answer.status_code == 503
    assert set(answer.json()["parts"]) == {"log", "record", "gateway"}


async def test_a_plane_that_goes_away_and_comes_back_is_seen() -> None:
    plane = Plane()
    health = Health({"log": plane.check}, {"gateway": lambda: (True, "")}, probe_s=0.02)
    await health.start()
    try:
        await until(lambda: health.readiness().ready, 5, "ready")
        plane.away = True
        await until(lambda: not health.readiness().ready, 5, "not ready")
        assert "nobody there" in health.readiness().parts["log"].detail
        plane.away = False
        await until(lambda: health.readiness().ready, 5, "ready again")
    finally:
        await health.close()


async def test_a_plane_that_hangs_is_no_more_ready_than_one_that_is_away() -> None:
    plane, now = Plane(), [0.0]
    health = Health({"log": plane.check}, {}, probe_s=0.01, clock=lambda: now[0])
    await health.start()
    try:
        await until(lambda: health.readiness().ready, 5, "ready")
        plane.hangs = True
        await until(lambda: len(asyncio.all_tasks()) > 1, 1)
        now[0] = 60.0
        await until(lambda: "60 s" in health.readiness().parts["log"].detail, 5, "staleness is said")
        assert not health.readiness().ready
    finally:
        await health.close()


async def test_a_record_that_goes_away_sends_nobody_elsewhere_but_is_said() -> None:
    record = Plane()
    record.away = True
    health = Health({"record": record.check}, {}, probe_s=0.01)
    await health.start()
    try:
        await until(lambda: "record" in health.readiness().parts, 5)
        assert not health.readiness().ready
        record.away = False
        await until(lambda: health.readiness().ready, 5, "ready once the record was there")
        record.away = True
        await until(lambda: not health.readiness().parts["record"].ok, 5, "its absence is said")
        assert health.readiness().ready
    finally:
        await health.close()


async def test_a_node_that_is_being_emptied_is_not_ready() -> None:
    health = Health({}, {"gateway": lambda: (True, "")})
    assert health.readiness().ready
    health.drain()
    assert not health.readiness().ready


async def test_readiness_follows_a_real_redis_that_is_frozen_and_killed(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'live.db'}")
    async with RedisServer() as redis:
        log = RedisLog.connect(redis.url)
        health = Health({"log": log.check, "record": database.check}, {}, probe_s=0.1)
        await health.start()
        try:
            await until(lambda: health.readiness().ready, 10, "ready")
            redis.freeze()
            await until(lambda: not health.readiness().ready, 8, "red while Redis is frozen")
            redis.thaw()
            await until(lambda: health.readiness().ready, 10, "green again")
            await redis.kill()
            await until(lambda: not health.readiness().ready, 8, "red without Redis")
        finally:
            await health.close()
            await log.close()
            await database.close()


async def test_the_figures_are_prometheus_text(house: House) -> None:
    answer = await house.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "live_members" in answer.text
