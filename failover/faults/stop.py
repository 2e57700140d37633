"""Being told to stop, by SIGTERM or SIGINT, without leaving anything half made or half healed.

Decides nothing and interrupts nothing: the word is remembered, and heeded only where one waits. Made by the command
line before it breaks or mounts anything.
"""

import signal
import subprocess
import time
from types import FrameType

from failover.faults.fault import CannotRehearse

_SLICE_S = 0.05


class Stop:
    """Hears from the moment it is made."""

    def __init__(self) -> None:
        self._told = 0
        self._child: subprocess.Popen[bytes] | None = None
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._hear)

    def _hear(self, number: int, _frame: FrameType | None) -> None:
        self._told = number
        self._pass_on()

    def _pass_on(self) -> None:
        if self._told and self._child is not None:
            self._child.send_signal(self._told)

    def wait(self, for_s: float) -> None:
        """Sleep so long; SystemExit as soon as it is told to stop."""
        end = time.monotonic() + for_s
        while not self._told and (left_s := end - time.monotonic()) > 0:
            time.sleep(min(left_s, _SLICE_S))
        if self._told:
            raise SystemExit(128 + self._told)

    def run(self, command: list[str]) -> int:
        """Run the operator's command until it ends, passing on what it is told; its exit code."""
        if self._told:
            return 128 + self._told
        try:
            self._child = subprocess.Popen(command)  # noqa: S603  the operator's own command
        except OSError as refusal:
            raise CannotRehearse(f"{command[0]}: {refusal.strerror}") from None
        self._pass_on()  # what came while it was being started
        return self._child.wait()
