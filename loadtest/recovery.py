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
    """Seconds each fault was felt; 0 where nobody felt it, None where it was felt to the end (or wasn't injected).

    A disturbance that goes on when the next fault comes is still this one's too, until calm; one that begins then is
    the other's alone. What was usual before a fault is taken from before the disturbance into which it came.
    """
    felt: list[float | None] = [None] * len(faults)
    starts = sorted((fault["injected_s"], n) for n, fault in enumerate(faults) if fault["injected_s"] is not None)
    times = [at for at, _ in curves.get("present", ())]
    usual: Mapping[str, float] = {}
    disturbed_until = 0.0
    for start, n in starts if times else ():
        if not usual or start - _BEFORE_S >= disturbed_until:
            usual = _usual_before(curves, times, start)
        other = min((later for later, _ in starts if later > start), default=run_s)
        last = _last_disturbed(curves, usual, times, (start, other, run_s))
        disturbed_until = max(disturbed_until, last)
        step = _step(curves, "present")
        felt[n] = None if last > run_s - 2 * step else round(last - start, 2)
    return felt


def _last_disturbed(
    curves: Curves, usual: Mapping[str, float], times: Sequence[float], when: tuple[float, float, float]
) -> float:
    """The end of the last disturbed moment that is this fault's; its start where there is none."""
    start, other, run_s = when
    step, last = _step(curves, "present"), start
    for at in times:
        if at + step <= start or at + step > run_s:
            continue
        if last > start and at - last > _CALM_S:
            break
        if at + step > other and at - last > step:
            break
        if _is_disturbed(curves, at, usual):
            last = at + step
    return last


def _usual_before(curves: Curves, times: Sequence[float], start: float) -> Mapping[str, float]:
    step = _step(curves, "present")
    before = [at for at in times if start - _BEFORE_S <= at and at + step <= start]
    return {name: _usual(curves, name, before) for name in ("absent", "received", "frames", "latency_p95_ms")}


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
