"""How long the audience felt each fault: from the injection to the last disturbed moment before calm.

Pure: curves and faults go in, seconds come out. A moment is disturbed when members are missing, or messages or pictures
come markedly fewer than before the fault, or later. Read by the report and by the objectives.
"""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

_BEFORE_S = 4.0
_CALM_S = 2.0
_ABSENT_SHARE = 0.02
_FEWER = 0.4
_FLOWS = (("received", 3), ("frames", 1))
_LATER = 4.0
_LATER_MS = 250.0

Curves = Mapping[str, Sequence[tuple[float, float | None]]]


def recoveries(curves: Curves, faults: Sequence[Mapping[str, Any]], run_s: float) -> list[float | None]:
    """Seconds each fault was felt; 0 where nobody felt it, None where it was felt to the end (or wasn't injected)."""
    felt: list[float | None] = []
    starts = [fault["injected_s"] for fault in faults]
    for start in starts:
        if start is None:
            felt.append(None)
            continue
        later = [other for other in starts if other is not None and other > start]
        felt.append(_felt_s(curves, start, min([*later, run_s])))
    return felt


def _felt_s(curves: Curves, start: float, end: float) -> float | None:
    times = [at for at, _ in curves.get("present", ())]
    if not times:
        return None
    step = times[1] - times[0] if len(times) > 1 else 1.0
    before = [at for at in times if start - _BEFORE_S <= at and at + step <= start]
    usual = {name: _usual(curves, name, before) for name in ("absent", "received", "frames", "latency_p95_ms")}
    last: float | None = None
    for at in times:
        if at + step <= start or at + step > end:
            continue
        if last is not None and at - last > _CALM_S:
            break
        if _is_disturbed(curves, at, usual):
            last = at + step
    if last is None:
        return 0.0
    return None if last > end - 2 * step else round(max(0.0, last - start), 2)


def _usual(curves: Curves, name: str, before: Sequence[float]) -> float:
    values = [_value(curves, name, at) or 0.0 for at in before]
    if not values:
        return 0.0
    return sum(values) / len(values) if name == "received" else median(values)


def _is_disturbed(curves: Curves, at: float, usual: Mapping[str, float]) -> bool:
    wanted = _value(curves, "wanted", at) or 0.0
    if (_value(curves, "absent", at) or 0.0) > usual["absent"] + max(0.5, wanted * _ABSENT_SHARE):
        return True
    if any(usual[name] > 0 and _around(curves, name, at, reach) < usual[name] * _FEWER for name, reach in _FLOWS):
        return True
    late_ms = _value(curves, "latency_p95_ms", at)
    return late_ms is not None and late_ms > usual["latency_p95_ms"] * _LATER + _LATER_MS


def _around(curves: Curves, name: str, at: float, reach: int) -> float:
    """The mean of the moment and its neighbours on both sides: people do not speak evenly, pictures do."""
    step = _step(curves, name)
    values = [_value(curves, name, at + step * n) or 0.0 for n in range(-reach, reach + 1)]
    return sum(values) / len(values)


def _step(curves: Curves, name: str) -> float:
    points = curves.get(name, ())
    return points[1][0] - points[0][0] if len(points) > 1 else 1.0


def _value(curves: Curves, name: str, at: float) -> float | None:
    if name == "absent":
        present, wanted = _value(curves, "present", at), _value(curves, "wanted", at)
        return None if present is None or wanted is None else wanted - present
    points = curves.get(name, ())
    index = round(at / _step(curves, name)) if points else -1
    return points[index][1] if 0 <= index < len(points) else None
