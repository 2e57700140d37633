"""What somebody who comes with a position (or none) is told of a log, so that nothing is lost and nothing comes twice.

It holds the newest entries of one log (`Tail`) and reads no further: where they don't reach back far enough it says
what to read. Admission and catching up ask it.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from broadcast.core.entries import Entry
from broadcast.core.errors import IllegalMove
from broadcast.core.position import Position

TAIL_MAX = 2_000
RESUME_MAX = 5_000


@dataclass(frozen=True, slots=True)
class Known:
    """These entries, all there are after the position; or, `resumed` false, the newest ones."""

    entries: tuple[Entry, ...]
    resumed: bool


@dataclass(frozen=True, slots=True)
class Fetch:
    """Read the log after this position; what the tail holds follows on it."""

    after: Position


class Tail:
    """The newest entries of one log, without a hole, up to `position`."""

    def __init__(self, keep: int = TAIL_MAX) -> None:
        self.position = Position("", 0)
        self._entries: deque[Entry] = deque(maxlen=keep)

    def __len__(self) -> int:
        return len(self._entries)

    def begin(self, entries: Iterable[Entry], position: Position) -> None:
        """Forget all; hold `entries`, which end at `position`."""
        self._entries.clear()
        self._entries.extend(entries)
        self.position = position

    def add(self, entry: Entry) -> None:
        """The next entry. IllegalMove for any other."""
        if (entry.epoch, entry.offset) != (self.position.epoch, self.position.offset + 1):
            raise IllegalMove(f"{entry.epoch}:{entry.offset} does not follow {self.position}")
        self._entries.append(entry)
        self.position = Position(entry.epoch, entry.offset)

    def newest(self, limit: int) -> tuple[Entry, ...]:
        """The newest entries, at most `limit`."""
        return tuple(islice(reversed(self._entries), limit))[::-1]

    def after(self, offset: int) -> tuple[Entry, ...] | None:
        """All entries after `offset`; None where the tail does not reach back so far, or the log not so far ahead."""
        missing = self.position.offset - offset
        return self.newest(missing) if 0 <= missing <= len(self._entries) else None

    def at(self, offset: int) -> Entry | None:
        """The entry at `offset`, if it is held."""
        found = self.after(offset - 1)
        return found[0] if found else None


def begin(tail: Tail, asked: Position | None, history_max: int) -> Known | Fetch:
    """What to tell somebody who stands at `asked`; None: who comes anew."""
    if asked is None:
        return Known(tail.newest(history_max), resumed=False)
    if asked.epoch != tail.position.epoch or not 0 <= tail.position.offset - asked.offset <= RESUME_MAX:
        return Known(tail.newest(history_max), resumed=False)
    entries = tail.after(asked.offset)
    return Fetch(asked) if entries is None else Known(entries, resumed=True)


def join(tail: Tail, fetched: Sequence[Entry], *, whole: bool, history_max: int) -> Known:
    """What to tell after a `Fetch`: what was read, and what the tail holds beyond it."""
    if not whole or not fetched:
        return Known(tail.newest(history_max), resumed=False)
    rest = tail.after(fetched[-1].offset)
    if rest is None or fetched[-1].epoch != tail.position.epoch:
        return Known(tail.newest(history_max), resumed=False)
    return Known((*fetched, *rest), resumed=True)
