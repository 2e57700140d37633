"""One member's record of one room's log, connection after connection: what is missing, came twice or out of order.

Decides by offset alone and asks nobody what others saw; never reads a clock. Driven by a member, kept by the ledger.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from loadtest.finding import Finding, Sin

_SPAN_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Said:
    """One log entry as a reader sees it. `mark` is what a load client wrote into its own message, None for others'.
    `withdrawn`: its words are told to nobody any more, so that nothing can be compared."""

    offset: int
    mark: str | None = None
    withdrawn: bool = False


class Book(Protocol):
    """Where readers put what they saw and found."""

    def see(self, member: str, room: str, epoch: str, said: Said) -> None: ...

    def find(self, finding: Finding) -> None: ...


class Reader:
    """One member's record. `room` and `epoch` say of which log; epoch None: of none now."""

    def __init__(self, name: str, book: Book) -> None:
        self.name = name
        self.received_count = 0
        self.skipped = 0
        self.resumed = 0
        self.not_resumed = 0
        self.room = ""
        self.epoch: str | None = None
        self.last = 0
        self._book = book
        self._here = False
        self._missing: set[int] = set()
        self._counted = 0
        self._left_at: dict[tuple[str, str], int] = {}

    def welcomed(
        self, room: str, epoch: str, offset: int, *, asked: bool, resumed: bool, history: Iterable[Said] = ()
    ) -> None:
        """A `welcome` came. `asked`: the hello gave our position in this room; then `resumed` says whether it held.

        Not asked for, in a room where we stand already: the server can't go on from there, and tells the room anew.
        """
        self._give_up_missing()
        self._here = True
        history = list(history)
        stood = self.stands_in(room)
        if asked and resumed:
            self.resumed += 1
        elif asked or stood:
            self.not_resumed += 1
        if asked and resumed and stood:
            self.epoch = epoch
        else:
            self._start_over(room, epoch, min((said.offset for said in history), default=offset + 1))
        for said in history:
            self.received(said)
        self._miss(self.last + 1, offset)
        self.last = max(self.last, offset)
        self._give_up_missing()

    def received(self, said: Said) -> None:
        """An entry was shown."""
        if self.epoch is None:
            return
        offset = said.offset
        if offset > self.last:
            self._miss(self.last + 1, offset - 1)
            self.last = offset
        elif offset in self._missing:
            self._missing.discard(offset)
            self._find("swapped", offset, f"came after {self.last}")
        else:
            self._find("doubled", offset)
            return
        if offset > self._counted:
            self.received_count += 1
        self._book.see(self.name, self.room, self.epoch, said)

    def stands_in(self, room: str) -> bool:
        """Whether there is a position in this room."""
        return self.epoch is not None and room == self.room

    def parted(self) -> None:
        """The connection is gone: what was missing can't come any more, what is said from now on can."""
        self._give_up_missing()
        self._here = False

    def left(self) -> None:
        """The member went for good: nothing later is owed to it."""
        self._give_up_missing()
        self.epoch = None

    def is_behind(self, heads: Mapping[tuple[str, str], int]) -> bool:
        """Whether others were shown more of this member's log."""
        return self.epoch is not None and self.last < heads.get((self.room, self.epoch), 0)

    def finish(self, heads: Mapping[tuple[str, str], int]) -> None:
        """Whatever others were shown and this member was not, is lost; where it is still away, it was passed over."""
        if self.epoch is not None:
            head = max(self.last, heads.get((self.room, self.epoch), 0))
            if self._here:
                self._miss(self.last + 1, head)
            else:
                self.skipped += head - self.last
            self.last = head
        for log, last in self._left_at.items():
            self.skipped += max(0, heads.get(log, 0) - last)
        self._left_at.clear()
        self._give_up_missing()

    def _give_up_missing(self) -> None:
        for offset in sorted(self._missing):
            self._find("lost", offset)
        self._missing.clear()

    def _start_over(self, room: str, epoch: str, first: int) -> None:
        """The page drops what it showed and begins at `first`; what lies between, in the same log, was passed over.
        Where the room has another log now, the old one's rest is counted when it is known how far others were shown it.
        """
        if self.epoch is not None and room == self.room:
            self._left_at[room, self.epoch] = self.last
        if epoch != self.epoch:
            self._counted = 0
        last = self._left_at.pop((room, epoch), None)
        if last is None:
            self._counted = 0
        else:
            self.skipped += max(0, first - 1 - last)
            self._counted = max(self._counted, last)
        self.room, self.epoch, self.last = room, epoch, first - 1

    def _miss(self, first: int, last: int) -> None:
        for offset in range(first, min(last, first + _SPAN_MAX) + 1):
            self._missing.add(offset)

    def _find(self, sin: Sin, offset: int, detail: str = "") -> None:
        self._book.find(Finding(sin, self.name, self.room, self.epoch or "", offset, detail))
