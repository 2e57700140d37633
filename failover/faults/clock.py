"""A process's wall clock stepped, by libfaketime; the machine's own clock is never touched.

Only a process that was started for it (`clocked_environ`) can be stepped; its monotonic clock goes on undisturbed. The
step is a line in a file that the process reads about once a second.
"""

import os
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from failover.faults.fault import CannotRehearse

_PLACES = ("/usr/lib/*/faketime", "/usr/lib/faketime", "/usr/local/lib/faketime", "/usr/lib64/faketime")
_FILE = "FAKETIME_TIMESTAMP_FILE"
_NOT_AT_ALL = "+0s"


def library() -> Path:
    """libfaketime, where Debian and others put it. CannotRehearse where it is not installed."""
    for place in _PLACES:
        for name in ("libfaketimeMT.so.1", "libfaketime.so.1"):
            found = sorted(Path("/").glob(place.lstrip("/") + "/" + name))
            if found:
                return found[0]
    raise CannotRehearse("libfaketime is not installed (apt-get install faketime)")


def clocked_environ(file: Path, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """An environment in which a process's wall clock can be stepped through `file`, which is made if it isn't there.

    CannotRehearse where it cannot be made.
    """
    try:
        if not file.exists():
            file.write_text(_NOT_AT_ALL)
    except OSError as fault:
        raise CannotRehearse(f"the clock file {file} cannot be written: {fault.strerror}") from None
    return {
        **(os.environ if environ is None else environ),
        "LD_PRELOAD": str(library()),
        _FILE: str(file.resolve()),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }


class ClockStep:
    """The clock of whoever was started with `file` jumps by `step_s` seconds (negative: back). `heal` jumps back."""

    def __init__(self, file: Path, step_s: float) -> None:
        self._library = library()
        self._file = file
        self._step_s = step_s
        if not file.exists() or not _readers(file):
            raise CannotRehearse(f"no process was started with the clock file {file} (failover fault clocked)")

    def inject(self) -> None:
        self._write(f"{self._step_s:+g}s")

    def bit(self) -> bool:
        """Someone reads the file, and whoever reads it is told another time."""
        told = subprocess.run(
            ["/bin/date", "+%s.%N"],
            env=clocked_environ(self._file, {}),
            capture_output=True,
            text=True,
            check=False,
            timeout=5,
        ).stdout.strip()
        off_s = float(told) - time.time() if told.replace(".", "").isdigit() else 0.0
        return abs(off_s - self._step_s) < min(2.0, abs(self._step_s) / 2) and bool(_readers(self._file))

    def heal(self) -> None:
        self._write(_NOT_AT_ALL)

    def _write(self, step: str) -> None:
        try:
            self._file.write_text(step)
        except OSError as fault:
            raise CannotRehearse(f"{self._file} cannot be written: {fault.strerror}") from None


def _readers(file: Path) -> list[int]:
    """Processes that have libfaketime loaded and were told this file."""
    wanted = f"{_FILE}={file.resolve()}".encode()
    found = []
    for home in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (home / "environ").read_bytes().split(b"\0") and "libfaketime" in (home / "maps").read_text():
                found.append(int(home.name))
        except OSError:
            continue
    return found
