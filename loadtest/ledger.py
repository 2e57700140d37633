"""Whether every member got everything, once, in order: judged by offset, member by member.

Never reads a clock, a socket or a file, and never guesses: what a server admitted (`resumed:false`) is counted apart
from what it lost. Driven by the swarm's sampled members and by every locust user; read by the report.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

FINDINGS_MAX = 500
_SPAN_MAX = 10_000

Sin = Literal["lost", "doubled", "swapped", "forgotten", "contradicted"]
SINS: tuple[Sin, ...] = ("lost", "doubled", "swapped", "forgotten", "contradicted")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that must not be: what, to whom, where in which lineage of which room's log."""

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
class Said:
    """One log entry as a reader sees it. `mark` is what a load client wrote into its own message, None for others'."""

    offset: int
    mark: str | None = None


@dataclass(frozen=True, slots=True)
class _Ack:
    member: str
    room: str
    epoch: str
    offset: int


class Ledger:
    """What all members together know of the rooms' logs, and what was found wrong."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.counts: Counter[str] = Counter()
        self._said: dict[tuple[str, str], dict[int, str]] = {}
        self._heads: dict[tuple[str, str], int] = {}
        self._places: dict[str, tuple[str, str, int]] = {}
        self._acks: dict[str, _Ack] = {}
        self._readers: list[Reader] = []

    def reader(self, name: str) -> "Reader":
        """A record for one more member, who must be told apart by `name`."""
        reader = Reader(name, self)
        self._readers.append(reader)
        return reader

    def acked(self, member: str, room: str, epoch: str, offset: int, mark: str) -> None:
        """The server told `member` that the message carrying `mark` stands at `offset`."""
        self._acks[mark] = _Ack(member, room, epoch, offset)

    def see(self, member: str, room: str, epoch: str, said: Said) -> None:
        """Somebody was shown an entry: compare it with what others were shown."""
        log = (room, epoch)
        if said.offset > self._heads.get(log, 0):
            self._heads[log] = said.offset
        if said.mark is None:
            return
        entries = self._said.setdefault(log, {})
        known = entries.setdefault(said.offset, said.mark)
        if known != said.mark:
            self.find(Finding("contradicted", member, room, epoch, said.offset, "another message than others saw here"))
        place = self._places.setdefault(said.mark, (room, epoch, said.offset))
        if place[:2] == log and place[2] != said.offset and known == said.mark:
            self._places[said.mark] = (room, epoch, said.offset)
            self.find(Finding("doubled", member, room, epoch, said.offset, f"said at {place[2]} already"))

    def carried(self, mark: str) -> None:
        """An entry came along from another room, without an offset: it was not forgotten."""
        self._places.setdefault(mark, ("", "", 0))

    def find(self, finding: Finding) -> None:
        """Count a finding; the first FINDINGS_MAX are kept in full."""
        self.counts[finding.sin] += 1
        if len(self.findings) < FINDINGS_MAX:
            self.findings.append(finding)

    def behind(self) -> int:
        """How many members have not yet been shown what others were: it may still be on its way to them."""
        return sum(1 for reader in self._readers if reader.is_behind(self._heads))

    def settle(self) -> None:
        """The run is over and the rooms are quiet: what has not come by now never will."""
        for reader in self._readers:
            reader.finish(self._heads)
        for mark, ack in self._acks.items():
            place = self._places.get(mark)
            if place is None:
                self.find(Finding("forgotten", ack.member, ack.room, ack.epoch, ack.offset, "acked, seen by nobody"))
            elif place[:2] == (ack.room, ack.epoch) and place[2] != ack.offset:
                detail = f"acked here, stands at {place[2]}"
                self.find(Finding("contradicted", ack.member, ack.room, ack.epoch, ack.offset, detail))
        self._acks.clear()

    def summary(self) -> dict[str, Any]:
        """Plain numbers and the findings, fit for JSON and for `merge`."""
        received = sum(reader.received_count for reader in self._readers)
        skipped = sum(reader.skipped for reader in self._readers)
        missed = self.counts["lost"] + skipped
        return {
            **{sin: self.counts[sin] for sin in SINS},
            "members": len(self._readers),
            "received": received,
            "expected": received + missed,
            "skipped": skipped,
            "resumed": sum(reader.resumed for reader in self._readers),
            "not_resumed": sum(reader.not_resumed for reader in self._readers),
            "reach": received / (received + missed) if received + missed else 1.0,
            "findings": [asdict(finding) for finding in self.findings],
        }


class Reader:
    """One member's record of one room's log, connection after connection."""

    def __init__(self, name: str, ledger: Ledger) -> None:
        self.name = name
        self.received_count = 0
        self.skipped = 0
        self.resumed = 0
        self.not_resumed = 0
        self.room = ""
        self.epoch: str | None = None
        self.last = 0
        self._ledger = ledger
        self._missing: set[int] = set()

    def welcomed(
        self, room: str, epoch: str, offset: int, *, asked: bool, resumed: bool, history: Iterable[Said] = ()
    ) -> None:
        """A `welcome` came. `asked`: the hello gave our position in this room; then `resumed` says whether it held."""
        self.give_up_missing()
        if asked and resumed and self.epoch is not None and room == self.room:
            self.resumed += 1
            self.epoch = epoch
        else:
            self._start_over(room, epoch, offset, asked=asked)
            history = list(history)
            self.last = min((said.offset for said in history), default=offset + 1) - 1
        for said in history:
            self.received(said)
        self._miss(self.last + 1, offset)
        self.last = max(self.last, offset)
        self.give_up_missing()

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
        self.received_count += 1
        self._ledger.see(self.name, self.room, self.epoch, said)

    def left(self) -> None:
        """The member went for good: nothing later is owed to it."""
        self.give_up_missing()
        self.epoch = None

    def is_behind(self, heads: Mapping[tuple[str, str], int]) -> bool:
        """Whether others were shown more of this member's log."""
        return self.epoch is not None and self.last < heads.get((self.room, self.epoch), 0)

    def finish(self, heads: Mapping[tuple[str, str], int]) -> None:
        """Whatever others were shown and this member, still here, was not, is lost."""
        if self.epoch is not None:
            head = heads.get((self.room, self.epoch), 0)
            self._miss(self.last + 1, head)
            self.last = max(self.last, head)
        self.give_up_missing()

    def give_up_missing(self) -> None:
        """What is missing now can't come any more (the connection is another one)."""
        for offset in sorted(self._missing):
            self._find("lost", offset)
        self._missing.clear()

    def _start_over(self, room: str, epoch: str, offset: int, *, asked: bool) -> None:
        if asked:
            self.not_resumed += 1
            if room == self.room and epoch == self.epoch:
                self.skipped += max(0, offset - self.last)
        self.room = room
        self.epoch = epoch

    def _miss(self, first: int, last: int) -> None:
        for offset in range(first, min(last, first + _SPAN_MAX) + 1):
            self._missing.add(offset)

    def _find(self, sin: Sin, offset: int, detail: str = "") -> None:
        self._ledger.find(Finding(sin, self.name, self.room, self.epoch or "", offset, detail))


def merge(summaries: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """One summary of several processes' (a distributed run's workers)."""
    total: Counter[str] = Counter()
    findings: list[Any] = []
    for summary in summaries:
        findings += summary["findings"]
        for name, value in summary.items():
            if isinstance(value, int):
                total[name] += value
    reach = total["received"] / total["expected"] if total["expected"] else 1.0
    return {**total, "reach": reach, "findings": findings[:FINDINGS_MAX]}
