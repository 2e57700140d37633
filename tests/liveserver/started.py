"""A command of ours as a process of its own, watched and ended by its pid."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

LIVESERVER = str(Path(sys.executable).with_name("liveserver"))


class Started:
    """`command` run with `environ` on top of nothing but a path; a context manager that leaves nothing behind."""

    def __init__(self, *command: str, folder: Path, **environ: str) -> None:
        self._output = folder / f"output-{os.urandom(4).hex()}"
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [LIVESERVER, *command],
                cwd=folder,
                env={"PATH": os.environ["PATH"], **environ},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def output(self) -> str:
        """What it printed so far."""
        return self._output.read_text()

    def wait(self, within_s: float = 20) -> int:
        """Its exit code."""
        return self.process.wait(within_s)

    def until_exists(self, path: Path, within_s: float = 30) -> None:
        """Return once `path` is there, or fail with what was printed."""
        end = time.monotonic() + within_s
        while not path.exists():
            assert self.process.poll() is None, self.output()
            assert time.monotonic() < end, self.output()
            time.sleep(0.01)

    def interrupt(self, number: signal.Signals = signal.SIGINT) -> int:
        """Ctrl-C; its exit code."""
        self.process.send_signal(number)
        return self.wait()

    def __enter__(self) -> "Started":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
