"""What a finished run comes to: its figures under the objectives' names, and everything a report is made of.

Pure: what locust left goes in, numbers and plain sentences come out; what was not measured is None. Filled by `run`,
judged by `objective`, shown by `report`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from loadtest.finding import SINS
from loadtest.recovery import recoveries
from loadtest.stop import CutShort
from loadtest.tally import Tally

_OWN_DELAY_MS = 500.0


@dataclass(slots=True)
class Told:
    """Everything a report is made of, fit for JSON. `trouble` spoils a run, `notes` only belong to it; `stopped` is
    the exit code of one that was told to stop, `ended` the last words of publishers, by source."""

    asked: dict[str, Any]
    provenance: dict[str, str]
    faults: list[dict[str, Any]] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)
    curves: dict[str, Any] = field(default_factory=dict)
    findings: list[Any] = field(default_factory=list)
    counts: dict[str, Any] = field(default_factory=dict)
    spreads: dict[str, Any] = field(default_factory=dict)
    client: dict[str, Any] = field(default_factory=dict)
    trouble: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    stopped: int = 0
    ended: dict[str, str] = field(default_factory=dict)

    def cut_short(self, cut: CutShort) -> None:
        """The run was told to stop, and did."""
        self.trouble.append(cut.line)
        self.stopped = cut.status


def take_figures(told: Told, raw: Mapping[str, Any]) -> None:
    """Fill in what locust left in `figures.json`; `told.faults` are known already."""
    tally, ledger = Tally(), dict(raw["ledger"])
    tally.merge(raw["tally"])
    told.findings = ledger.pop("findings")
    told.counts = {**tally.counts, **{name: value for name, value in ledger.items() if isinstance(value, int)}}
    told.curves = tally.curves()
    told.spreads = raw["tally"]["spreads"]
    felt = recoveries(told.curves, told.faults, told.asked["for_s"])
    for fault, seconds in zip(told.faults, felt, strict=True):
        fault["felt_s"] = seconds
    told.figures = {**objective_figures(tally, ledger), "recovery_max_s": _recovery_max_s(told)}
    told.client = {
        "cpu_s": round(raw["cpu_s"], 2),
        "run_s": round(raw["run_s"], 2),
        "processes": raw["processes"],
        "received": tally.counts["received"] + tally.counts["frames"],
    }
    told.trouble += own_trouble(told.curves)
    told.trouble += [f"{fault['name']}: {fault['why_not']}" for fault in told.faults if fault["why_not"]]
    told.trouble += _apart(raw)
    wanted = tally.counts["wanted_at_end"]
    if wanted and not tally.counts["present_at_end"]:
        told.trouble.append(f"none of the {wanted:,} who should be there were there at the end")
    if tally.counts["unreadable"]:
        told.trouble.append(f"{tally.counts['unreadable']:,} messages were not what the protocol says, and hung up on")
    told.notes += _notes(told)
    for source, why in told.ended.items():
        told_of = told.notes if _is_broken(told, source) else told.trouble
        told_of.append(f"the publisher of {source} ended ({why})")


def objective_figures(tally: Tally, ledger: Mapping[str, Any]) -> dict[str, float | None]:
    """What objectives are judged by, under their own names; None where there was nothing to measure."""
    counts, spreads = tally.counts, tally.spreads
    answered = counts["acked"] + counts["rejected"] + counts["unanswered"]
    returned = ledger["resumed"] + ledger["not_resumed"]
    wanted, expected = counts["wanted_at_end"], ledger["expected"]
    return {
        **{f"{sin}_max": ledger[sin] if expected else None for sin in SINS},
        "reach_min": ledger["reach"] if expected else None,
        "resumed_min": ledger["resumed"] / returned if returned else None,
        "acked_min": counts["acked"] / answered if answered else None,
        "present_min": counts["present_at_end"] / wanted if wanted else None,
        "welcome_p95_ms": spreads["welcome"].percentile(0.95),
        "picture_p95_ms": spreads["picture"].percentile(0.95, never=counts["without_picture"]),
        "latency_p95_ms": spreads["latency"].percentile(0.95),
        "latency_p99_ms": spreads["latency"].percentile(0.99),
        "media_gap_max_ms": tally.highest("media_gap_ms"),
        "notice_p95_ms": spreads["notice"].percentile(0.95),
    }


def own_trouble(curves: Mapping[str, Any]) -> list[str]:
    """Whether the crowd itself was too slow for its figures of time to be the deployment's."""
    delays = sorted(value for _, value in curves.get("own_delay_ms", ()) if value is not None)
    if not delays or delays[int(len(delays) * 0.95)] < _OWN_DELAY_MS:
        return []
    late = f"the crowd itself came late by up to {delays[-1] / 1000:.1f} s: these times say more about its own machine "
    return [late + "than about the deployment (--workers, fewer viewers, or a quieter machine)"]


def _recovery_max_s(told: Told) -> float | None:
    """The longest; None where nothing was broken, or where something was felt to the end: nobody saw it recover."""
    felt = [fault["felt_s"] for fault in told.faults if fault["injected_s"] is not None]
    return None if not felt or None in felt else max(felt)


def _apart(raw: Mapping[str, Any]) -> Iterator[str]:
    """What the processes of a distributed run could not bring together."""
    if raw["silent_workers"]:
        yield f"{raw['silent_workers']} of the locust workers did not report: what their members saw is not in here"
    if raw["ledger"].get("uncompared"):
        yield f"in {raw['ledger']['uncompared']} places the locust workers' records were too many to be compared"


def _notes(told: Told) -> Iterator[str]:
    for fault in told.faults:
        if fault["injected_s"] is not None and fault["felt_s"] is None:
            yield f"{fault['name']} was felt to the end of the run: how long a recovery takes was not measured."
    if told.counts.get("without_picture"):
        yield f"{told.counts['without_picture']:,} viewers of those at the end had never been shown a picture."


def _is_broken(told: Told, source: str) -> bool:
    """Whether a fault was aimed at this source, or at a media node, to one of which it publishes."""
    hit = [str(fault["target"]) for fault in told.faults if fault["injected_s"] is not None]
    return any(target == source or target.startswith("media") for target in hit)
