"""What a swarm's figures are called in its report, and which of them a person must be told first.

Decides nothing, measures nothing. Called by `swarm` at the end of a run.
"""

from collections.abc import Sequence
from typing import Any

from loadtest.finding import SINS
from loadtest.seat import Tally


def tally_to_json(tally: Tally) -> dict[str, Any]:
    """The counts of a whole swarm, fit for JSON."""
    return {
        "failed": tally.failed,
        "returns": tally.returns,
        "closes": dict(tally.closes),
        "messages": tally.messages,
        "entries": tally.entries,
        "media_frames": tally.media_frames,
        "bytes": tally.bytes_total,
        "out_of_step": tally.out_of_step,
        "sent": tally.sent,
        "answers": dict(tally.answers),
        "welcome": tally.welcome.to_json(),
        "latency": tally.latency.to_json(),
    }


def worst(figures: dict[str, Any]) -> Sequence[str]:
    """What a person must be told of a swarm's figures, worst first; empty when all is well."""
    checked, asked, where = figures["checked"], figures["asked"]["members"], ", ".join(figures["asked"]["bases"])
    joined, present = figures["joined"], figures["present"]
    why = "; ".join(f"{count} times {reason}" for reason, count in figures["closes"].items()) or "no answer"
    lines = []
    if joined < asked:
        lines.append(f"{joined} of {asked} came in ({why})" if joined else f"nobody came in at {where} ({why})")
    if present < joined:
        lines.append(f"{present or 'none'} of the {joined} who came in were there at the end ({why})")
    lines += [f"{checked[sin]} {sin}" for sin in SINS if checked[sin]]
    if figures["out_of_step"]:
        lines.append(f"{figures['out_of_step']} entries out of step, over all members")
    return lines
