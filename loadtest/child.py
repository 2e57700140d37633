"""A process that a load test started: ready or not, what CPU it used, what memory it holds, ended for certain.

Reads /proc; decides nothing. Used by the bench for every server and for the crowd, and by `run` for locust.
"""

import contextlib
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from loadtest.refusal import Refusal

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_END_S = 8.0
_POLL_S = 0.05


class Child:
    """A process and, by its group, whatever it started. `env` is added to our own; None takes a name out."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        name: str,
        env: Mapping[str, str | None] | None = None,
        pipes: bool = False,
        log: Path | None = None,
    ) -> None:
        self.name = name
        errors = log.open("ab") if log is not None else None
        try:
            self.process = subprocess.Popen(  # noqa: S603  our own command line
                list(command),
                env={name: value for name, value in {**os.environ, **(env or {})}.items() if value is not None},
                stdin=subprocess.PIPE if pipes else subprocess.DEVNULL,
                stdout=subprocess.PIPE if pipes else subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,
                text=True,
                bufsize=1,
            )
        except OSError as fault:
            raise Refusal(f"{name}: {command[0]}: {fault.strerror}") from None
        finally:
            if errors is not None:
                errors.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def pids(self) -> list[int]:
        """The process and its descendants."""
        found, todo = [], [self.process.pid]
        while todo:
            pid = todo.pop()
            found.append(pid)
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                try:
                    todo += [int(child) for child in task.read_text().split()]
                except OSError:
                    continue
        return found

    def cpu_s(self) -> float:
        """User and system time of the whole family so far, in seconds."""
        total = 0.0
        for pid in self.pids:
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            total += (int(fields[11]) + int(fields[12])) * _TICK_S
        return total

    def memory_bytes(self) -> int:
        """Resident memory of the whole family."""
        total = 0
        for pid in self.pids:
            try:
                status = Path(f"/proc/{pid}/status").read_text()
            except OSError:
                continue
            total += sum(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmRSS"))
        return total

    def until_answers(self, url: str, within_s: float) -> None:
        """Wait until `url` answers 200. Refusal when the process ends or the time is over."""
        end = time.monotonic() + within_s
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise Refusal(f"{self.name} ended with code {self.process.returncode} before it was ready")
            try:
                with urllib.request.urlopen(url, timeout=1):  # noqa: S310  a loopback address of ours
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(_POLL_S)
        raise Refusal(f"{self.name} was not ready after {within_s:.0f} s ({url})")

    def end(self) -> None:
        """End the process and its group: politely, then not."""
        for number, wait_s in ((signal.SIGTERM, _END_S), (signal.SIGKILL, _END_S)):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)
            try:
                self.process.wait(wait_s)
            except subprocess.TimeoutExpired:
                continue
            break
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()


def last_line(log: Path) -> str:
    """What a process that writes to `log` said last, cut to a line's length."""
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1][-200:] if lines else "it said nothing"


def end_all_in(folder: Path) -> None:
    """End every process whose DATA_DIR, or working folder, is `folder`, politely, then not: those that a fault brought
    back are nobody's children."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in _all_in(folder):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        end = time.monotonic() + _END_S
        while _all_in(folder):
            if time.monotonic() > end:
                break
            time.sleep(_POLL_S)
        else:
            return


def _all_in(folder: Path) -> list[int]:
    """Redis writes over its environment, but works in its folder; a gateway does the contrary."""
    mark, found = f"DATA_DIR={folder}".encode(), []
    for home in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (home / "environ").read_bytes().split(b"\0") or (home / "cwd").readlink() == folder:
                found.append(int(home.name))
        except OSError:
            continue
    return found
