"""What must not be: the sins of a log, and one of them by name and offset.

Words and values only; finds nothing itself. Made by readers, the ledger and the comparison of ledgers; shown by the
report.
"""

from dataclasses import dataclass
from typing import Literal

FINDINGS_MAX = 500

Sin = Literal["lost", "doubled", "swapped", "forgotten", "contradicted"]
SINS: tuple[Sin, ...] = ("lost", "doubled", "swapped", "forgotten", "contradicted")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that must not be: what, to whom, where in which lineage of which room's log (offset 0: unknown)."""

    sin: Sin
    member: str
    room: str
    epoch: str
    offset: int
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.sin}: {self.member} at offset {self.offset} of {self.room}" + (
            f" ({self.detail})" if self.detail else ""
        )


@dataclass(frozen=True, slots=True)
class Ack:
    """What the server told `member` of its message; `offset` None: it stands, but nobody said where."""

    member: str
    room: str
    epoch: str
    offset: int | None

    def forgotten(self) -> Finding:
        """The finding, where nobody was shown the message."""
        detail = "acked, seen by nobody" if self.offset is not None else "acked without an offset, seen by nobody"
        return Finding("forgotten", self.member, self.room, self.epoch, self.offset or 0, detail)

    def contradicted_by(self, room: str, epoch: str, offset: int) -> Finding | None:
        """The finding, where the message stands elsewhere in the log that the ack spoke of."""
        if self.offset in (None, offset) or (room, epoch) != (self.room, self.epoch):
            return None
        return Finding("contradicted", self.member, room, epoch, self.offset or 0, f"acked here, stands at {offset}")
