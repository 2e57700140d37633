"""What a run must achieve, and whether it did.

Pure: figures go in, verdicts come out. Stated in the plan's `[objectives]`, judged for the report and the exit code.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Objectives:
    """Limits. None: not asked for. The ledger's sins are never allowed unless the plan says so."""

    lost_max: float = 0
    doubled_max: float = 0
    swapped_max: float = 0
    forgotten_max: float = 0
    contradicted_max: float = 0
    reach_min: float | None = None
    resumed_min: float | None = None
    acked_min: float | None = None
    present_min: float | None = None
    welcome_p95_ms: float | None = None
    picture_p95_ms: float | None = None
    latency_p95_ms: float | None = None
    latency_p99_ms: float | None = None
    media_gap_max_ms: float | None = None
    notice_p95_ms: float | None = None
    recovery_max_s: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """One objective, judged. `measured` None: nothing was there to measure, which does not pass."""

    what: str
    limit: float
    measured: float | None
    met: bool


_WORDS: dict[str, str] = {
    "lost_max": "messages lost",
    "doubled_max": "messages doubled",
    "swapped_max": "messages out of order",
    "forgotten_max": "messages acked and forgotten",
    "contradicted_max": "messages that members disagree on",
    "reach_min": "reach: received of expected",
    "resumed_min": "returns resumed whole",
    "acked_min": "commands answered with an ack",
    "present_min": "members present at the end",
    "welcome_p95_ms": "time to welcome, p95",
    "picture_p95_ms": "time to picture, p95",
    "latency_p95_ms": "publish to receive, p95",
    "latency_p99_ms": "publish to receive, p99",
    "media_gap_max_ms": "longest gap in media",
    "notice_p95_ms": "delay of notices, p95",
    "recovery_max_s": "longest recovery from a fault",
}


def objective_faults(table: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401  a stranger's TOML
    """What is wrong with an `[objectives]` table: `(key, sentence)`."""
    if not isinstance(table, dict):
        yield "", "[objectives] is a table"
        return
    for key, value in table.items():
        if key not in _WORDS:
            yield key, f"no objective is called {key}; there are {', '.join(_WORDS)}"
        elif not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
            yield key, f"{key} = {value!r}: an objective is a number, zero or more"


def judge(objectives: Objectives, figures: Mapping[str, float | None]) -> Sequence[Verdict]:
    """A verdict for each objective that was set. `figures` has the measured value under the objective's own name."""
    verdicts = []
    for each in fields(objectives):
        limit = getattr(objectives, each.name)
        if limit is None:
            continue
        measured = figures.get(each.name)
        if measured is None:
            met = False
        elif each.name.endswith("_min"):
            met = measured >= limit
        else:
            met = measured <= limit
        verdicts.append(Verdict(_WORDS[each.name], limit, measured, met))
    return verdicts


def shown(value: float | None) -> str:
    """As people read it: precise enough that what just misses its limit doesn't look as if it met it."""
    if value is None:
        return "not measured"
    if value == int(value):
        return f"{int(value):,}"
    text = f"{value:,.{1 if value >= 100 else 3 if value >= 1 else 6}f}"
    return text.rstrip("0").rstrip(".") if value < 1 else text
