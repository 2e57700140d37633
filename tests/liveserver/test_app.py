"""Two gateways on one Redis and one SQLite file: what is said, given and decided at one holds at the other."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from broadcast.core.entries import Role
from broadcast.listener import bind
from liveserver import app, sample
from liveserver.serve import serving
from liveserver.settings import GatewaySettings
from tests.liveserver.socketed import Member
from tests.redis_server import RedisServer
from tests.waiting import until

SECRET = "0123456789abcdef0123456789abcdef"


class Pair:
    def __init__(self, gateways: list[app.StandaloneGateway], redis: RedisServer) -> None:
        self.gateways = gateways
        self.redis = redis
        self.bases = [gateway.settings.public_url for gateway in gateways]


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(RedisServer())
        listening = [bind("127.0.0.1", 0) for _ in range(2)]
        urls = [f"http://127.0.0.1:{each.getsockname()[1]}" for each in listening]
        gateways = []
        for number, (each, url) in enumerate(zip(listening, urls, strict=True)):
            environ = {
                "SECRET": SECRET,
                "REDIS_URL": redis.url,
                "NODE_ID": f"g{number}",
                "PUBLIC_URL": url,
                "GATEWAYS": ",".join(urls),
                "DATABASE_URL": f"sqlite:///{tmp_path / 'live.db'}",
            }
            gateway = app.create(GatewaySettings.read(environ))
            if number == 0:
                await sample.plant(gateway.settings)
            await stack.enter_async_context(serving(gateway, each, drain_s=0))
            gateways.append(gateway)
        made = Pair(gateways, redis)
        # Without media nodes a gateway may say it is not ready; what it is asked here needs none.
        for gateway in gateways:
            await until(lambda gateway=gateway: gateway.health.readiness().parts["log"].ok, 15, "the log is there")
        yield made


async def test_a_tip_given_at_both_with_one_key_is_one_tip_in_both_rooms(pair: Pair) -> None:
    token = pair.gateways[0].links.token(member="g-1", name="Ada", role=Role.ATTENDEE, event="demo")
    async with Member(pair.bases[0], token=token) as here, Member(pair.bases[1], token=token) as there:
        acks = [await member.say("tip.send", "k-1", amount=500, currency="EUR", text="") for member in (here, there)]
        assert acks[0]["tip"] == acks[1]["tip"]
        for member in (here, there):
            await member.hears("tip", tip=acks[0]["tip"])
        await here.say("chat.send", "c-1", text="after")
        await there.hears("chat", text="after")
        assert len(here.all("tip")) == len(there.all("tip")) == 1


async def test_an_event_made_at_one_is_known_at_the_other(pair: Pair) -> None:
    operator = {"authorization": f"Bearer {pair.gateways[0].links.operator().token}"}
    wanted = {"id": "ink", "title": "Ink", "host": "Ben", "open": True}
    async with httpx.AsyncClient() as client:
        made = await client.post(f"{pair.bases[0]}/api/v1/events", json=wanted, headers=operator)
        assert made.status_code == 201
        info = (await client.get(f"{pair.bases[1]}/api/v1/events/ink")).json()
    assert info["state"] == "open"
    assert info["gateways"][0] == f"ws{pair.bases[1].removeprefix('http')}"
    async with Member(pair.bases[1], room="ink") as member:
        assert member.heard[0]["room"]["title"] == "Ink"


async def test_a_client_is_told_where_the_other_gateway_is(pair: Pair) -> None:
    async with Member(pair.bases[0]) as member:
        urls = member.heard[0]["reconnect"]["urls"]
    assert f"ws{pair.bases[1].removeprefix('http')}" in urls


async def test_redis_away_is_said_within_seconds_and_the_page_stands(pair: Pair) -> None:
    async with httpx.AsyncClient() as client:
        await client.get(f"{pair.bases[0]}/api/v1/events/demo")
        await pair.redis.kill()

        async def red() -> bool:
            answer = await client.get(f"{pair.bases[0]}/readyz")
            return answer.status_code == 503 and not answer.json()["parts"]["log"]["ok"]

        await until(red, 8, "readiness is red")
        assert (await client.get(f"{pair.bases[0]}/api/v1/events/demo", timeout=10)).json()["state"] == "open"
        assert (await client.get(f"{pair.bases[0]}/healthz")).status_code == 200
