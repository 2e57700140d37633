"""The command line of faults: every step told, told to stop, refusals in one line."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from failover.faults.catalogue import KINDS, make
from failover.faults.cli import duration_s
from failover.faults.fault import CannotRehearse
from failover.faults.process import Victim
from tests.waiting import until

ROOT = Path(__file__).parents[3]


async def test_a_heal_that_fails_is_no_refusal(tmp_path, monkeypatch):
    for part, command in (("", f"touch {tmp_path}/b"), ("_HEAL", "false"), ("_CHECK", f"test -e {tmp_path}/b")):
        monkeypatch.setenv(f"FAULT_DOOR{part}_COMMAND", command)
    code, out, _ = await ran("run", "operator", "--target", "door", "--for", "0s")
    assert (code, out.splitlines()[-1]) == (
        5,
        "operator door: not healed (still broken: the command 'false' ended with code 1)",
    )


@pytest.mark.parametrize(("text", "seconds"), [("5s", 5), ("300ms", 0.3), ("2m", 120), ("1.5", 1.5), ("0s", 0)])
def test_times_as_people_write_them(text, seconds):
    assert duration_s(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["-3s", "soon", "5h", "", "nan", "1e9"])
def test_times_that_are_none_are_refused(text):
    with pytest.raises(CannotRehearse, match="is no time"):
        duration_s(text)


@pytest.mark.parametrize(
    ("name", "target", "why"),
    [
        ("explode", "1", "no fault is called 'explode'"),
        ("kill", "gateway", "'gateway' is no process id"),
        ("delay", "127.0.0.1:1", "delay needs --delay-ms"),
    ],
)
def test_what_cannot_be_made_is_refused_by_name(name, target, why):
    with pytest.raises(CannotRehearse, match=why):
        make(name, target, {})


async def ran(*arguments: str) -> tuple[int | None, str, str]:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "failover.faults",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(child.communicate(), 30)
    return child.returncode, out.decode(), err.decode()


async def test_the_command_freezes_and_thaws_and_tells_it_in_json(start):
    child = start("sleep", "60")
    code, out, _ = await ran("run", "freeze", "--target", str(child.pid), "--for", "100ms", "--json")
    assert code == 0
    assert [json.loads(line)["what"] for line in out.splitlines()] == ["injected", "bit", "healed"]
    assert Victim.of(child.pid).state == "S"


async def test_a_fault_waits_for_its_moment(start):
    child = start("sleep", "60")
    moment = time.time() + 3
    code, out, _ = await ran("run", "freeze", "--target", str(child.pid), "--for", "0s", "--at", str(moment), "--json")
    assert code == 0
    assert json.loads(out.splitlines()[0])["at"] >= moment


async def test_a_command_told_to_stop_heals_first(start):
    sleeper = start("sleep", "60")
    command = [sys.executable, "-m", "failover.faults", "run", "freeze", "--target", str(sleeper.pid), "--for", "1m"]
    running = start(*command, stdout=subprocess.PIPE)
    while b"bit" not in await asyncio.to_thread(running.stdout.readline):
        pass
    assert Victim.of(sleeper.pid).state == "T"
    running.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(running.wait, 10) == 128 + signal.SIGTERM
    assert Victim.of(sleeper.pid).state == "S"


async def test_nothing_disturbs_a_heal_under_way(start, tmp_path):
    broken, healing, gate = tmp_path / "broken", tmp_path / "healing", tmp_path / "gate"
    os.mkfifo(gate)
    environ = {
        "FAULT_DOOR_COMMAND": f"touch {broken}",
        "FAULT_DOOR_CHECK_COMMAND": f"test -e {broken}",
        "FAULT_DOOR_HEAL_COMMAND": f"sh -c 'touch {healing}; read line < {gate}; rm {broken}'",
    }
    command = [sys.executable, "-m", "failover.faults", "run", "operator", "--target", "door", "--for", "1m"]
    running = start(*command, env={**os.environ, **environ}, stdout=subprocess.PIPE)
    while b"bit" not in await asyncio.to_thread(running.stdout.readline):
        pass
    running.send_signal(signal.SIGTERM)
    await until(healing.exists)
    running.send_signal(signal.SIGTERM)
    running.send_signal(signal.SIGINT)
    await asyncio.to_thread(gate.write_text, "on\n")
    assert await asyncio.to_thread(running.wait, 10) > 128
    assert not broken.exists()


def test_what_is_said_to_be_started_again_is_so_without_a_time_too():
    assert {kind.name for kind in KINDS.values() if "started again" in kind.breaks} == {"restart", "redis-kill"}
    assert all(kind.revives == ("started again" in kind.breaks) for kind in KINDS.values())


@pytest.mark.parametrize("hold", [["--for", "0s"], []], ids=["at-once", "no-time"])
async def test_a_restart_tells_the_new_process(start, hold):
    child = start("sleep", "60")
    code, out, _ = await ran("run", "restart", "--target", str(child.pid), *hold, "--json")
    healed = json.loads(out.splitlines()[-1])
    assert healed["what"] == "healed", out
    pid = int(healed["detail"].removeprefix("pid:"))
    try:
        assert (code, healed["what"]) == (0, "healed")
        assert Path(f"/proc/{pid}/cmdline").read_bytes() == b"sleep\x0060\x00"  # noqa: ASYNC240
    finally:
        os.kill(pid, signal.SIGKILL)


GROUNDS = [("mount", ["disk", "here"], "umount -l here"), ("ip", ["enclose"], "ip netns delete fault-host")]


@pytest.mark.parametrize(("tool", "ground", "undone"), GROUNDS if os.geteuid() == 0 else GROUNDS[:1])
async def test_a_ground_told_to_stop_while_it_is_made_is_taken_away(start, tmp_path, tool, ground, undone):
    log, gate = tmp_path / "log", tmp_path / "gate"
    os.mkfifo(gate)
    for name in ("mount", "umount", "ip"):
        script = tmp_path / name
        wait = f"grep -qx held {log} || {{ echo held >> {log}; read line < {gate}; }}\n" if name == tool else ""
        script.write_text(f'#!/bin/sh\n{wait}echo "{name} $*" >> {log}\n')
        script.chmod(0o755)
    log.touch()
    environ = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "failover.faults", *ground, "--", "touch", "ran"]
    running = start(*command, cwd=tmp_path, env=environ)
    await until(lambda: "held" in log.read_text(), 20)
    running.send_signal(signal.SIGTERM)
    await asyncio.to_thread(gate.write_text, "on\n")
    assert await asyncio.to_thread(running.wait, 10) == 128 + signal.SIGTERM
    assert log.read_text().splitlines()[-1] == undone
    assert "exec" not in log.read_text()
    assert not (tmp_path / "ran").exists()


async def test_a_refusal_is_one_line():
    code, out, err = await ran("run", "kill", "--target", "1")
    assert (code, err) == (3, "")
    assert out == "kill 1: refused (cannot be rehearsed here: process 1 is this rehearsal's own ground)\n"


async def test_the_list_names_every_fault():
    _, out, _ = await ran("list")
    assert [line.split()[0] for line in out.splitlines()] == list(KINDS)
    _, out, _ = await ran("list", "--json")
    known = json.loads(out)
    assert known["delay"] == {
        "knobs": ["delay_ms"],
        "bounds": {"delay_ms": {"min": 0.001, "max": 600_000}},
        "heals": True,
    }
    assert all(set(kind["bounds"]) == set(kind["knobs"]) for kind in known.values())


@pytest.mark.parametrize(
    ("name", "knob", "value"),
    [("delay", "delay_ms", 0), ("lossy", "share", 1.5), ("throttle", "bytes_per_s", -1), ("clock-step", "step_s", 1e9)],
)
def test_a_knob_out_of_bounds_is_refused_before_its_target_is_looked_at(name, knob, value):
    with pytest.raises(CannotRehearse, match=f"--{knob.replace('_', '-')} .*: from .* to "):
        make(name, "127.0.0.1:9", {knob: value})
    with pytest.raises(CannotRehearse, match=f"--{knob.replace('_', '-')} nan"):
        make(name, "127.0.0.1:9", {knob: float("nan")})


async def test_a_path_runs_as_a_process_and_is_steered(start):
    path = start(
        sys.executable,
        "-m",
        "failover.faults",
        "path",
        "--to",
        "127.0.0.1:9",
        "--speaks",
        "smtp",
        stdout=subprocess.PIPE,
    )
    ports = json.loads(await asyncio.to_thread(path.stdout.readline))
    running = ran("run", "lane-errors", "--target", ports["control"], "--for", "100ms")
    asked = asyncio.create_task(running)
    host, _, port = ports["listen"].rpartition(":")
    answer = b""
    while not answer:
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            answer = await reader.read()
        except ConnectionError:
            continue
        finally:
            writer.close()
    assert answer.startswith(b"421")
    code, out, _ = await asked
    assert (code, out.splitlines()[-1]) == (0, f"lane-errors {ports['control']}: healed")
    path.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(path.wait, 5) == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["clocked", "--file", "clock", "--", "/no/such/program"],
        ["enclose", "--index", "239", "--"],
        ["disk", "here", "--"],
        ["disk", "far/from/here", "--", "/no/such/program"],
        ["disk", "a-file", "--", "true"],
        ["disk", "a-file/below", "--", "true"],
        ["clocked", "--file", "nowhere/f", "--", "date"],
    ],
)
async def test_a_ground_that_is_refused_leaves_nothing_behind(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a-file").write_text("mine")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    code, _, err = await ran(*arguments)
    assert code == 3
    assert "Traceback" not in err
    assert err.count("\n") == 1
    assert not Path("/run/netns/fault-host").exists()  # noqa: ASYNC240
    assert {path.name for path in tmp_path.iterdir()} <= {"a-file", "clock"}


async def test_a_disk_that_cannot_be_mounted_leaves_no_folder(tmp_path, monkeypatch):
    (tmp_path / "mount").write_text("#!/bin/sh\necho must be superuser >&2; exit 1\n")
    (tmp_path / "mount").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    code, _, err = await ran("disk", str(tmp_path / "far" / "here"), "--", "true")
    assert (code, err) == (3, "cannot be rehearsed here: a small disk needs root: must be superuser\n")
    assert not (tmp_path / "far").exists()
