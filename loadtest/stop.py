"""Told to stop: by Ctrl-C, by a supervisor, by a terminal that closes. The first word counts, the others are ignored.

Ends nothing itself: it raises CutShort, and whoever started something ends it on the way out, undisturbed. Installed
by `cli`.
"""

import signal
from types import FrameType

_WORDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class CutShort(SystemExit):
    """The process was told to stop; exit code 128 + the signal's number, `line` is for people."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.status = 128 + number
        self.line = f"cut short: told to stop ({signal.Signals(number).name})"


def heed_signals() -> None:
    """Have the first of these signals raise CutShort; one that is ignored (`nohup`) stays so."""
    for word in _WORDS:
        if signal.getsignal(word) is not signal.SIG_IGN:
            signal.signal(word, _stop)


def _stop(number: int, _frame: FrameType | None) -> None:
    for word in _WORDS:
        signal.signal(word, signal.SIG_IGN)
    raise CutShort(number)
