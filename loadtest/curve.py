"""Which curves of a run a report shows, with the faults drawn into all of them.

Pure: a run's curves go in, charts come out; draws nothing itself. Called by `report`.
"""

from collections.abc import Mapping
from typing import Any

from loadtest.chart import Line, bands_of, chart, per_second
from loadtest.tally import BIN_S
from loadtest.told import Told


def charts(told: Told) -> str:
    """What the audience saw, over time; empty where nobody looked."""
    curves = told.curves
    if not curves:
        return ""
    shown = (
        (
            "People",
            "",
            [_line("wanted", curves, "wanted", "c"), _line("in the room", curves, "present", "a", fill=True)],
        ),
        (
            "Publish to receive",
            "ms",
            [_line("p95", curves, "latency_p95_ms", "c"), _line("p50", curves, "latency_p50_ms", "a")],
        ),
        ("Messages received, all members", "per second", [_rate("received", curves, "b", fill=True)]),
        ("Media frames received, all viewers", "per second", [_rate("frames", curves, "a", fill=True)]),
        ("Longest wait for a picture", "ms", [_line("gap", curves, "media_gap_ms", "c")]),
        (
            "Commands",
            "per second",
            [_rate("acked", curves, "b"), _rate("rejected", curves, "c"), _rate("held", curves, "a")],
        ),
    )
    bands = bands_of(told.faults)
    return "".join(chart(title, unit, lines, bands, told.asked["for_s"]) for title, unit, lines in shown)


def _line(called: str, curves: Mapping[str, Any], name: str, colour: str, *, fill: bool = False) -> Line:
    return Line(called, curves.get(name, ()), colour, fill=fill)


def _rate(name: str, curves: Mapping[str, Any], colour: str, *, fill: bool = False) -> Line:
    return Line(name, per_second(curves.get(name, ()), BIN_S), colour, fill=fill)
