"""Whether every member got everything, once, in order: what all members of one process know, brought together.

Never reads a clock, a socket or a file, and never guesses: what a server admitted (`resumed:false`) is counted apart
from what it lost. Driven by the swarm's sampled members and by every locust user; read by the report, and by
`comparison` where several processes have a ledger each.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, astuple
from typing import Any

from loadtest.finding import FINDINGS_MAX, SINS, Ack, Finding
from loadtest.reader import Reader, Said

RANGE = 256
UNSEEN_MAX = 500


class Ledger:
    """What all members together know of the rooms' logs, and what was found wrong."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.counts: Counter[str] = Counter()
        self._proofs = 0
        self._said: dict[tuple[str, str], dict[int, tuple[str, str]]] = {}
        self._heads: dict[tuple[str, str], int] = {}
        self._places: dict[str, tuple[str, str, int]] = {}
        self._acks: dict[str, Ack] = {}
        self._readers: list[Reader] = []

    def reader(self, name: str) -> Reader:
        """A record for one more member, who must be told apart by `name`."""
        reader = Reader(name, self)
        self._readers.append(reader)
        return reader

    def acked(self, member: str, room: str, epoch: str, offset: int | None, mark: str) -> None:
        """The server told `member` that the message carrying `mark` stands: at `offset`, or nobody said where."""
        self._proofs += 1
        self._acks[mark] = Ack(member, room, epoch, offset)

    def see(self, member: str, room: str, epoch: str, said: Said) -> None:
        """Somebody was shown an entry: compare it with what others were shown."""
        log, mark = (room, epoch), said.mark or ""
        if said.offset > self._heads.get(log, 0):
            self._heads[log] = said.offset
        if said.withdrawn:
            return
        known, _ = self._said.setdefault(log, {}).setdefault(said.offset, (mark, member))
        if known != mark:
            self.find(Finding("contradicted", member, room, epoch, said.offset, "another message than others saw here"))
        if not mark:
            return
        place = self._places.setdefault(mark, (room, epoch, said.offset))
        if place[:2] == log and place[2] != said.offset and known == mark:
            self._places[mark] = (room, epoch, said.offset)
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

    def settle(self, *, alone: bool = True) -> None:
        """The run is over and the rooms are quiet: what has not come by now never will.

        `alone` False: other processes have members too, and what nobody here saw is theirs to tell (`testimony`).
        """
        for reader in self._readers:
            reader.finish(self._heads)
        for mark, ack in list(self._acks.items()):
            place = self._places.get(mark)
            if place is None and not alone:
                continue
            del self._acks[mark]
            finding = ack.forgotten() if place is None else ack.contradicted_by(*place)
            if finding is not None:
                self.find(finding)

    def totals(self) -> dict[str, int]:
        """What was counted so far. `proofs`: acks that named a message of a member's own."""
        return {
            **{sin: self.counts[sin] for sin in SINS},
            "members": len(self._readers),
            "received": sum(reader.received_count for reader in self._readers),
            "skipped": sum(reader.skipped for reader in self._readers),
            "resumed": sum(reader.resumed for reader in self._readers),
            "not_resumed": sum(reader.not_resumed for reader in self._readers),
            "proofs": self._proofs,
        }

    def summary(self) -> dict[str, Any]:
        """Plain numbers and the findings, fit for JSON."""
        totals = self.totals()
        expected = totals["received"] + totals["lost"] + totals["skipped"]
        return {
            **totals,
            "expected": expected,
            "reach": totals["received"] / expected if expected else 1.0,
            "findings": [asdict(finding) for finding in self.findings],
        }

    def evidence(self) -> dict[str, Any]:
        """What others must know to find what no process finds alone: a few bytes for every RANGE entries.

        `heads`: how far each log was shown; `ranges`: a count and a digest of what was shown at each range of offsets;
        `unseen`: marks that were acked and shown to nobody here, UNSEEN_MAX at the most.
        """
        ranges = []
        for (room, epoch), entries in self._said.items():
            shown: dict[int, list[str]] = {}
            for offset in sorted(entries):
                shown.setdefault(offset // RANGE, []).append(f"{offset} {entries[offset][0]}")
            ranges += [[room, epoch, n, len(lines), _digest(lines)] for n, lines in shown.items()]
        unseen = [mark for mark in self._acks if mark not in self._places]
        heads = [[*log, head] for log, head in self._heads.items()]
        return {"heads": heads, "ranges": ranges, "unseen": unseen[:UNSEEN_MAX]}

    def learn(self, heads: Iterable[tuple[str, str, int]]) -> None:
        """How far others were shown the logs: whoever is here is owed as much."""
        for room, epoch, head in heads:
            self._heads[room, epoch] = max(head, self._heads.get((room, epoch), 0))

    def testimony(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to `comparison.question`, after settling: what was shown in its ranges, where its marks stand."""
        said = []
        for room, epoch, n in question["ranges"]:
            entries = self._said.get((room, epoch), {})
            span = range(n * RANGE, (n + 1) * RANGE)
            said += [[room, epoch, offset, *entries[offset]] for offset in span if offset in entries]
        asked = set(question["marks"])
        unseen = [[mark, *astuple(ack)] for mark, ack in self._acks.items() if mark in asked]
        return {
            "said": said,
            "places": {mark: list(self._places[mark]) for mark in asked if mark in self._places},
            "unseen": unseen,
            "uncompared": len(self._acks) - len(unseen),
        }


def _digest(lines: Iterable[str]) -> str:
    return hashlib.blake2b("\n".join(lines).encode(), digest_size=8).hexdigest()
