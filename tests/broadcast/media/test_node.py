"""The media node alone, as a process: healthy, ready, measured, and gone when it is asked to go."""

import asyncio
import os
import signal
import sys

import httpx
import pytest
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette

from broadcast.media.node import MediaNode
from broadcast.media.peer import LOOPBACK, addresses_for
from broadcast.settings import MediaSettings
from tests.broadcast.media.conftest import SECRET, publishing, reading, running
from tests.waiting import until


async def test_it_says_that_it_lives_and_is_ready_and_what_it_does(node, h264_clip):
    async with httpx.AsyncClient(base_url=node.base, trust_env=False) as client:
        assert (await client.get("/healthz")).text == "ok\n"
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()) == (200, {"ready": True, "node": "m1"})
        async with reading(node) as reader, publishing(node, h264_clip):
            await reader.say(type="pull", room="demo", source="main")
            await until(lambda: len(reader.frames) > 20)
            metrics = (await client.get("/metrics")).text
            assert "broadcast_sources 1.0" in metrics
            assert "broadcast_readers 1.0" in metrics
            assert 'broadcast_whip_answers_total{code="created"} 1.0' in metrics
            assert "broadcast_frame_seconds_count" in metrics


async def test_it_is_not_ready_when_its_clockwork_stands(node):
    assert node.node.ready()
    node.node._ticker.cancel()
    await until(lambda: not node.node.ready())
    async with httpx.AsyncClient(base_url=node.base, trust_env=False) as client:
        assert (await client.get("/readyz")).status_code == 503


async def test_one_publications_fault_does_not_stop_the_clock(node, monkeypatch):
    ticks = []

    async def broken(now):
        ticks.append(now)
        raise RuntimeError("on purpose")

    monkeypatch.setattr(node.node.ingest, "tick", broken)
    await until(lambda: len(ticks) >= 2)
    assert node.node.ready()


async def test_it_can_be_mounted_in_another_application():
    settings = MediaSettings.read({"SECRET": SECRET, "WATCH": "off"})
    registry = CollectorRegistry()
    made = MediaNode(settings, registry)
    application = Starlette(routes=made.routes())
    assert not made.ready()
    await made.start()
    assert made.ready()
    transport = httpx.ASGITransport(app=application)
    async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:
        assert (await client.post("/whip/demo/main")).status_code == 401
    assert registry.get_sample_value("broadcast_whip_answers_total", {"code": "token_invalid"}) == 1.0
    await made.close()
    assert not made.ready()


@pytest.mark.parametrize("address", [LOOPBACK, "203.0.113.9"])
async def test_udp_is_offered_where_the_setting_says(address, h264_clip):
    async with running(WATCH="off", MEDIA_ADDRESS=address) as node:
        bound, offered = addresses_for(address)
        if address == LOOPBACK:
            assert (bound, offered) == ([LOOPBACK], None)
            async with reading(node) as reader, publishing(node, h264_clip, address=LOOPBACK):
                await until(lambda: reader.of("source", state="up"))
        else:
            assert offered == address
            assert address not in bound


def test_a_machine_that_has_only_loopback_offers_it(monkeypatch):
    monkeypatch.setattr("broadcast.media.peer.get_host_addresses", lambda **_: [])
    assert addresses_for(None) == ([LOOPBACK], None)


async def start(**environ: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from broadcast.cli import main; main()", "media",
        env={**os.environ, "SECRET": SECRET, **environ},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


@pytest.mark.parametrize("ask", [signal.SIGINT, signal.SIGTERM])
async def test_the_command_runs_a_node_until_it_is_asked_to_go(ask):
    process = await start(PORT="0", NODE_ID="m7")
    assert process.stdout is not None
    line = (await asyncio.wait_for(process.stdout.readline(), 20)).decode()
    assert line.startswith("media node m7: http://127.0.0.1:")
    base = line.split(": ", 1)[1].strip()

    async def healthy() -> bool:
        try:
            async with httpx.AsyncClient(trust_env=False) as client:
                return (await client.get(base + "/readyz")).status_code == 200
        except httpx.TransportError:
            return False

    await until(healthy, within_s=20)
    process.send_signal(ask)
    _, err = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode in (0, -ask)
    assert b"Traceback" not in err


async def test_a_taken_port_and_bad_settings_end_it_with_one_line_each(node):
    taken = await start(PORT=node.base.rpartition(":")[2])
    _, err = await asyncio.wait_for(taken.communicate(), 20)
    assert taken.returncode == 2
    assert err.decode().startswith("broadcast: PORT: ")
    assert err.count(b"\n") == 1
    wrong = await start(PORT="x", SECRET="short")
    _, err = await asyncio.wait_for(wrong.communicate(), 20)
    assert wrong.returncode == 2
    assert {line.split(": ")[1] for line in err.decode().splitlines()} == {"SECRET", "PORT"}
