"""Runs that are told to stop: what they broke is healed, nobody is left behind."""

import asyncio
import json
import os
import signal
from pathlib import Path

import pytest

from tests.loadtest.running import command, left_behind, links_file
from tests.waiting import until


@pytest.mark.parametrize("word", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
async def test_a_run_told_to_stop_leaves_nobody_behind(tmp_path, planted_process, word):
    server = planted_process()
    child = await asyncio.create_subprocess_exec(
        *command(tmp_path, "--links", str(links_file(tmp_path, server)), "--users", "4", "--for", "60s"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert b"The crowd is coming" in await asyncio.wait_for(child.stdout.readline(), 30)
    await until(lambda: len(left_behind(tmp_path)) >= 2)
    child.send_signal(word)
    await asyncio.wait_for(child.communicate(), 30)
    assert child.returncode == 128 + word
    told = json.loads((tmp_path / "report.json").read_text())
    assert told["trouble"] == [f"cut short: told to stop ({word.name})"]
    assert told["client"]["processes"] == 1
    assert "<!doctype html>" in (tmp_path / "report.html").read_text()
    assert left_behind(tmp_path) == []


async def test_a_run_told_twice_to_stop_heals_what_it_broke_and_leaves_nobody_behind(tmp_path, planted_process):
    server, plan = planted_process(), tmp_path / "plan.toml"
    plan.write_text('version = 1\n[[fault]]\nat_s = 1\nfault = "freeze"\ntarget = "server"\nfor_s = 60\n')
    links = str(links_file(tmp_path, server))
    child = await asyncio.create_subprocess_exec(
        *command(tmp_path, "--links", links, "--users", "4", "--for", "90s", "--faults", str(plan)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )

    def state() -> str:
        return Path(f"/proc/{server['pid']}/stat").read_text().rpartition(")")[2].split()[0]

    await until(lambda: state() == "T", 30)
    child.send_signal(signal.SIGINT)
    await until(lambda: state() != "T", 30)
    child.send_signal(signal.SIGINT)
    await asyncio.wait_for(child.communicate(), 30)
    assert left_behind(tmp_path) == []
