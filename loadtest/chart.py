"""Curves over time as inline SVG, with the faults drawn into them.

Pure: points go in, text comes out; no script, no network, no font of its own. Called by `report`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 1040, 190
_BRIDGE_S = 1.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 16, 30, 26

Points = Sequence[tuple[float, float | None]]


@dataclass(frozen=True, slots=True)
class Line:
    """One curve. `colour` is a CSS class of the report; `fill` draws the area below it too."""

    name: str
    points: Points
    colour: str
    fill: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """A fault on the time axis; `number` is its row in the table. `felt_s` None: to the end."""

    number: int
    start_s: float
    end_s: float | None
    felt_s: float | None


@dataclass(frozen=True, slots=True)
class Frame:
    """The plane to draw on: seconds to the right, values upwards from zero."""

    end_s: float
    top: float

    def x(self, at_s: float) -> float:
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * min(1.0, max(0.0, at_s / self.end_s))

    def y(self, value: float) -> float:
        return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * min(1.0, value / self.top)


def chart(title: str, unit: str, lines: Sequence[Line], bands: Sequence[Band], end_s: float) -> str:
    """One chart as an `<svg>` in a `<figure>`."""
    shown = [value for line in lines for at, value in line.points if value is not None and at <= end_s]
    highest = max(shown, default=0.0)
    frame = Frame(max(1.0, end_s), _nice_top(highest))
    legend = "".join(f'<span class="key {line.colour}">{escape(line.name)}</span>' for line in lines)
    body = [
        *_grid(frame, unit),
        *(_band(frame, band) for band in bands),
        *(_curve(frame, line) for line in lines),
    ]
    return (
        f"<figure><figcaption><b>{escape(title)}</b> {legend}</figcaption>"
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)} over time">'
        f"{''.join(body)}</svg></figure>"
    )


def per_second(points: Points, step_s: float, *, over: int = 4) -> Points:
    """Counts of a bin as a rate, smoothed over `over` bins."""
    values = [value or 0.0 for _, value in points]
    smooth = []
    for n, (at, _) in enumerate(points):
        window = values[max(0, n - over + 1) : n + 1]
        smooth.append((at, sum(window) / (len(window) * step_s)))
    return smooth


def _grid(frame: Frame, unit: str) -> list[str]:
    parts = []
    for n in range(3):
        value = frame.top * n / 2
        y = frame.y(value)
        text = f"{value:,.0f}" if frame.top >= 10 else f"{value:g}"
        label = f"{text} {escape(unit)}" if n == 2 and unit else text
        parts.append(f'<line class="grid" x1="{_LEFT}" y1="{y:.1f}" x2="{WIDTH - _RIGHT}" y2="{y:.1f}"/>')
        anchor = f'x="{_LEFT - 8}" text-anchor="end"' if n < 2 or not unit else 'x="4" text-anchor="start"'
        lift = 4 if n < 2 or not unit else -7
        parts.append(f'<text class="axis" {anchor} y="{y + lift:.1f}">{label}</text>')
    parts += [
        f'<text class="axis" x="{frame.x(at_s):.1f}" y="{HEIGHT - 6}" text-anchor="middle">{at_s} s</text>'
        for at_s in range(0, math.floor(frame.end_s) + 1, _nice_step(frame.end_s))
    ]
    return parts


def _band(frame: Frame, band: Band) -> str:
    """The fault from injection to healing, and how long it was felt as a bar along the bottom."""
    start, top, bottom = frame.x(band.start_s), _TOP, HEIGHT - _BOTTOM
    end = frame.x(band.end_s) if band.end_s is not None else start
    parts = []
    if end > start:
        parts.append(
            f'<rect class="fault" x="{start:.1f}" y="{top}" width="{end - start:.1f}" height="{bottom - top}"/>'
        )
    parts.append(f'<line class="fault" x1="{start:.1f}" y1="{top}" x2="{start:.1f}" y2="{bottom}"/>')
    felt = frame.x(frame.end_s if band.felt_s is None else band.start_s + band.felt_s)
    if felt > start:
        parts.append(f'<rect class="felt" x="{start:.1f}" y="{bottom - 3}" width="{felt - start:.1f}" height="3"/>')
    parts.append(f'<circle class="fault" cx="{start:.1f}" cy="{top}" r="9"/>')
    parts.append(f'<text class="number" x="{start:.1f}" y="{top + 4}" text-anchor="middle">{band.number}</text>')
    return "".join(parts)


def _curve(frame: Frame, line: Line) -> str:
    parts: list[str] = []
    current: list[str] = []
    until_s = 0.0
    for at, value in [*line.points, (0.0, None)]:
        if at > frame.end_s:
            continue
        if value is None and current and at and at - until_s < _BRIDGE_S:
            continue
        if value is not None:
            until_s = at
            current.append(f"{frame.x(at):.1f},{frame.y(value):.1f}")
            continue
        if len(current) == 1:
            x, y = current[0].split(",")
            parts.append(f'<circle class="dot {line.colour}" cx="{x}" cy="{y}" r="1.6"/>')
        elif current:
            if line.fill:
                ground = frame.y(0)
                first, last = current[0].split(",")[0], current[-1].split(",")[0]
                area = f"{first},{ground:.1f} {' '.join(current)} {last},{ground:.1f}"
                parts.append(f'<polygon class="area {line.colour}" points="{area}"/>')
            parts.append(f'<polyline class="line {line.colour}" points="{" ".join(current)}"/>')
        current = []
    return "".join(parts)


def _nice_top(highest: float) -> float:
    if highest <= 0:
        return 1.0
    scale = 10 ** math.floor(math.log10(highest))
    return next(
        float(scale * step) for step in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 12) if scale * step >= highest * 1.02
    )


def _nice_step(end_s: float) -> int:
    return next((step for step in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600) if end_s / step <= 12), 1800)


def bands_of(faults: Sequence[Mapping[str, float | None]]) -> list[Band]:
    """The faults that were injected, numbered as in the table."""
    return [
        Band(number, fault["injected_s"], fault["healed_s"], fault.get("felt_s"))
        for number, fault in enumerate(faults, 1)
        if fault["injected_s"] is not None
    ]
