"""The commands as people type them: what they print, how fast, what they say of bad input, how they end."""

import json
import os
import signal
import socket
import stat
import time
from pathlib import Path

import httpx
import pytest

from broadcast.core.errors import SettingsError
from liveserver import demo
from tests.liveserver.started import Started

SECRET = "0123456789abcdef0123456789abcdef"


def one_line(started: Started, setting: str) -> str:
    """What a failed start said: one line, naming the setting; exit code 2."""
    assert started.wait() == 2, started.output()
    (line,) = started.output().strip().splitlines()
    assert line.startswith(f"liveserver: {setting}: "), line
    return line


def queued_s(pid: int) -> float:
    """How long the process could have run but others had the processor (its main thread; Linux's schedstats)."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9


def test_the_demo_is_ready_in_time_prints_its_links_and_ends_on_ctrl_c(tmp_path: Path) -> None:
    links = tmp_path / "links.json"
    began = time.monotonic()
    with Started("demo", folder=tmp_path, PORT="0", DATA_DIR="data", LINKS=str(links)) as running:
        running.until_exists(links)
        took_s = time.monotonic() - began - queued_s(running.process.pid)
        said = json.loads(links.read_text())
        base = said["base"]
        assert httpx.get(f"{base}/healthz").status_code == 200
        assert httpx.get(f"{base}/readyz").json()["ready"] is True
        assert httpx.get(f"{base}/api/openapi.json").status_code == 200
        assert "live_members" in httpx.get(f"{base}/metrics").text
        assert httpx.get(f"{base}/api/v1/events/demo").json()["state"] == "open"
        assert running.interrupt() == 0
    output = running.output()
    assert "Traceback" not in output
    assert "Exception" not in output
    for page in said["pages"].values():
        assert page in output
    assert "Try it." in output
    assert "Break it." in output
    assert took_s < 5


def test_the_links_file_has_what_scripts_need_and_is_its_owners_alone(tmp_path: Path) -> None:
    links = tmp_path / "links.json"
    with Started("demo", "--links", str(links), folder=tmp_path, PORT="0", DATA_DIR="data") as running:
        running.until_exists(links)
        said = json.loads(links.read_text())
        assert said["room"] == "demo"
        assert said["events"] == ["demo"]
        assert set(said["pages"]) == {"studio", "standby", "attendee", "desk", "operator"}
        assert set(said["tokens"]) == {"host", "moderator", "operator", "attendee"}
        assert set(said["whip"]) == {"main", "standby"}
        assert said["whip"]["main"]["url"] == f"{said['base']}/whip/demo/main"
        assert stat.S_IMODE(links.stat().st_mode) == 0o600
        assert stat.S_IMODE((tmp_path / "data" / "secret").stat().st_mode) == 0o600
        assert running.interrupt(signal.SIGTERM) == 0


def test_keys_are_kept_from_start_to_start_and_the_event_is_not(tmp_path: Path) -> None:
    links = tmp_path / "links.json"
    tokens, made = [], []
    for _ in range(2):
        links.unlink(missing_ok=True)
        with Started("demo", folder=tmp_path, PORT="0", DATA_DIR="data", LINKS=str(links)) as running:
            running.until_exists(links)
            said = json.loads(links.read_text())
            host = (tokens or [said["tokens"]["host"]])[0]
            plan = httpx.get(f"{said['base']}/api/v1/events/demo/plan", headers={"authorization": f"Bearer {host}"})
            assert plan.status_code == 200
            contact = {"address": "ada@example.org", "consent": True}
            assert httpx.post(f"{said['base']}/api/v1/events/demo/contacts", json=contact).status_code == 202
            tokens.append(host)
            made.append(said["base"])
            assert running.interrupt() == 0
    assert len(made) == 2


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = one_line(Started("demo", folder=tmp_path, PORT=str(port), DATA_DIR="data"), "PORT")
    assert str(port) in line
    assert f"PORT={port + 1}" in line


@pytest.mark.parametrize(
    ("setting", "value", "remedy"),
    [
        ("PORT", "eighty", "whole number"),
        ("PORT", "99999", "65535"),
        ("LOG_LEVEL", "loud", "warning"),
        ("SECRET", "short", "32"),
        ("DATA_DIR", "/proc/nowhere", "DATA_DIR=/tmp/live"),
        ("DATA_DIR", "file", "cannot write"),
        ("DATA_DIR", "keyless", "remove the file"),
        ("ALLOWED_ORIGINS", "everyone", "loopback"),
        ("SMTP_URL", "mail.example.org", "smtp://"),
        ("MEDIA_ADDRESS", "here", "192.0.2.7"),
        ("LINKS", "no/such/folder/links.json", "folder of yours"),
        ("LINKS", "keyless", "folder"),
    ],
)
def test_a_bad_setting_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str, value: str, remedy: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    (tmp_path / "keyless").mkdir()
    (tmp_path / "keyless" / "secret").write_text("x")
    with pytest.raises(SettingsError) as error:
        demo.start({"PORT": "0", "DATA_DIR": "data", setting: value}, None)
    (line,) = error.value.faults
    assert line.startswith(f"{setting}: ")
    assert remedy in line


def test_what_stands_where_the_records_go_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    (tmp_path / "data" / f"demo-{port}.db").mkdir(parents=True)
    with pytest.raises(SettingsError) as error:
        demo.start({"PORT": str(port), "DATA_DIR": "data"}, None)
    (line,) = error.value.faults
    assert line.startswith("DATA_DIR: ")
    assert f"demo-{port}.db" in line
    assert "move it away" in line


def test_the_demo_leaves_the_redis_of_the_environment_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings, _, listening = demo.start({"PORT": "0", "DATA_DIR": "data", "REDIS_URL": "redis://127.0.0.1:9"}, None)
    listening.close()
    assert settings.gateway.redis_url is None


def test_several_bad_settings_are_said_together(tmp_path: Path) -> None:
    started = Started("gateway", folder=tmp_path, PORT="x", MEDIA_NODES="y")
    assert started.wait() == 2
    said = [line.split(": ")[1] for line in started.output().strip().splitlines()]
    assert said == ["PORT", "SECRET", "REDIS_URL", "MEDIA_NODES"]


def test_up_runs_an_event_of_ones_own_made_with_the_printed_link(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with Started("up", folder=tmp_path, PORT=str(port), DATA_DIR="data") as up:
        base = f"http://127.0.0.1:{port}"
        wait_ready(up, base)
        token = up.output().partition("?t=")[2].split()[0]
        wanted = {"id": "ink", "title": "Ink", "host": "Ben", "open": True}
        made = httpx.post(f"{base}/api/v1/events", json=wanted, headers={"authorization": f"Bearer {token}"})
        assert made.status_code == 201, made.text
        assert up.interrupt() == 0
        assert "Traceback" not in up.output()


def test_a_link_for_the_operator_is_printed(tmp_path: Path) -> None:
    printed = Started("link", folder=tmp_path, SECRET=SECRET, PUBLIC_URL="https://live.example")
    assert printed.wait() == 0
    assert printed.output().startswith("https://live.example/ops?t=")


def test_a_second_ctrl_c_does_not_wait(tmp_path: Path) -> None:
    links = tmp_path / "links.json"
    with Started("demo", folder=tmp_path, PORT="0", DATA_DIR="data", LINKS=str(links)) as running:
        running.until_exists(links)
        os.kill(running.process.pid, signal.SIGINT)
        os.kill(running.process.pid, signal.SIGINT)
        assert running.wait(10) == 0
        assert "Traceback" not in running.output()


def wait_ready(started: Started, base: str, within_s: float = 20) -> None:
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        assert started.process.poll() is None, started.output()
        try:
            if httpx.get(f"{base}/readyz", timeout=1).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.05)
    raise AssertionError(started.output())
