"""What the ledger checked, as rows of locust's own statistics: one check for every entry that a member was shown.

Adds up many checks at once, for there are thousands a second; judges nothing. Driven by `locustfile` while a run goes
on and by `closing` at its end. Without a response time: a check takes none.
"""

import time
from collections import Counter
from collections.abc import Sequence

from locust.stats import RequestStats, StatsEntry, StatsError

from loadtest.finding import SINS, Finding, Sin
from loadtest.ledger import Ledger

_NAMED_MAX = 50
_REACH = "received of expected"


class Checks:
    """The rows of one run. `check lost` has as many requests as entries were due, as many failures as were lost.

    `reach received of expected` fails for whatever a member was not shown, admitted or not: its share of failures is
    what the reach lacks. Locust's total has the failures of the checks alone: it is about what takes time.
    """

    def __init__(self, stats: RequestStats) -> None:
        self._stats = stats
        self._seen: Counter[str] = Counter()
        self._named = 0

    def update(self, ledger: Ledger) -> None:
        """What the ledger came to know since the last time."""
        counts = Counter(ledger.totals())
        new = {name: counts[name] - self._seen[name] for name in counts}
        self._seen = counts
        for sin in SINS:
            due = new["proofs" if sin == "forgotten" else "received"]
            # What was received out of order, or differs, was received; what is lost or came again is not in that.
            _count(self._stats.get(sin, "check"), due + (new[sin] if sin in ("lost", "doubled") else 0), 0)
        self._fail(ledger.findings[self._named : _NAMED_MAX], Counter({sin: new[sin] for sin in SINS}))
        self._named = len(ledger.findings)
        missed = new["lost"] + new["skipped"]
        _count(self._stats.get(_REACH, "reach"), new["received"] + missed, missed)
        self._name("reach", _REACH, missed, "not received")

    def found(self, findings: Sequence[Finding]) -> None:
        """What only the comparison of several processes found."""
        self._fail(findings[:_NAMED_MAX], Counter(each.sin for each in findings))

    def _fail(self, named: Sequence[Finding], counts: Counter[Sin]) -> None:
        """Name the first ones whole; count the others only as what they are."""
        for sin, count in counts.items():
            _count(self._stats.get(sin, "check"), 0, count)
            _count(self._stats.total, count, count)
        for finding in named:
            counts[finding.sin] -= 1
            self._name("check", finding.sin, 1, str(finding))
        for sin, count in counts.items():
            self._name("check", sin, count, f"{sin}: more than are named here")

    def _name(self, kind: str, name: str, count: int, why: str) -> None:
        if count <= 0:
            return
        error = self._stats.errors.setdefault(StatsError.create_key(kind, name, why), StatsError(kind, name, why))
        error.occurred()
        error.occurrences += count - 1


def _count(row: StatsEntry, requests: int, failures: int) -> None:
    now = time.time()
    if requests:
        row.num_requests += requests
        row.num_none_requests += requests
        row.num_reqs_per_sec[int(now)] += requests
        row.last_request_timestamp = now
    if failures:
        row.num_failures += failures
        row.num_fail_per_sec[int(now)] += failures
