"""A swarm as it was asked for: checked as far as can be beforehand, carried out, reported whatever happens.

Decides only whether a wish makes sense; says what is wrong in one line each. Called by `cli` for `swarm`.
"""

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop

from loadtest.bench.table import provenance
from loadtest.figures import worst
from loadtest.limit import allow_sockets
from loadtest.links import Links, read_links, websocket_base
from loadtest.paper import allow_report
from loadtest.plan import Plan
from loadtest.refusal import PlanRefusal, Refusal
from loadtest.rehearsal import Rehearsal, read_plan
from loadtest.stop import CutShort
from loadtest.swarm import Order, run

_FINDINGS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class SwarmAsk:
    """A swarm as it was asked for, unchecked. `url` and `room` stand aside where there is a links file."""

    members: int
    url: str
    room: str
    links: Path | None
    hold_s: float
    ramp_per_s: float
    sample: int
    senders: int
    rate: float
    media: str
    seed: int
    faults: Path | None
    report: Path | None


def whole_swarm(ask: SwarmAsk) -> int:
    """The swarm and its report, whatever happens: 0 all well, 1 not, 2 it could not be done; 128 and more: told to
    stop."""
    if ask.report is not None:
        allow_report(ask.report)
    told: dict[str, Any] = {"asked": {"members": ask.members}, "provenance": provenance(), "trouble": []}
    try:
        told |= _carried_out(ask)
    except PlanRefusal as refusal:
        told["trouble"] = [f"{ask.faults}, {fault}" for fault in refusal.faults]
    except Refusal as refusal:
        told["trouble"] = [str(refusal)]
    except CutShort as cut:
        told |= {"stopped": cut.status, "trouble": [cut.line]}
    if ask.report is not None:
        ask.report.write_text(json.dumps(told, indent=1) + "\n")
    if not told.get("joined"):
        for line in told["trouble"]:
            print(line, file=sys.stderr)
        return int(told.get("stopped", 2))
    print(_summary(told))
    for line in told["trouble"]:
        print(line)
    for finding in told["checked"]["findings"][:_FINDINGS_SHOWN]:
        print(f"  {finding['sin']}: {finding['member']} at offset {finding['offset']} {finding['detail']}")
    return int(told.get("stopped", 1 if told["trouble"] else 0))


def _carried_out(ask: SwarmAsk) -> dict[str, Any]:
    if ask.senders > min(ask.sample, ask.members) or (ask.senders > 0) != (ask.rate > 0):
        raise Refusal("--senders and --rate go together, and senders are part of the sample")
    if ask.media not in ("video", "audio", "none"):
        raise Refusal(f"--media {ask.media}: give video, audio or none")
    links = _links(ask)
    rehearsal = _rehearsal(ask, links)
    allow_sockets(ask.members)
    order = Order(
        links.sockets,
        links.room,
        ask.members,
        ask.sample,
        ask.ramp_per_s,
        ask.hold_s,
        ask.senders,
        ask.rate,
        ask.media,
        ask.seed,
    )
    began_at = time.time()
    figures: dict[str, Any] = {}
    stopped: dict[str, Any] = {}
    trouble = []
    try:
        uvloop.run(run(order, lambda: rehearsal.due(time.time() - began_at, began_at), figures))
    except CutShort as cut:
        stopped, trouble = {"stopped": cut.status}, [cut.line]
    finally:
        rehearsal.end(began_at)
    faults = [outcome.to_json() for outcome in rehearsal.outcomes]
    trouble += [*(worst(figures) if figures else ())]
    trouble += [f"{fault['name']}: {fault['why_not']}" for fault in faults if fault["why_not"]]
    return {**figures, **stopped, "faults": faults, "trouble": trouble}


def _links(ask: SwarmAsk) -> Links:
    if ask.links is not None:
        return read_links(ask.links)
    bases = tuple(ask.url.split(","))
    for base in bases:
        websocket_base(base)
    return Links(base=bases[0], room=ask.room, bases=bases)


def _rehearsal(ask: SwarmAsk, links: Links) -> Rehearsal:
    """The faults of the plan, for as long as the swarm comes and stays; it publishes nothing, so it has no sources."""
    plan = Plan() if ask.faults is None else read_plan(ask.faults, links, ())
    return Rehearsal(plan, links, Path(), ask.members / ask.ramp_per_s + ask.hold_s)


def _summary(told: dict[str, Any]) -> str:
    client, latency, checked = told["client"], told["latency"], told["checked"]
    reach = f"{checked['reach']:.4%} of the sample" if checked["expected"] else "nothing was said"
    return (
        f"{told['joined']} of {told['asked']['members']} in after {told['gathered_s']} s; "
        f"{client['received']} messages received at {client['cpu_us_per_received']} µs of client CPU each; "
        f"publish to receive p50 {latency.get('p50_ms', '-')} ms, p99 {latency.get('p99_ms', '-')} ms; reach {reach}"
    )
