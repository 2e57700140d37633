"""The deployment that a demo brings along: nobody of it is left, and one that does not start has a report too."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from loadtest import deployment
from loadtest.child import end_all_in
from tests.loadtest.running import left_behind
from tests.waiting import until


def test_who_was_brought_back_ends_with_the_deployment(tmp_path):
    mine, other = tmp_path / "mine", tmp_path / "other"
    mine.mkdir()
    other.mkdir()
    children = [
        subprocess.Popen(["sleep", "60"], env={"DATA_DIR": str(mine)}, start_new_session=True),
        subprocess.Popen(["sleep", "60"], env={}, cwd=mine, start_new_session=True),
        subprocess.Popen(["sleep", "60"], env={"DATA_DIR": str(other)}, cwd=other, start_new_session=True),
    ]
    try:
        end_all_in(mine)
        assert [children[0].wait(5), children[1].wait(5), children[2].poll()] == [-15, -15, None]
    finally:
        for child in children:
            child.kill()
            child.wait()


def test_the_settings_of_the_users_own_deployment_are_not_the_demos(tmp_path, monkeypatch):
    table = (Path(__file__).parents[2] / "docs" / "operating.md").read_text()
    settings = set(re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE)) | {"LINKS", "FAULT_REDIS_FREEZE_COMMAND"}
    assert "REDIS_URL" in settings
    for name in settings:
        monkeypatch.setenv(name, "the user's")
    program = tmp_path / "liveserver"
    program.write_text(
        '#!/bin/sh\nwhile [ "$1" != --links ]; do shift; done\nenv > "$2.new"\nmv "$2.new" "$2"\nexec sleep 60\n'
    )
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with deployment.cluster(tmp_path, 1) as links:
        assert "the user's" not in links.read_text()
        assert "FAULT_REDIS_FREEZE_COMMAND" not in os.environ


async def test_a_demo_whose_cluster_does_not_start_is_said_and_reported(tmp_path):
    report = tmp_path / "made" / "report.html"
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "loadtest", "demo", "--report", str(report)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PATH": str(tmp_path), "REDIS_URL": ""},
        cwd=Path(__file__).parents[2],
    )
    _, err = await asyncio.wait_for(child.communicate(), 90)
    told = json.loads(report.with_suffix(".json").read_text())
    assert child.returncode == 2
    assert err.decode().splitlines()[-1] == told["trouble"][0]
    assert told["trouble"][0].startswith("the cluster ended with code ")
    assert "<!doctype html>" in report.read_text()


async def test_a_demos_report_that_cannot_be_written_is_refused_before_the_cluster_starts(tmp_path):
    (tmp_path / "file").touch()
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "loadtest", "demo", "--report", str(tmp_path / "file" / "report.html")),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(child.communicate(), 30)
    assert (child.returncode, out) == (2, b"")
    assert err.decode().startswith(f"--report {tmp_path}/file/report.html: ")
    assert err.count(b"\n") == 1


async def test_a_demo_told_to_stop_while_its_cluster_starts_has_a_report_too(tmp_path):
    report = tmp_path / "report.html"
    (tmp_path / "clip.mp4").touch()
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "loadtest", "demo", "--report", str(report)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    await until(lambda: list(tmp_path.glob("loadtest-*/data")) != [], 60)
    child.send_signal(signal.SIGHUP)
    _, err = await asyncio.wait_for(child.communicate(), 60)
    assert (child.returncode, err.decode()) == (128 + signal.SIGHUP, "cut short: told to stop (SIGHUP)\n")
    assert json.loads(report.with_suffix(".json").read_text())["trouble"] == [err.decode().strip()]
    assert left_behind(tmp_path) == []
