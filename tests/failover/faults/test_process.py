"""Processes: each fault bites the whole family, heals, and refuses what it must not touch."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from failover.faults import process
from failover.faults.fault import CannotRehearse, until
from failover.faults.process import Freeze, Kill, Thaw, Victim, family

_PARENT = "import subprocess,time; subprocess.Popen(['sleep','60']); print('up',flush=True); time.sleep(60)"


def end_started(pid: int) -> None:
    """End what a heal started, as its parent."""
    child = next(child for child in process._started if child.pid == pid)
    child.kill()
    child.wait()


def parent_and_child(start) -> subprocess.Popen[bytes]:
    child = start(sys.executable, "-c", _PARENT, stdout=subprocess.PIPE)
    assert child.stdout.readline() == b"up\n"
    assert len(family(child.pid)) == 2
    return child


def test_a_kill_takes_the_whole_family(start):
    child = parent_and_child(start)
    sleeper = Victim.of(family(child.pid)[1])
    fault = Kill(child.pid)
    assert not fault.bit()
    fault.inject()
    assert until(fault.bit)
    assert sleeper.state in "XZ"
    fault.heal()
    assert child.wait(5) == -signal.SIGKILL


_PARENT_OF_A_ZOMBIE = (
    "import os,subprocess,time\n"
    "child=subprocess.Popen(['true']); os.waitid(os.P_PID,child.pid,os.WEXITED|os.WNOWAIT)\n"
    "print('up',flush=True); time.sleep(60)"
)


@pytest.mark.parametrize("kind", [Kill, Freeze])
def test_a_child_that_is_dead_and_not_yet_buried_is_passed_over(start, kind):
    parent = start(sys.executable, "-c", _PARENT_OF_A_ZOMBIE, stdout=subprocess.PIPE)
    assert parent.stdout.readline() == b"up\n"
    assert len(family(parent.pid)) == 2
    fault = kind(parent.pid)
    fault.inject()
    assert until(fault.bit)
    fault.heal()


def test_a_restart_brings_back_the_same_command_in_the_same_folder(start, tmp_path):
    child = start("sleep", "61", cwd=tmp_path, env={"COLOUR": "blue", "PATH": os.environ["PATH"]})
    fault = Kill(child.pid, restart=True)
    fault.inject()
    assert until(fault.bit)
    again = fault.heal()
    try:
        home = Path(f"/proc/{again}")
        assert (home / "cwd").readlink() == tmp_path
        assert (home / "cmdline").read_bytes() == b"sleep\x0061\x00"
        assert b"COLOUR=blue" in (home / "environ").read_bytes()
    finally:
        end_started(again)


def test_who_was_not_killed_is_not_started_a_second_time(start, monkeypatch):
    child = start("sleep", "60")
    fault = Kill(child.pid, restart=True)

    def forbidden(*_):
        raise PermissionError

    monkeypatch.setattr(os, "kill", forbidden)
    with pytest.raises(CannotRehearse, match="no right to signal"):
        fault.inject()
    monkeypatch.undo()
    before = list(process._started)
    assert fault.heal() is None
    assert process._started == before
    assert child.poll() is None


def test_one_who_may_not_be_signalled_does_not_keep_the_others_frozen(start, monkeypatch):
    child = parent_and_child(start)
    sleeper = family(child.pid)[1]
    fault = Freeze(child.pid)
    kill = os.kill

    def forbidden_for_one(pid: int, number: int) -> None:
        if pid == sleeper:
            raise PermissionError
        kill(pid, number)

    monkeypatch.setattr(os, "kill", forbidden_for_one)
    with pytest.raises(CannotRehearse, match=f"no right to signal process {sleeper}"):
        fault.inject()
    assert until(lambda: Victim.of(child.pid).state == "T")
    with pytest.raises(CannotRehearse, match=f"no right to signal process {sleeper}"):
        fault.heal()
    assert until(lambda: Victim.of(child.pid).state != "T")


def test_a_frozen_family_stands_still_and_is_thawed(start):
    child = parent_and_child(start)
    fault = Freeze(child.pid)
    fault.inject()
    assert until(fault.bit)
    assert all(Victim.of(pid).state == "T" for pid in family(child.pid))
    fault.heal()
    assert until(lambda: all(Victim.of(pid).state != "T" for pid in family(child.pid)))
    assert not fault.bit()


def test_a_thaw_wakes_who_was_frozen_before(start):
    child = start("sleep", "60")
    os.kill(child.pid, signal.SIGSTOP)
    assert until(lambda: Victim.of(child.pid).state == "T")
    fault = Thaw(child.pid)
    assert not fault.bit()
    fault.inject()
    assert until(fault.bit)
    fault.heal()


def test_a_freeze_of_someone_who_died_meanwhile_did_not_bite(start):
    child = start("sleep", "60")
    fault = Freeze(child.pid)
    child.kill()
    child.wait()
    fault.inject()
    assert not fault.bit()
    fault.heal()


@pytest.mark.parametrize("pid", [0, 1, os.getpid(), os.getppid()], ids=["nobody", "init", "self", "parent"])
def test_its_own_ground_is_not_touched(pid):
    with pytest.raises(CannotRehearse, match="own ground"):
        Kill(pid)


def test_a_process_that_is_not_there_cannot_be_broken(start):
    child = start("true")
    child.wait()
    with pytest.raises(CannotRehearse, match=f"there is no process {child.pid}"):
        Freeze(child.pid)


def test_a_number_that_another_process_got_is_left_alone(start):
    child = start("sleep", "60")
    impostor = Victim(child.pid, began=1)
    assert impostor.state == "X"
    impostor.signal(signal.SIGKILL)
    assert child.poll() is None


def test_without_the_right_it_says_so_in_one_line(monkeypatch, start):
    child = start("sleep", "60")

    def forbidden(*_):
        raise PermissionError

    monkeypatch.setattr(os, "kill", forbidden)
    with pytest.raises(CannotRehearse) as refusal:
        Kill(child.pid).inject()
    monkeypatch.undo()
    assert str(refusal.value) == (
        f"cannot be rehearsed here: no right to signal process {child.pid}: run as its user, or as root"
    )
    assert child.poll() is None
