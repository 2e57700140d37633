"""honcho's manager, for a cluster whose processes may die one by one: the others go on, and nobody is left behind when
it ends. It starts, prints and ends processes; it restarts none and knows none. `cluster` fills it.
"""

import ctypes
import os
import signal
from collections.abc import Iterable
from typing import Any, Final

from honcho.manager import Manager
from honcho.process import Popen, Process

_PR_SET_PDEATHSIG: Final = 1
_LIBC: Final = ctypes.CDLL(None, use_errno=True)


def bound_to_parent() -> None:
    """Ask the kernel to end this process when the one that started it is gone (Linux; prctl(2))."""
    if hasattr(_LIBC, "prctl"):
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class _Child(Popen):  # type: ignore[misc]
    def __init__(self, cmd: str, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(cmd, preexec_fn=bound_to_parent, **kwargs)


class _Part(Process):  # type: ignore[misc]
    """One process, and the small one that reads what it prints."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self._child_ctor = _Child

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:  # noqa: ANN401, FBT001, FBT002
        # The reader outlives Ctrl-C, to print what comes last, but not the manager's own death.
        if hasattr(_LIBC, "prctl"):
            _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        super().run(events, ignore_signals)


class Troupe(Manager):  # type: ignore[misc]
    """A manager whose `loop` ends on Ctrl-C or SIGTERM, or when all are dead, not when one is."""

    def __init__(self) -> None:
        super().__init__()
        self._process_ctor = _Part
        self._gave_up = False

    @property
    def outcome(self) -> int:
        """The exit code: 0 for an end that was asked for."""
        asked_for = self.returncode in (128 + signal.SIGINT, 128 + signal.SIGTERM)
        return 0 if asked_for and not self._gave_up else 1

    def pids(self) -> dict[str, int]:
        """Who runs under which process id."""
        return {name: part["pid"] for name, part in self._processes.items() if part.get("pid")}

    def dead(self, names: Iterable[str]) -> bool:
        """Whether one of `names` has ended already."""
        return any(self._processes[name].get("returncode") is not None for name in names)

    def give_up(self) -> None:
        """End everything; from any thread."""
        self._gave_up = True
        os.kill(os.getpid(), signal.SIGTERM)

    def _any_stopped(self) -> bool:
        # Asked by the loop to see whether it is time to end the others. It is when we were told to, only.
        return bool(self._terminating)
