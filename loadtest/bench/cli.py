"""The bench's commands: `bench`, `bench-clients`, and `benchmarks`, which writes the page.

Decides nothing: reads arguments, calls one function, prints. Put beside the other commands by `loadtest.cli`.
"""

import json
import shlex
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from loadtest.bench.clients import measure_clients
from loadtest.bench.measure import Wish
from loadtest.bench.measure import run as measure
from loadtest.bench.table import clients_table, page, provenance, table
from loadtest.limit import allow_sockets

_RAW = Path("docs/benchmarks")


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
    figures = {"provenance": provenance(), "asked": asdict(wish), **measure(wish, _server(server))}
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


def bench_clients(
    members: Annotated[int, typer.Option("-n", "--members", min=50, help="Of the swarm")] = 2_000,
    users: Annotated[int, typer.Option(min=1, help="Of locust")] = 300,
    seconds: Annotated[float, typer.Option(min=2, help="How long each")] = 20.0,
    server: Annotated[str, typer.Option(help="The server's command; it is given PORT and LINKS")] = "",
    save: Annotated[bool, typer.Option("--save", help="Keep the raw figures in docs/benchmarks and its page")] = False,
) -> None:
    """What the load clients cost: members per core, CPU per received message."""
    allow_sockets(members)
    rows = measure_clients(_server(server), members=members, users=users, seconds=seconds)
    figures = {"provenance": provenance(), "clients": rows}
    if save:
        _RAW.mkdir(parents=True, exist_ok=True)
        (_RAW / "clients.json").write_text(json.dumps(figures, indent=1) + "\n")
        benchmarks()
    print(clients_table(figures))


def _server(command: str) -> list[str]:
    return shlex.split(command) or [str(Path(sys.executable).with_name("liveserver")), "demo"]


def benchmarks() -> None:
    """Write docs/benchmarks.md anew from the raw figures in docs/benchmarks."""
    _RAW.with_suffix(".md").write_text(page(_RAW))
