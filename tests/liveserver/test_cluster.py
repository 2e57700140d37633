"""The sample event on several processes: started by one command, each killed without taking the others, all ended."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from broadcast.core.errors import SettingsError
from liveserver import cluster
from liveserver.demo import DemoSettings
from tests.liveserver.started import Started


@pytest.fixture
def started(tmp_path: Path) -> Iterator[tuple[Started, dict[str, Any]]]:
    links = tmp_path / "links.json"
    with Started("cluster", folder=tmp_path, PORT="0", DATA_DIR="data", LINKS=str(links)) as running:
        running.until_exists(links, 60)
        said = json.loads(links.read_text())
        yield running, said
        if running.process.poll() is None:
            running.interrupt()
        assert_gone(said)


def alive(pid: int) -> bool:
    """Whether a process runs (and is not just waiting to be buried)."""
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


def assert_gone(said: dict[str, Any]) -> None:
    wait(lambda: not any(alive(pid) for pid in said["processes"].values()), "nobody is left behind")


def wait(condition: Callable[[], bool], what: str, within_s: float = 20) -> None:
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def test_any_process_may_die_and_the_others_go_on_until_ctrl_c(started: tuple[Started, dict[str, Any]]) -> None:
    running, said = started
    assert set(said["processes"]) == {
        *(f"{kind}.{number}" for kind in ("gateway", "media", "failover") for number in (1, 2)),
        "redis",
    }
    assert len(said["gateways"]) == len(said["media"]) == 2
    for url in (*said["gateways"], *said["media"]):
        assert httpx.get(f"{url}/healthz").status_code == 200
    assert f"{said['gateways'][1]}/e/demo" in running.output()

    for name in ("gateway.1", "media.2", "failover.1"):
        os.kill(said["processes"][name], signal.SIGKILL)
    wait(lambda: not alive(said["processes"]["gateway.1"]), "the gateway is dead")
    operator = {"authorization": f"Bearer {said['tokens']['operator']}"}

    def seen() -> bool:
        view = httpx.get(f"{said['gateways'][1]}/api/v1/ops", headers=operator, timeout=10).json()
        away = {node["url"] for node in view["nodes"] if not node["ready"]}
        dead = {said["gateways"][0], said["media"][1], said["failover"][0]}
        return dead <= away and said["gateways"][1] not in away

    wait(seen, "the operator sees who is away")
    assert httpx.get(f"{said['gateways'][1]}/readyz").status_code == 200
    assert running.process.poll() is None
    assert running.interrupt() == 0
    assert "Traceback" not in running.output()


def test_when_its_supervisor_is_killed_nobody_is_left_behind(started: tuple[Started, dict[str, Any]]) -> None:
    running, said = started
    os.kill(said["processes"]["media.1"], signal.SIGSTOP)
    os.kill(said["processes"]["media.1"], signal.SIGCONT)
    running.process.kill()
    running.process.wait()
    assert_gone(said)


def test_a_taken_port_and_impossible_numbers_are_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="--media: 0"):
        cluster.counts_of(1, 0, 1)
    demo = DemoSettings.read({"PORT": "1", "DATA_DIR": str(tmp_path)}, None)
    assert demo.port == 1
    with Started("cluster", "--gateways", "99", folder=tmp_path, DATA_DIR="data") as running:
        assert running.wait() == 2
        assert "--gateways: 99" in running.output()


def test_every_process_gets_a_place_and_a_name_of_its_own(tmp_path: Path) -> None:
    demo = DemoSettings.read({"PORT": "0", "DATA_DIR": str(tmp_path)}, None)
    counts = cluster.counts_of(3, 2, 1)
    made = cluster.layout({"SECRET": "x", "REDIS_URL": "redis://r"}, demo, counts)
    assert len(made.urls) == len(set(made.urls.values())) == 6
    assert {environ["NODE_ID"] for environ in made.environ.values()} == set(made.urls)
    assert made.environ["failover.1"]["MEDIA_NODES"] == ",".join(made.of("media"))
    assert made.commands["gateway.3"].endswith("liveserver gateway")


def test_the_procfile_runs_under_plain_honcho(tmp_path: Path) -> None:
    environ = {
        "PATH": os.environ["PATH"],
        "SECRET": "0123456789abcdef0123456789abcdef",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'live.db'}",
        "DATA_DIR": str(tmp_path),
    }
    redis = cluster.Redis.start(tmp_path)
    honcho = None
    try:
        first = next(port for port in range(9450, 9490) if all(free(port + above) for above in (0, 100, 200)))
        environ |= {
            "REDIS_URL": redis.url,
            "GATEWAYS": f"http://127.0.0.1:{first}",
            "MEDIA_NODES": f"http://127.0.0.1:{first + 100}",
            "FAILOVER_NODES": f"http://127.0.0.1:{first + 200}",
        }
        with (tmp_path / "output").open("wb") as output:
            honcho = subprocess.Popen(
                [str(Path(sys.executable).with_name("honcho")), "-f", "Procfile", "start", "-p", str(first)],
                cwd=cluster.ROOT,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        for above in (0, 100, 200):
            wait(lambda above=above: ready(first + above), (tmp_path / "output").read_text(), 40)
    finally:
        if honcho is not None:
            honcho.send_signal(signal.SIGINT)
            honcho.wait(20)
        redis.end()
    assert "Traceback" not in (tmp_path / "output").read_text()


def free(port: int) -> bool:
    try:
        return cluster.free_port(port, exactly=True) == port
    except SettingsError:
        return False


def ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False
