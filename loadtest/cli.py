"""The load tester's commands.

Decides nothing: reads arguments, calls one function, prints; a Refusal is one line and exit code 2. Run by people, by
`make` and by CI.
"""

import asyncio
import json
import shlex
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from loadtest.bench.measure import Wish
from loadtest.bench.measure import run as measure
from loadtest.bench.table import page, provenance, table
from loadtest.figures import worst
from loadtest.limit import allow_sockets
from loadtest.links import read_links, websocket_base
from loadtest.refusal import PlanRefusal, Refusal
from loadtest.swarm import Order
from loadtest.swarm import run as run_swarm

app = typer.Typer(add_completion=False, no_args_is_help=True, help="A crowd, and what becomes of it.")
_RAW = Path("docs/benchmarks")


@app.callback()
def _root() -> None:
    """A crowd, and what becomes of it."""


@app.command()
def swarm(
    members: Annotated[int, typer.Option("-n", "--members", min=1, help="How many members")] = 1_000,
    url: Annotated[str, typer.Option(help="A gateway's address; several with commas")] = "http://127.0.0.1:8000",
    room: Annotated[str, typer.Option(help="The room to join")] = "demo",
    links: Annotated[
        Path | None, typer.Option(help="Links file of the deployment, instead of --url and --room")
    ] = None,
    hold: Annotated[float, typer.Option("--for", min=0, help="Seconds to stay once everybody is in")] = 20.0,
    ramp: Annotated[float, typer.Option(min=1, help="Joins per second")] = 1_000.0,
    sample: Annotated[int, typer.Option(min=0, help="Members to check wholly")] = 100,
    senders: Annotated[int, typer.Option(min=0, help="Members of the sample that chat")] = 0,
    rate: Annotated[float, typer.Option(min=0, help="Messages per second of all senders together")] = 0.0,
    media: Annotated[str, typer.Option(help="video, audio or none")] = "none",
    seed: Annotated[int, typer.Option(help="For the dice")] = 1,
    report: Annotated[Path | None, typer.Option(help="Write the figures here as JSON")] = None,
) -> None:
    """Thousands of members of one room, from one process."""
    if senders > min(sample, members) or (senders > 0) != (rate > 0):
        raise Refusal("--senders and --rate go together, and senders are part of the sample")
    if media not in ("video", "audio", "none"):
        raise Refusal(f"--media {media}: give video, audio or none")
    bases = tuple(websocket_base(part) for part in url.split(","))
    if links is not None:
        known = read_links(links)
        bases, room = known.sockets, known.room
    allow_sockets(members)
    order = Order(bases, room, members, sample, ramp, hold, senders, rate, media, seed)
    figures = uvloop.run(run_swarm(order))
    if report is not None:
        report.write_text(json.dumps(figures, indent=1) + "\n")
    client, latency = figures["client"], figures["latency"]
    print(
        f"{figures['joined']} of {members} in after {figures['gathered_s']} s; "
        f"{client['received']} messages received at {client['cpu_us_per_received']} µs of client CPU each; "
        f"publish to receive p50 {latency.get('p50_ms', '-')} ms, p99 {latency.get('p99_ms', '-')} ms; "
        f"reach {figures['checked']['reach']:.4%} of the sample"
    )
    faults = worst(figures)
    for line in faults:
        print(line)
    for finding in figures["checked"]["findings"][:20]:
        print(f"  {finding['sin']}: {finding['member']} at offset {finding['offset']} {finding['detail']}")
    raise typer.Exit(1 if faults else 0)


@app.command()
def bench(
    members: Annotated[int, typer.Option("-n", "--members", min=50, help="Members of the room")] = 2_000,
    rate: Annotated[float, typer.Option(min=0.1, help="Messages per second, to everyone")] = 20.0,
    seconds: Annotated[float, typer.Option(min=0.5, help="How long to deliver")] = 10.0,
    server: Annotated[str, typer.Option(help="The server's command; it is given PORT and LINKS")] = "",
    save: Annotated[bool, typer.Option("--save", help="Keep the raw figures in docs/benchmarks and its page")] = False,
    report: Annotated[Path | None, typer.Option(help="Write the raw figures here as JSON")] = None,
) -> None:
    """What a delivery costs the server, beside a C loop and Starlette's WebSockets, in one run."""
    wish = Wish(members=members, rate=rate, seconds=seconds, senders=min(40, members))
    command = shlex.split(server) or [str(Path(sys.executable).with_name("liveserver")), "demo"]
    figures = {"provenance": provenance(), "asked": asdict(wish), **measure(wish, command)}
    raw = json.dumps(figures, indent=1) + "\n"
    if report is not None:
        report.write_text(raw)
    if save:
        _RAW.mkdir(parents=True, exist_ok=True)
        (_RAW / "server.json").write_text(raw)
        benchmarks()
    print(table(figures))
    for key in ("ours", "starlette"):
        for fault, count in figures[key]["faults"].items():
            print(f"{key}: {count} times {fault}")


@app.command()
def benchmarks() -> None:
    """Write docs/benchmarks.md anew from the raw figures in docs/benchmarks."""
    _RAW.with_suffix(".md").write_text(page(_RAW))


def main() -> None:
    """Run a command; a Refusal is said in one line for each fault, exit code 2."""
    try:
        app()
    except PlanRefusal as refusal:
        for fault in refusal.faults:
            print(fault, file=sys.stderr)
        sys.exit(2)
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        sys.exit(2)
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(130)
