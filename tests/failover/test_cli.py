"""The `failover` command."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from broadcast.core.entries import Role
from broadcast.token import ANY_EVENT, Grant, sign
from tests.failover.conftest import PLAN, SECRET
from tests.waiting import until

FAILOVER = str(Path(sys.executable).with_name("failover"))
PLAIN = {**os.environ, "NO_COLOR": "1", "TERM": "dumb"}


def failover(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    known = {name: value for name, value in PLAIN.items() if name not in ("SECRET", "REDIS_URL")}
    return subprocess.run([FAILOVER, *words], capture_output=True, text=True, timeout=60, env={**known, **environ})


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.toml"
    path.write_text(PLAN)
    return path


def test_a_good_plan_is_said_to_be_good_and_can_be_shown(plan: Path) -> None:
    done = failover("plan", "check", str(plan), "--event", "demo")
    assert (done.returncode, done.stdout) == (0, f"{plan}: 5 rungs, no fault\n")
    shown = failover("plan", "show", str(plan))
    assert shown.returncode == 0
    assert "for 1 s, then the next one that is healthy" in shown.stdout
    assert "demo.backup, everyone within 2000 ms" in shown.stdout
    assert "without a picture   after 1500 ms" in shown.stdout
    assert "Ada Example" in shown.stdout


def test_a_bad_plan_is_told_like_a_compiler_does(plan: Path) -> None:
    plan.write_text('version = 1\n[[rung]]\nkind = "main"\nwords = ""\n[[rung]]\nkind = "elevator"\n')
    done = failover("plan", "check", str(plan))
    assert done.returncode == 1
    assert [line.partition(" ")[0] for line in done.stderr.splitlines()] == [f"{plan}:2:", f"{plan}:4:", f"{plan}:6:"]


def test_a_plan_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    done = failover("plan", "check", str(tmp_path / "none.toml"))
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    assert "UTF-8" in failover("plan", "show", str(tmp_path / "binary")).stderr


def test_wrong_settings_end_it_with_a_line_each() -> None:
    done = failover("run", SECRET="short")
    assert done.returncode == 2
    names = [line.split(": ")[1] for line in done.stderr.splitlines()]
    assert names == ["SECRET", "MEDIA_NODES", "GATEWAYS", "REDIS_URL"]


def test_a_taken_port_ends_it_with_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = failover("run", **_settings(taken.getsockname()[1]))
    assert done.returncode == 2
    assert done.stderr.startswith("failover: PORT: ")
    assert len(done.stderr.splitlines()) == 1


def _settings(port: int) -> dict[str, str]:
    return {
        "SECRET": SECRET,
        "PORT": str(port),
        "MEDIA_NODES": "http://127.0.0.1:9",
        "GATEWAYS": "http://127.0.0.1:9",
        "REDIS_URL": "redis://127.0.0.1:9",
        "DATABASE_URL": "sqlite:////tmp/nowhere/at/all.db",
        "NODE_ID": "g1",
    }


async def test_a_guard_without_anything_around_it_lives_and_says_what_it_lacks() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    guard = await asyncio.create_subprocess_exec(
        FAILOVER, "run", env={**PLAIN, **_settings(port)}, stderr=subprocess.DEVNULL
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:

            async def alive() -> bool:
                try:
                    return (await client.get("/healthz")).status_code == 200
                except httpx.HTTPError:
                    return False

            await until(alive, 30)
            ready = await client.get("/readyz")
            assert ready.status_code == 503
            assert {"record", "media", "gateways"} <= ready.json()["detail"].keys()
            assert "failover_events_led 0.0" in (await client.get("/metrics")).text
            assert (await client.get("/failover/v1/leader")).json()["code"] == "token_invalid"
            for role, status in ((Role.HOST, 403), (Role.NODE, 200)):
                token = sign(Grant("x", "x", role, ANY_EVENT, 4_000_000_000), SECRET)
                answer = await client.get("/failover/v1/leader", headers={"Authorization": f"Bearer {token}"})
                assert answer.status_code == status
            assert answer.json() == {"node": "g1", "leads": [], "faulty_plans": {}}
            expired = sign(Grant("x", "x", Role.NODE, ANY_EVENT, 1), SECRET)
            answer = await client.get("/failover/v1/mail", headers={"Authorization": f"Bearer {expired}"})
            assert answer.json()["code"] == "token_expired"
            bad = await client.get("/failover/v1/incidents?event=../x", headers={"Authorization": f"Bearer {token}"})
            assert (bad.status_code, bad.json()["field"]) == (400, "event")
    finally:
        guard.send_signal(signal.SIGINT)
        async with asyncio.timeout(15):
            assert await guard.wait() in (0, -signal.SIGINT)
