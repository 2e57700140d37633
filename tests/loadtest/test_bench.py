"""The bench, small: three servers under one crowd, a table, and refusals of one line."""

import asyncio
import json
import sys
from pathlib import Path

import pytest

from loadtest.bench.table import page, provenance, table
from loadtest.child import Child
from loadtest.refusal import Refusal

_PLANTED = Path(__file__).with_name("planted.py")


async def ran(*arguments: str, cwd: Path | None = None) -> tuple[int | None, str, str]:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "loadtest",
        *arguments,
        cwd=cwd,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(child.communicate(), 120)
    return child.returncode, out.decode(), err.decode()


async def test_a_small_bench_measures_all_three_and_says_where_and_when(tmp_path):
    report = tmp_path / "raw.json"
    code, out, err = await ran(
        "bench", "-n", "60", "--seconds", "1", "--server", f"{sys.executable} {_PLANTED}", "--report", str(report)
    )
    assert (code, err) == (0, "")
    figures = json.loads(report.read_text())
    assert set(figures["provenance"]) == {"commit", "machine", "python", "date"}
    for server in ("ours", "starlette", "floor"):
        assert figures[server]["deliveries"] >= 60 * 10
        assert figures[server]["us_per_delivery"] >= 0
    assert "| liveserver" in out
    (tmp_path / "server.json").write_text(json.dumps(figures))
    assert table(figures) in page(tmp_path)


async def test_a_server_that_does_not_start_is_said_in_one_line():
    code, _, err = await ran("bench", "-n", "60", "--server", "/bin/false")
    assert code == 2
    assert err == "the server ended with code 1 before it was ready\n"


async def test_a_command_that_does_not_exist_is_said_in_one_line():
    code, _, err = await ran("bench", "-n", "60", "--server", "/no/such/program demo")
    assert code == 2
    assert err == "the server: /no/such/program: No such file or directory\n"


def test_a_child_that_never_answers_is_ended():
    with pytest.raises(Refusal, match="was not ready after 0 s"), Child(["sleep", "60"], name="a sleeper") as child:
        child.until_answers("http://127.0.0.1:9/", 0.1)
    assert child.process.returncode is not None


def test_the_commit_is_that_of_these_programs_wherever_they_are_started(tmp_path, monkeypatch):
    here = provenance()["commit"]
    monkeypatch.chdir(tmp_path)
    assert provenance()["commit"] == here != "unknown"
