"""Many durations in little room: counts in buckets 4 % apart, so that any percentile is right to 2 %.

Knows nothing of what is measured and never keeps a single value but the extremes. Filled by clients while they run,
merged and read by the report.
"""

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

_STEP = math.log(1.04)
_LEAST_MS = 0.01


class Spread:
    """A distribution of milliseconds."""

    __slots__ = ("_buckets", "count", "highest_ms", "lowest_ms", "total_ms")

    def __init__(self) -> None:
        self._buckets: Counter[int] = Counter()
        self.count = 0
        self.total_ms = 0.0
        self.lowest_ms = math.inf
        self.highest_ms = 0.0

    def add(self, value_ms: float) -> None:
        """One more value; what is below zero (clocks apart) counts as zero."""
        value_ms = max(0.0, value_ms)
        self._buckets[round(math.log(max(value_ms, _LEAST_MS)) / _STEP)] += 1
        self.count += 1
        self.total_ms += value_ms
        self.lowest_ms = min(self.lowest_ms, value_ms)
        self.highest_ms = max(self.highest_ms, value_ms)

    def percentile(self, share: float, *, never: int = 0) -> float | None:
        """The value in milliseconds below which `share` (0 to 1) of all lie; None where there is none.

        `never`: so many more waited in vain, longer than any value.
        """
        wanted = max(1, math.ceil(share * (self.count + never)))
        if wanted > self.count:
            return None
        passed = 0
        for bucket in sorted(self._buckets):
            passed += self._buckets[bucket]
            if passed >= wanted:
                return min(self.highest_ms, max(self.lowest_ms, math.exp(bucket * _STEP)))
        raise AssertionError("buckets and count disagree")

    def merge(self, other: "Spread") -> None:
        """Take in all values of `other`."""
        self._buckets.update(other._buckets)  # noqa: SLF001  the same class
        self.count += other.count
        self.total_ms += other.total_ms
        self.lowest_ms = min(self.lowest_ms, other.lowest_ms)
        self.highest_ms = max(self.highest_ms, other.highest_ms)

    def to_json(self) -> dict[str, Any]:
        """Everything, for another process or the report."""
        if not self.count:
            return {"count": 0}
        return {
            "count": self.count,
            "mean_ms": round(self.total_ms / self.count, 3),
            "min_ms": round(self.lowest_ms, 3),
            "p50_ms": round(self.percentile(0.5) or 0.0, 3),
            "p95_ms": round(self.percentile(0.95) or 0.0, 3),
            "p99_ms": round(self.percentile(0.99) or 0.0, 3),
            "max_ms": round(self.highest_ms, 3),
            "buckets": {str(bucket): count for bucket, count in sorted(self._buckets.items())},
        }

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> "Spread":
        """What `to_json` wrote."""
        spread = Spread()
        if data["count"]:
            spread._buckets.update({int(bucket): count for bucket, count in data["buckets"].items()})
            spread.count = data["count"]
            spread.total_ms = data["mean_ms"] * data["count"]
            spread.lowest_ms = data["min_ms"]
            spread.highest_ms = data["max_ms"]
        return spread
