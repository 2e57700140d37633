"""What no process of a distributed run finds alone: ledgers that disagree, and messages that nobody was shown.

Pure: first the evidence of all goes in and a question comes out (how far each log went, which ranges differ, which
acked messages somebody misses), then their testimonies go in and findings come out. Driven by the locust master.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from loadtest.finding import FINDINGS_MAX, Ack, Finding
from loadtest.ledger import Ledger

RANGES_MAX = 64


def question(evidence: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What every process must be asked. At most RANGES_MAX ranges; `uncompared` is how many more differ."""
    heads: dict[tuple[str, str], int] = {}
    shown: dict[tuple[str, str, int], set[tuple[int, str]]] = {}
    for one in evidence:
        for room, epoch, head in one["heads"]:
            heads[room, epoch] = max(head, heads.get((room, epoch), 0))
        for room, epoch, n, count, digest in one["ranges"]:
            shown.setdefault((room, epoch, n), set()).add((count, digest))
    differ = sorted(place for place, kinds in shown.items() if len(kinds) > 1)
    return {
        "heads": [[*log, head] for log, head in heads.items()],
        "ranges": [list(place) for place in differ[:RANGES_MAX]],
        "marks": [mark for one in evidence for mark in one["unseen"]],
        "uncompared": max(0, len(differ) - RANGES_MAX),
    }


def judge(testimonies: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """What the testimonies show only together."""
    return [*_contradictions(testimonies), *_forgotten(testimonies)]


def _contradictions(testimonies: Iterable[Mapping[str, Any]]) -> Iterable[Finding]:
    """Two processes' members were shown different things at one offset."""
    first: dict[tuple[str, str, int], tuple[str, str]] = {}
    for one in testimonies:
        for room, epoch, offset, mark, member in one["said"]:
            known, other = first.setdefault((room, epoch, offset), (mark, member))
            if known != mark:
                yield Finding("contradicted", member, room, epoch, offset, f"another message than {other} saw here")


def _forgotten(testimonies: Sequence[Mapping[str, Any]]) -> Iterable[Finding]:
    """A message was acked, and no process has a member who was shown it; or it stands where the ack didn't say."""
    places = {mark: place for one in testimonies for mark, place in one["places"].items()}
    for one in testimonies:
        for mark, *told in one["unseen"]:
            ack = Ack(*told)
            finding = ack.contradicted_by(*places[mark]) if mark in places else ack.forgotten()
            if finding is not None:
                yield finding


def merge(summaries: Iterable[Mapping[str, Any]], found: Sequence[Finding] = ()) -> dict[str, Any]:
    """One summary of several processes', with what was found by comparing them."""
    total = Counter({**Ledger().totals(), "expected": 0})
    total.update(finding.sin for finding in found)
    findings: list[Any] = [asdict(finding) for finding in found]
    for summary in summaries:
        findings += summary["findings"]
        total.update({name: value for name, value in summary.items() if isinstance(value, int)})
    reach = total["received"] / total["expected"] if total["expected"] else 1.0
    return {**total, "reach": reach, "findings": findings[:FINDINGS_MAX]}
