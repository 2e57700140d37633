"""A rehearsal beside a run: what goes off, what must not, and who is meant after somebody was brought back."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from loadtest import rehearsal
from loadtest.links import Links
from loadtest.plan import Plan, Planned
from loadtest.rehearsal import Rehearsal
from tests.waiting import until


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    child = subprocess.Popen(["sleep", "60"])
    yield child
    child.kill()
    child.wait()


@pytest.fixture
def rehearsed(sleeper: subprocess.Popen[bytes], tmp_path: Path) -> Callable[..., Rehearsal]:
    """`rehearsed(for_s, fault, …)` → a rehearsal in a deployment whose one process is called `sleeper`."""

    def make(for_s: float, *faults: Planned) -> Rehearsal:
        links = Links("http://127.0.0.1:9", "demo", processes={"sleeper": sleeper.pid})
        return Rehearsal(Plan(faults), links, tmp_path / "processes.json", for_s)

    return make


async def whole(faults: Rehearsal) -> None:
    """Begin what is due until all have run, and end the rehearsal."""
    began_at = time.time()

    def all_have_run() -> bool:
        faults.due(time.time() - began_at, began_at)
        running = list(faults._running.values())
        return len(running) == len(faults.outcomes) and all(each.process.poll() is not None for each in running)

    await until(all_have_run, 30)
    await asyncio.to_thread(faults.end, began_at)


def state_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "X"


def test_a_faults_command_is_there_without_the_guard_whose_import_would_weigh_on_what_is_measured():
    listed = subprocess.run(
        [sys.executable, "-X", "importtime", *rehearsal.FAULT[1:], "list"], capture_output=True, text=True, check=True
    )
    assert "failover.faults" in listed.stderr
    assert "failover.core" not in listed.stderr


@pytest.mark.parametrize("at_s", [2.0, 4.0])
def test_what_lies_beyond_the_runs_end_never_goes_off(rehearsed, sleeper, at_s):
    faults = rehearsed(2.0, Planned(at_s, "kill", "sleeper", None))
    began_at = time.time() - 2.5
    faults.due(1.9, began_at)
    faults.end(began_at)
    assert faults.outcomes[0].fault == "not run: the run ends at 2 s"
    assert faults.outcomes[0].injected_s is None
    assert sleeper.poll() is None


def test_what_waits_for_its_second_when_the_run_is_cut_short_never_goes_off(rehearsed, sleeper):
    faults = rehearsed(60.0, Planned(4.0, "kill", "sleeper", None))
    began_at = time.time()
    faults.due(0.0, began_at)
    faults.end(began_at)
    assert time.time() < began_at + 4
    assert faults.outcomes[0].fault == "not run: the run ended before"
    assert faults.outcomes[0].injected_s is None
    assert sleeper.poll() is None


async def test_what_is_broken_when_the_run_is_cut_short_is_healed_at_once(rehearsed, sleeper):
    faults = rehearsed(120.0, Planned(0.0, "freeze", "sleeper", 90.0))
    began_at = time.time()
    faults.due(0.0, began_at)
    await until(lambda: state_of(sleeper.pid) == "T", 20)
    await asyncio.to_thread(faults.end, began_at)
    outcome = faults.outcomes[0]
    assert state_of(sleeper.pid) == "S"
    assert outcome.healed_s is not None
    assert outcome.healed_s < 60
    assert outcome.fault == ""


async def test_who_was_brought_back_is_meant_by_the_old_name(rehearsed, sleeper):
    faults = rehearsed(60.0, Planned(0.0, "restart", "sleeper", 0.1), Planned(0.3, "kill", "sleeper", None))
    await whole(faults)
    assert [outcome.fault for outcome in faults.outcomes] == ["", ""]
    assert faults.outcomes[0].healed_s < faults.outcomes[1].injected_s
    revived = int(faults._revived["sleeper"].removeprefix("pid:"))
    assert revived != sleeper.pid
    assert state_of(revived) in "XZ"


@pytest.mark.parametrize("source", [True, False], ids=["a publisher of the run", "a process of the deployment"])
async def test_only_a_publisher_that_was_brought_back_goes_with_the_run(rehearsed, sleeper, tmp_path, source):
    (tmp_path / "processes.json").write_text(json.dumps({"main": sleeper.pid} if source else {}))
    faults = rehearsed(60.0, Planned(0.0, "restart", "main" if source else "sleeper", 0.1))
    await whole(faults)
    assert faults.outcomes[0].fault == ""
    revived = int(next(iter(faults._revived.values())).removeprefix("pid:"))
    if source:
        await until(lambda: state_of(revived) in "XZ")
    else:
        assert state_of(revived) == "S"
        os.kill(revived, signal.SIGKILL)
