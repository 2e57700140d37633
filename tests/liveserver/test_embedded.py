"""Everything in one process: the same code as several, joined, served on a real port, and ended without a trace."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from broadcast.core.codes import Close
from broadcast.core.errors import SettingsError
from broadcast.listener import bind
from liveserver.doors import open_doors
from liveserver.embedded import Embedded, EmbeddedSettings
from liveserver.sample import sample_event
from liveserver.serve import serving
from tests.liveserver.socketed import Member
from tests.waiting import until

SECRET = "0123456789abcdef0123456789abcdef"


class Running:
    def __init__(self, whole: Embedded, base: str) -> None:
        self.whole = whole
        self.base = base

    def ready(self) -> bool:
        return self.whole.gateway.health.readiness().ready


def settings_of(folder: Path, listening: socket.socket) -> EmbeddedSettings:
    port = listening.getsockname()[1]
    return EmbeddedSettings.read(
        {
            "SECRET": SECRET,
            "PORT": str(port),
            "NODE_ID": "one",
            "MEDIA_ADDRESS": "127.0.0.1",
            "DATABASE_URL": f"sqlite:///{folder / 'live.db'}",
        }
    )


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    listening = bind("127.0.0.1", 0)
    settings = settings_of(tmp_path, listening)
    whole = Embedded(settings)
    event = sample_event()
    await whole.gateway.database.open()
    await whole.gateway.events.replace(event)
    await open_doors(whole.log, event.id, event.created_at_ms)
    async with serving(whole, listening, drain_s=0):
        made = Running(whole, settings.gateway.public_url)
        await until(made.ready, 15, "ready")
        yield made


async def test_one_port_answers_for_gateway_media_node_and_guard(running: Running) -> None:
    async with httpx.AsyncClient(base_url=running.base) as client:
        parts = (await client.get("/readyz")).json()["parts"]
        assert set(parts) == {"log", "record", "gateway", "media", "guard"}
        assert (await client.get("/api/v1/events/demo")).json()["state"] == "open"
        whip = await client.post("/whip/demo/main", content=b"v=0", headers={"content-type": "application/sdp"})
        assert whip.status_code == 401
        node = {"authorization": f"Bearer {running.whole.gateway.links.node('one')}"}
        assert (await client.get("/failover/v1/leader", headers=node)).status_code == 200
        operator = {"authorization": f"Bearer {running.whole.gateway.links.operator().token}"}
        view = (await client.get("/api/v1/ops", headers=operator)).json()
        assert {(node["role"], node["ready"]) for node in view["nodes"]} == {
            ("gateway", True),
            ("media", True),
            ("failover", True),
        }
        assert (await client.get("/api/v1/ops/incidents", headers=operator)).json() == {
            "incidents": [],
            "faulty_plans": {},
        }
        assert (await client.get("/api/v1/ops/mail", headers=operator)).json() == {"mail": []}
        metrics = (await client.get("/metrics")).text
        assert "live_members" in metrics
        assert "broadcast_sources" in metrics


async def test_people_join_talk_and_tip(running: Running) -> None:
    async with Member(running.base) as ada, Member(running.base, name="Ben") as ben:
        assert (await ada.say("chat.send", "c-1", text="Hello"))["type"] == "ack"
        await ben.hears("chat", text="Hello")
        ack = await ada.say("tip.send", "t-1", amount=500, currency="EUR", text="Thanks")
        assert ack["status"] == "confirmed"
        assert (await ada.say("tip.send", "t-1", amount=500, currency="EUR", text="Thanks"))["tip"] == ack["tip"]
        await ben.hears("tip", tip=ack["tip"])
        refused = await ada.say("tip.send", "t-2", amount=501, currency="EUR", text="")
        assert refused["code"] == "payment_refused"
        late = await ben.say("tip.send", "t-3", amount=502, currency="EUR", text="")
        assert late["status"] == "pending"
        await ben.hears("tip.status", tip=late["tip"], status="confirmed")
        await ada.hears("tip", tip=late["tip"])
        assert [tip["tip"] for tip in ada.all("tip")] == [ack["tip"], late["tip"]]
        assert ada.all("tip.status") == []


async def test_a_tip_of_nothing_or_of_far_too_much_is_named(running: Running) -> None:
    async with Member(running.base) as ada:
        for key, amount in (("a", -5), ("b", 0), ("c", 10**18)):
            rejected = await ada.say("tip.send", key, amount=amount)
            assert rejected["code"] == "bad_field"
            assert "amount" in rejected["reason"]


async def test_its_guard_learns_of_an_event_that_is_made(running: Running) -> None:
    operator = {"authorization": f"Bearer {running.whole.gateway.links.operator().token}"}
    node = {"authorization": f"Bearer {running.whole.gateway.links.node('one')}"}
    async with httpx.AsyncClient(base_url=running.base) as client:
        wanted = {"id": "ink", "title": "Ink", "host": "Ben", "open": True}
        assert (await client.post("/api/v1/events", json=wanted, headers=operator)).status_code == 201

        async def led() -> bool:
            return "ink" in (await client.get("/failover/v1/leader", headers=node)).json()["leads"]

        await until(led, 15, "the guard leads the new event")


async def test_every_fault_of_a_plan_is_told_before_the_event_is_made(running: Running) -> None:
    async with httpx.AsyncClient(base_url=running.base) as client:
        operator = {"authorization": f"Bearer {running.whole.gateway.links.operator().token}"}
        plan = 'version = 1\n[[rung]]\nkind = "main"\nwords = 7\n[[rung]]\nkind = "slate"\nleads_on = 3'
        wanted = {"id": "ink", "title": "Ink", "host": "Ben", "plan": plan}
        answer = await client.post("/api/v1/events", json=wanted, headers=operator)
        assert answer.status_code == 400
        body = answer.json()
        assert (body["code"], body["field"]) == ("bad_field", "plan")
        assert [(fault["line"], fault["field"]) for fault in body["faults"]] == [
            (4, "rung[0].words"),
            (7, "rung[1].leads_on"),
        ]
        assert (await client.get("/api/v1/events/ink")).status_code == 404
        right = 'version = 1\n[[rung]]\nkind = "main"\n[[rung]]\nkind = "slate"\n'
        answer = await client.post("/api/v1/events", json={**wanted, "plan": right}, headers=operator)
        assert (answer.status_code, answer.json()["plan_checked"]) == (201, True)


async def test_it_ends_with_members_in_the_room_and_leaves_no_task_behind(tmp_path: Path) -> None:
    before = asyncio.all_tasks()
    listening = bind("127.0.0.1", 0)
    settings = settings_of(tmp_path, listening)
    whole = Embedded(settings)
    await whole.gateway.database.open()
    await whole.gateway.events.replace(sample_event())
    async with serving(whole, listening, drain_s=0) as ended:
        await until(lambda: whole.gateway.health.readiness().ready, 15, "ready")
        member = Member(settings.gateway.public_url)
        await member.__aenter__()
        assert not ended.is_set()
    await member.__aexit__(None, None, None)
    assert member.closed == Close.DRAIN
    await until(lambda: asyncio.all_tasks() <= before, 5, "no task is left")


def test_faults_of_all_three_are_found() -> None:
    with pytest.raises(SettingsError) as error:
        EmbeddedSettings.read({"SECRET": SECRET, "MEDIA_ADDRESS": "here", "SMTP_URL": "mail"})
    assert [fault.partition(":")[0] for fault in error.value.faults] == ["MEDIA_ADDRESS", "SMTP_URL"]
