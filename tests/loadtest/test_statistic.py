"""Rows of locust's own statistics: as many requests as entries were due, as many failures as findings, named."""

import json
import subprocess
import sys
from typing import Any

# Locust patches a process's sockets when it is imported: this one's are left alone.
SCRIPT = """
import json
from locust.stats import RequestStats
from loadtest.finding import Finding
from loadtest.ledger import Ledger
from loadtest.reader import Said
from loadtest.statistic import Checks

def rows(stats):
    return {
        "rows": {f"{e.method} {e.name}": [e.num_requests, e.num_failures] for e in stats.entries.values()},
        "total": [stats.total.num_requests, stats.total.num_failures, stats.total.avg_response_time],
        "errors": {e.error: e.occurrences for e in stats.errors.values()},
    }

told, stats, ledger = [], RequestStats(), Ledger()
checks, reader = Checks(stats), ledger.reader("ada")
reader.welcomed("demo", "e", 0, asked=False, resumed=False)
for offset in (1, 2, 4, 4):
    reader.received(Said(offset))
ledger.acked("ada", "demo", "e", 4, "r:ada:1")
checks.update(ledger)
told.append(rows(stats))
ledger.settle()
checks.update(ledger)
checks.update(ledger)
told.append(rows(stats))
reader.welcomed("demo", "e", 7, asked=True, resumed=False, history=[Said(7)])
reader.received(Said(108))
reader.parted()
checks.update(ledger)
checks.found([Finding("contradicted", "eve", "demo", "e", 9)])
told.append(rows(stats))
print(json.dumps(told))
"""


def told() -> list[dict[str, Any]]:
    ran = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=60)
    answer = json.loads(ran.stdout)
    assert isinstance(answer, list)
    return answer


def test_every_check_is_a_request_and_every_finding_a_failure_with_its_name():
    first, settled, last = told()
    assert first["rows"]["check doubled"] == [4, 1]
    assert first["rows"]["check lost"] == [3, 0]
    assert first["rows"]["check forgotten"] == [1, 0]
    assert first["rows"]["reach received of expected"] == [3, 0]
    assert first["errors"] == {"doubled: ada at offset 4 of demo": 1}
    assert first["total"] == [1, 1, 0]

    assert settled["rows"]["check lost"] == [4, 1]
    assert settled["rows"]["check forgotten"] == [1, 1]
    assert settled["rows"]["reach received of expected"] == [4, 1]
    assert settled["errors"]["lost: ada at offset 3 of demo"] == 1

    # One of 5 to 7 was shown at a return that was not whole, and a hundred were passed over without a word.
    assert last["rows"]["reach received of expected"] == [108, 103]
    assert last["rows"]["check lost"] == [106, 101]
    assert last["errors"]["lost: more than are named here"] == 101 - 50 + 2
    assert last["errors"]["not received"] == 103
    assert last["rows"]["check contradicted"] == [5, 1]
    assert last["errors"]["contradicted: eve at offset 9 of demo"] == 1
