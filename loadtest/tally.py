"""What a run measured, second by second and altogether: kept by each locust process, merged by the master.

Counts and spreads only; judges nothing. Filled by `audience`, read by `report`.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from loadtest.spread import Spread

BIN_S = 0.25
_GAUGES = frozenset({"wanted", "present"})
SPREADS = ("welcome", "picture", "latency", "media_gap", "acked", "notice", "away")


class Tally:
    """All figures of one process. Times are seconds since the run began."""

    def __init__(self) -> None:
        self.spreads: dict[str, Spread] = {name: Spread() for name in SPREADS}
        self.counts: Counter[str] = Counter()
        self._bins: dict[int, dict[str, float]] = {}
        self._latencies: dict[int, Spread] = {}

    def measure(self, name: str, value_ms: float, at_s: float) -> None:
        """A duration, of one of SPREADS."""
        self.spreads[name].add(value_ms)
        if name == "latency":
            self._latencies.setdefault(int(at_s / BIN_S), Spread()).add(value_ms)
        elif name == "media_gap":
            self.peak("media_gap_ms", value_ms, at_s)

    def count(self, name: str, at_s: float, by: float = 1) -> None:
        """Something happened `by` times."""
        self.counts[name] += int(by)
        spot = self._bin(at_s)
        spot[name] = spot.get(name, 0) + by

    def gauge(self, name: str, value: float, at_s: float) -> None:
        """How many there are now; the last value of a bin stands."""
        self._bin(at_s)[name] = value

    def peak(self, name: str, value: float, at_s: float) -> None:
        """The largest value of a bin stands."""
        spot = self._bin(at_s)
        spot[name] = max(spot.get(name, 0.0), value)

    def highest(self, name: str) -> float | None:
        """The largest value of a name in all bins; None where there is none."""
        return max((spot[name] for spot in self._bins.values() if name in spot), default=None)

    def to_json(self) -> dict[str, Any]:
        """Everything, for another process; gauges stand in every bin, so that those of several add up."""
        standing: dict[str, float] = {}
        for at in range(min(self._bins, default=0), max(self._bins, default=-1) + 1):
            standing |= {name: value for name, value in self._bins.get(at, {}).items() if name in _GAUGES}
            self._bins.setdefault(at, {}).update(standing)
        return {
            "spreads": {name: spread.to_json() for name, spread in self.spreads.items()},
            "counts": dict(self.counts),
            "bins": {str(at): spot for at, spot in self._bins.items()},
            "latencies": {str(at): spread.to_json() for at, spread in self._latencies.items()},
        }

    def merge(self, other: Mapping[str, Any]) -> None:
        """Take in what `to_json` of another process wrote: counts and gauges add up, peaks stay the highest."""
        for name, spread in other["spreads"].items():
            self.spreads[name].merge(Spread.from_json(spread))
        self.counts.update(other["counts"])
        for at, spot in other["bins"].items():
            own = self._bins.setdefault(int(at), {})
            for name, value in spot.items():
                own[name] = max(own.get(name, 0.0), value) if name.endswith("_ms") else own.get(name, 0.0) + value
        for at, spread in other["latencies"].items():
            self._latencies.setdefault(int(at), Spread()).merge(Spread.from_json(spread))

    def curves(self) -> dict[str, list[tuple[float, float | None]]]:
        """`(second, value)` for every name in the bins, and the latency's p50 and p95."""
        if not self._bins:
            return {}
        last = max(self._bins)
        names = sorted({name for spot in self._bins.values() for name in spot})
        curves: dict[str, list[tuple[float, float | None]]] = {
            name: [(at * BIN_S, self._bins.get(at, {}).get(name)) for at in range(last + 1)] for name in names
        }
        for name in _GAUGES & curves.keys():
            curves[name] = _carried(curves[name])
        for share in (50, 95):
            points = [
                self._latencies[at].percentile(share / 100) if at in self._latencies else None for at in range(last + 1)
            ]
            curves[f"latency_p{share}_ms"] = [(at * BIN_S, value) for at, value in enumerate(points)]
        return curves

    def _bin(self, at_s: float) -> dict[str, float]:
        return self._bins.setdefault(int(at_s / BIN_S), {})


def _carried(points: list[tuple[float, float | None]]) -> list[tuple[float, float | None]]:
    """A gauge stands until it is read again."""
    last: float | None = None
    whole = []
    for at, value in points:
        last = value if value is not None else last
        whole.append((at, last))
    return whole
