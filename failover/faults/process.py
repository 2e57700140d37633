"""Processes killed, frozen and thawed, with all that they started.

Never touches process 1, itself or whoever started it, and never a process that merely got the same number. Needs the
right to signal the process; says so where it lacks it.
"""

import contextlib
import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from failover.faults.fault import CannotRehearse, until

_STOPPED = "T"
_DEAD = "ZX"
_started: list[subprocess.Popen[bytes]] = []  # held, so that who starts a process here remains its parent


@dataclass(frozen=True, slots=True)
class Victim:
    """One process, told apart from a later one of the same number by when it began (clock ticks since boot)."""

    pid: int
    began: int

    @staticmethod
    def of(pid: int) -> "Victim":
        """The process that has this number now. CannotRehearse where there is none, or it must not be touched."""
        if pid <= 1 or pid in _ancestors(os.getpid()):
            raise CannotRehearse(f"process {pid} is this rehearsal's own ground")
        stat = _stat(pid)
        if stat is None or stat[0] in _DEAD:
            raise CannotRehearse(f"there is no process {pid}")
        return Victim(pid, int(stat[19]))

    @property
    def state(self) -> str:
        """The letter of proc(5): R, S, D, T, …; X where it is gone."""
        stat = _stat(self.pid)
        return stat[0] if stat is not None and int(stat[19]) == self.began else "X"

    def signal(self, number: signal.Signals) -> None:
        """Signal it, if it is still there."""
        if self.state in _DEAD:
            return
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return
        except PermissionError:
            raise CannotRehearse(f"no right to signal process {self.pid}: run as its user, or as root") from None


@dataclass(frozen=True, slots=True)
class Start:
    """How a process was started: enough to start it again."""

    argv: tuple[str, ...]
    environ: dict[str, str]
    folder: str
    outputs: tuple[int, int]
    told: bytes = b""

    @staticmethod
    def of(pid: int, argv: tuple[str, ...] = (), told: bytes = b"") -> "Start":
        """As /proc tells; `argv` for who writes over its own, `told` for who reads its standard input.

        CannotRehearse where it may not be read.
        """
        home = Path(f"/proc/{pid}")
        try:
            argv = argv or tuple(part.decode() for part in (home / "cmdline").read_bytes().split(b"\0")[:-1])
            pairs = (part.decode().partition("=") for part in (home / "environ").read_bytes().split(b"\0") if part)
            environ = {name: value for name, _, value in pairs}
            return Start(argv, environ, str((home / "cwd").readlink()), (_output(home, 1), _output(home, 2)), told)
        except OSError as fault:
            raise CannotRehearse(f"how process {pid} was started cannot be read: {fault.strerror}") from None

    def again(self) -> int:
        """Start it once more, by itself; the new process's number."""
        try:
            child = subprocess.Popen(  # noqa: S603  the very command that ran before
                self.argv,
                env=self.environ,
                cwd=self.folder,
                stdin=subprocess.PIPE if self.told else subprocess.DEVNULL,
                stdout=self.outputs[0],
                stderr=self.outputs[1],
                start_new_session=True,
            )
        except OSError as fault:
            raise CannotRehearse(f"{self.argv[0]} could not be started again: {fault.strerror}") from None
        _started.append(child)
        if child.stdin is not None:
            with contextlib.suppress(BrokenPipeError), child.stdin:
                child.stdin.write(self.told)
        return child.pid


class Kill:
    """SIGKILL to a process and its descendants, as a crash does. With `restart`, `heal` starts it again as it was."""

    def __init__(self, pid: int, *, restart: bool = False, argv: tuple[str, ...] = (), told: bytes = b"") -> None:
        self._victims = _victims(pid)
        self._start = Start.of(pid, argv, told) if restart else None
        self._struck = False
        self._again: Victim | None = None

    def inject(self) -> None:
        for victim in self._victims:
            victim.signal(signal.SIGKILL)
            self._struck = True

    def bit(self) -> bool:
        again = self._again
        return all(victim.state in _DEAD for victim in self._victims) and (again is None or again.state in _DEAD)

    def heal(self) -> int | None:
        """The new process's number. Who was not killed is not started a second time."""
        if self._start is None or not self._struck or not until(lambda: self._victims[0].state in _DEAD):
            return None
        started = self._start.again()
        self._again = Victim.of(started)
        return started


class Freeze:
    """SIGSTOP to a process and its descendants: sockets stay open and nobody answers. `heal` thaws them."""

    def __init__(self, pid: int) -> None:
        self._victims = _victims(pid)

    def inject(self) -> None:
        for victim in self._victims:
            victim.signal(signal.SIGSTOP)

    def bit(self) -> bool:
        return all(victim.state in _STOPPED + _DEAD for victim in self._victims) and self._victims[0].state == _STOPPED

    def heal(self) -> None:
        _thaw(self._victims)


class Thaw:
    """SIGCONT to a frozen process and its descendants: the fault of coming back late, believing it still leads."""

    def __init__(self, pid: int) -> None:
        self._victims = _victims(pid)

    def inject(self) -> None:
        _thaw(self._victims)

    def bit(self) -> bool:
        return self._victims[0].state not in _STOPPED + _DEAD

    def heal(self) -> None:
        return


def _victims(pid: int) -> list[Victim]:
    """The process and what lives of its descendants, parents first. CannotRehearse where it is itself no Victim."""
    found = [Victim.of(pid)]
    for child in family(pid)[1:]:
        stat = _stat(child)
        if stat is not None and stat[0] not in _DEAD:
            found.append(Victim(child, int(stat[19])))
    return found


def _thaw(victims: list[Victim]) -> None:
    """SIGCONT to children, then parents; one who may not be signalled does not keep the others frozen."""
    refusals = []
    for victim in reversed(victims):
        try:
            victim.signal(signal.SIGCONT)
        except CannotRehearse as refusal:
            refusals.append(refusal)
    if refusals:
        raise refusals[0]


def family(pid: int) -> list[int]:
    """The process and its descendants, parents first."""
    found, todo = [], [pid]
    while todo:
        current = todo.pop(0)
        found.append(current)
        for children in Path(f"/proc/{current}/task").glob("*/children"):
            try:
                todo += [int(child) for child in children.read_text().split()]
            except OSError:
                continue
    return found


def _output(home: Path, number: int) -> int:
    """Where the process writes to, taken over while it lives, so that whoever reads its output goes on reading."""
    try:
        return os.open(home / "fd" / str(number), os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
    except OSError:
        return subprocess.DEVNULL


def _stat(pid: int) -> list[str] | None:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def _ancestors(pid: int) -> set[int]:
    found = set()
    while pid > 1:
        found.add(pid)
        stat = _stat(pid)
        pid = int(stat[1]) if stat is not None else 0
    return found
