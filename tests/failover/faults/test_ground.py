"""Disk, clock and datagrams: each on a ground of its own, each leaving nothing behind."""

import errno
import os
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from failover.faults import disk
from failover.faults.clock import ClockStep, clocked_environ
from failover.faults.disk import DiskFull, SmallDisk
from failover.faults.fault import CannotRehearse, rehearse, until
from failover.faults.udp import Namespace, UdpCut, ip

ROOT = os.geteuid() == 0


def may_make(ground: SmallDisk | Namespace) -> bool:
    """Whether we are root; where not, `ground` refuses in one line, and that is what is tested instead."""
    if not ROOT:
        with pytest.raises(CannotRehearse, match=r"^cannot be rehearsed here: .*needs root.*$"):
            ground.__enter__()
    return ROOT


def test_a_full_disk_refuses_every_write_and_is_empty_afterwards(tmp_path):
    if not may_make(SmallDisk(tmp_path / "small", 2**20)):
        return
    with SmallDisk(tmp_path / "small", 2 * 2**20) as small:
        (small.folder / "kept").write_text("mine")
        fault = DiskFull(small.folder)
        assert not fault.bit()
        fault.inject()
        assert fault.bit()
        with pytest.raises(OSError, match="No space left") as failure:
            (small.folder / "new").write_bytes(b"x" * 100_000)
        assert failure.value.errno == errno.ENOSPC
        fault.heal()
        assert not fault.bit()
        (small.folder / "new").write_bytes(b"x" * 100_000)
        assert {path.name for path in small.folder.iterdir()} == {disk._MARKER, "kept", "new"}
    assert not (tmp_path / "small").exists()


def test_a_disk_half_filled_is_emptied(tmp_path, monkeypatch):
    if not may_make(SmallDisk(tmp_path / "small", 2**20)):
        return
    fill = disk._fill

    def broken(descriptor: int) -> None:
        fill(descriptor)
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(disk, "_fill", broken)
    with SmallDisk(tmp_path / "small", 2 * 2**20) as small:
        with pytest.raises(CannotRehearse, match="cannot be filled: Input/output error"):
            rehearse(DiskFull(small.folder), 5, lambda *_: None)
        assert list(small.folder.iterdir()) == [small.folder / disk._MARKER]


def test_a_disk_that_others_use_is_not_filled(tmp_path):
    (tmp_path / disk._MARKER).write_text(disk._device(tmp_path))
    for folder in (Path.cwd(), Path("/"), tmp_path):
        with pytest.raises(CannotRehearse, match="lies on a disk that others use"):
            DiskFull(folder)


def test_a_small_disk_that_is_not_ours_is_not_filled_though_it_has_a_copy_of_our_files(tmp_path):
    if not may_make(SmallDisk(tmp_path / "small", 2**20)):
        return
    with SmallDisk(tmp_path / "small", 2**20) as ours, SmallDisk(tmp_path / "theirs", 2**20) as theirs:
        (ours.folder / "below").mkdir()
        DiskFull(ours.folder / "below")
        (theirs.folder / disk._MARKER).unlink()
        for copied in (False, True):
            if copied:
                shutil.copy(ours.folder / disk._MARKER, theirs.folder)
            with pytest.raises(CannotRehearse, match="lies on a disk that others use"):
                DiskFull(theirs.folder)


def test_a_folder_that_is_not_there_cannot_be_filled(tmp_path):
    with pytest.raises(CannotRehearse, match="is no folder"):
        DiskFull(tmp_path / "none")


def test_a_clock_steps_for_one_process_only_and_steps_back(start, tmp_path):
    file = tmp_path / "clock"
    script = "import sys,time\nfor _ in sys.stdin: print(time.time(), time.monotonic(), flush=True)"
    child = start(
        sys.executable, "-c", script, env=clocked_environ(file), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )

    def ask() -> tuple[float, float]:
        child.stdin.write(b"?\n")
        child.stdin.flush()
        wall, monotonic = child.stdout.readline().split()
        return float(wall), float(monotonic)

    here, monotonic_before = ask()
    fault = ClockStep(file, -3600)
    assert not fault.bit()
    fault.inject()
    assert fault.bit()
    assert until(lambda: ask()[0] < here - 3000)
    assert 0 <= ask()[1] - monotonic_before < 60
    fault.heal()
    assert until(lambda: ask()[0] >= here)
    assert not fault.bit()
    assert not ClockStep(file, 1.5).bit(), "a small step is told apart from none"


def test_a_command_keeps_the_dashes_that_are_its_own(tmp_path):
    fault = [sys.executable, "-m", "failover", "fault", "clocked", "--file", str(tmp_path / "clock"), "--"]
    said = subprocess.run(
        [*fault, "/usr/bin/printf", "%s|", "a", "--", "b"], capture_output=True, text=True, check=True
    )
    assert said.stdout == "a|--|b|"


def test_a_clock_file_that_nobody_reads_cannot_be_stepped(tmp_path):
    with pytest.raises(CannotRehearse, match="no process was started with the clock file"):
        ClockStep(tmp_path / "none", 5)


def test_datagrams_are_cut_and_connections_go_on(start):
    if not may_make(Namespace("test", 240)):
        return
    with Namespace("test", 240) as namespace:
        heard: list[bytes] = []
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
            socket.create_server((namespace.outside, 0)) as connections,
        ):
            datagrams.bind((namespace.outside, 0))
            datagrams.settimeout(0.3)
            threading.Thread(target=lambda: [_answer(connections) for _ in range(3)], daemon=True).start()
            script = (
                "import socket,sys\n"
                f"u=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\n"
                "for line in sys.stdin:\n"
                f"  u.sendto(line.encode(),('{namespace.outside}',{datagrams.getsockname()[1]}))\n"
                f"  t=socket.create_connection(('{namespace.outside}',{connections.getsockname()[1]}),5)\n"
                "  print(t.recv(9).decode(),flush=True); t.close()\n"
            )
            child = start(
                *namespace.command(sys.executable, "-c", script), stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )

            def send(line: bytes) -> bool:
                child.stdin.write(line + b"\n")
                child.stdin.flush()
                assert child.stdout.readline() == b"connected\n", "its TCP goes on"
                try:
                    heard.append(datagrams.recv(99))
                except TimeoutError:
                    return False
                return True

            assert send(b"one")
            fault = UdpCut(child.pid)
            assert not fault.bit()
            fault.inject()
            assert fault.bit()
            assert not send(b"two")
            fault.heal()
            assert not fault.bit()
            assert send(b"three")
            assert heard == [b"one\n", b"three\n"]
    assert "fault-test" not in ip("netns", "list")
    assert "fault240" not in ip("link", "show")


@pytest.mark.parametrize("steps", range(4))
def test_datagrams_half_cut_are_healed(start, monkeypatch, steps):
    if not may_make(Namespace("half", 242)):
        return
    with Namespace("half", 242) as namespace:
        child = start(*namespace.command("cat"), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        child.stdin.write(b"inside\n")
        child.stdin.flush()
        assert child.stdout.readline() == b"inside\n"
        fault = UdpCut(child.pid)
        inside, done = fault._inside, []

        def breaks(*command: str) -> str:
            if len(done) == steps:
                monkeypatch.undo()
                raise CannotRehearse("no more")
            done.append(command)
            return inside(*command)

        monkeypatch.setattr(fault, "_inside", breaks)
        with pytest.raises(CannotRehearse, match="no more"):
            rehearse(fault, 5, lambda *_: None)
        assert len(done) == steps
        assert "177" not in ip("-n", namespace.name, "rule", "show")
        assert ip("-n", namespace.name, "neigh", "show", "nud", "permanent") == ""
        assert ip("-n", namespace.name, "route", "show", "table", "all").count("via") == 1


def test_a_cut_is_healed_for_the_neighbours_of_a_process_that_is_gone(start):
    if not may_make(Namespace("gone", 243)):
        return
    with Namespace("gone", 243) as namespace:
        child = start(*namespace.command("cat"), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        child.stdin.write(b"inside\n")
        child.stdin.flush()
        assert child.stdout.readline() == b"inside\n"
        fault = UdpCut(child.pid)
        fault.inject()
        assert fault.bit()
        child.kill()
        child.wait()
        fault.heal()
        assert "177" not in ip("-n", namespace.name, "rule", "show")


@pytest.mark.parametrize("second", [Namespace("second", 244), Namespace("first", 245)], ids=["index", "name"])
def test_a_namespace_that_is_refused_leaves_another_ones_alone(second):
    if not may_make(second):
        return
    with Namespace("first", 244):
        with pytest.raises(CannotRehearse, match="File exists"):
            second.__enter__()
        assert "fault244" in ip("link", "show")
        assert ip("-n", "fault-first", "route", "show", "default").startswith("default via 10.77.244.1")
        assert "fault-second" not in ip("netns", "list")
    assert "fault-first" not in ip("netns", "list")
    assert "fault244" not in ip("link", "show")


def _answer(listener: socket.socket) -> None:
    try:
        connection, _ = listener.accept()
    except OSError:
        return
    with connection:
        connection.sendall(b"connected")


def test_a_process_on_the_machines_own_network_is_not_cut(start):
    child = start("sleep", "60")
    with pytest.raises(CannotRehearse, match="shares the machine's network"):
        UdpCut(child.pid)


@pytest.mark.parametrize(
    "line",
    [
        "SmallDisk(Path('/tmp'), 2**20).__enter__()",
        "Namespace('nobody', 241).__enter__()",
    ],
)
def test_without_root_it_says_so_in_one_line(line):
    script = (
        "import os\n"
        "from pathlib import Path\n"
        "from failover.faults.disk import SmallDisk\n"
        "from failover.faults.udp import Namespace\n"
        "from failover.faults.fault import CannotRehearse\n"
        "if os.geteuid() == 0: os.setuid(65534)\n"
        f"try: {line}\n"
        "except CannotRehearse as refusal: print(refusal)\n"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert told.startswith("cannot be rehearsed here: ")
    assert told.count("\n") == 1
