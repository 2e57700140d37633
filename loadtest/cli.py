"""The load tester's commands.

Decides nothing: reads arguments, calls one function, prints; a Refusal is one line and exit code 2. Run by people, by
`make` and by CI.
"""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from loadtest.ask import Ask, refused_run, whole_run
from loadtest.bench.cli import bench, bench_clients, benchmarks
from loadtest.deployment import clip as make_clip
from loadtest.deployment import cluster
from loadtest.paper import allow_report
from loadtest.refusal import PlanRefusal, Refusal
from loadtest.stop import CutShort, heed_signals
from loadtest.swarm_ask import SwarmAsk, whole_swarm

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help="A crowd, and what becomes of it."
)
_DEMO_PLAN = Path(__file__).with_name("demo.toml")
_NO_CLIP = "No clip could be made (is ffmpeg installed?): the host publishes a test picture instead."


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
    faults: Annotated[
        Path | None, typer.Option(help="A plan: what breaks when (its objectives are not judged)")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write the figures here as JSON")] = None,
) -> None:
    """Thousands of members of one room, from one process."""
    ask = SwarmAsk(members, url, room, links, hold, ramp, sample, senders, rate, media, seed, faults, report)
    raise typer.Exit(whole_swarm(ask))


@app.command()
def run(
    links: Annotated[Path | None, typer.Option(help="The deployment's links file (make demo LINKS=FILE)")] = None,
    host: Annotated[str, typer.Option(help="Instead of a links file: a gateway's address")] = "",
    room: Annotated[str, typer.Option(help="With --host: the room")] = "demo",
    shape: Annotated[str, typer.Option(help="steady, spike, doors or storm")] = "steady",
    users: Annotated[int, typer.Option(min=1, help="Members, at the most; a host comes beside them")] = 100,
    hold: Annotated[str, typer.Option("--for", help="How long: 40s, 5m")] = "60s",
    faults: Annotated[Path | None, typer.Option(help="The plan: what breaks when, and the objectives")] = None,
    report: Annotated[Path, typer.Option(help="The report; its raw figures go beside it")] = Path("report.html"),
    chat: Annotated[float, typer.Option(min=0.01, help="Chat messages a second, of all together")] = 10.0,
    video: Annotated[float, typer.Option(min=0, max=1, help="Share who watch")] = 0.3,
    audio: Annotated[float, typer.Option(min=0, max=1, help="Share who only listen")] = 0.1,
    clip: Annotated[str, typer.Option(help="What the host publishes; left out: a test picture")] = "",
    sources: Annotated[str, typer.Option(help="Sources to publish, or none")] = "main,standby",
    workers: Annotated[int, typer.Option(min=0, help="Locust workers, for more than one core")] = 0,
) -> None:
    """People in a room, things broken on schedule, and a report with a verdict."""
    ask = Ask(users, shape, hold, faults, report, chat, (video, audio), clip, _names(sources), workers)
    raise typer.Exit(whole_run(ask, links, host, room))


@app.command()
def demo(
    report: Annotated[Path, typer.Option(help="The report; its raw figures go beside it")] = Path(
        "var/load/report.html"
    ),
    users: Annotated[int, typer.Option(min=1)] = 300,
    hold: Annotated[str, typer.Option("--for")] = "40s",
    faults: Annotated[Path, typer.Option(help="The plan")] = _DEMO_PLAN,
) -> None:
    """Three gateways on Redis, 300 members, a published clip, three faults, a verdict."""
    try:
        report.parent.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise Refusal(f"--report {report}: {fault.strerror}") from None
    allow_report(report)
    clip = make_clip(report.parent)
    if not clip:
        print(_NO_CLIP)
    notes = () if clip else (_NO_CLIP,)
    ask = Ask(users, "steady", hold, faults, report, 10.0, (0.2, 0.1), clip, _names("main,standby"), 0, notes)
    try:
        with tempfile.TemporaryDirectory(prefix="loadtest-") as folder, cluster(Path(folder), 3) as links:
            code = whole_run(ask, links, "", "")
    except (Refusal, CutShort) as why:
        code = refused_run(ask, why)
    raise typer.Exit(code)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in text.split(",") if name and name != "none")


for command in (bench, bench_clients, benchmarks):
    app.command()(command)


def main() -> None:
    """Run a command; a Refusal is said in one line for each fault, exit code 2."""
    heed_signals()
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
