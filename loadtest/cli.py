"""The load tester's commands.

Decides nothing: reads arguments, calls one function, prints; a Refusal is one line and exit code 2. Run by people, by
`make` and by CI.
"""

import asyncio
import json
import re
import shlex
import signal
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
import uvloop

from loadtest.bench.measure import Wish as BenchWish
from loadtest.bench.measure import run as measure
from loadtest.bench.table import page, provenance, table
from loadtest.deployment import clip as make_clip
from loadtest.deployment import cluster
from loadtest.figures import worst
from loadtest.limit import allow_sockets
from loadtest.links import Links, read_links, websocket_base
from loadtest.objective import judge
from loadtest.plan import Plan, parse_plan
from loadtest.refusal import PlanRefusal, Refusal
from loadtest.rehearsal import check_targets, known_faults
from loadtest.report import is_met, write_report
from loadtest.run import Told, Wish
from loadtest.run import run as run_crowd
from loadtest.shape import shape_called
from loadtest.swarm import Order
from loadtest.swarm import run as run_swarm

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help="A crowd, and what becomes of it."
)
_RAW = Path("docs/benchmarks")
_DEMO_PLAN = Path(__file__).with_name("demo.toml")
_ASKED_OF_NOBODY = {
    "base": "nowhere",
    "gateways": [],
    "room": "",
    "for_s": 0,
    "chat_per_s": 0,
    "video": 0,
    "audio": 0,
    "seed": 0,
}


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
    wish = BenchWish(members=members, rate=rate, seconds=seconds, senders=min(40, members))
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
def run(
    links: Annotated[Path | None, typer.Option(help="The deployment's links file (make demo LINKS=FILE)")] = None,
    host: Annotated[str, typer.Option(help="Instead of a links file: a gateway's address")] = "",
    room: Annotated[str, typer.Option(help="With --host: the room")] = "demo",
    shape: Annotated[str, typer.Option(help="steady, spike, doors or storm")] = "steady",
    users: Annotated[int, typer.Option(min=1, help="People, at the most")] = 100,
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
    raise typer.Exit(_whole_run(ask, links, host, room))


@app.command()
def demo(
    report: Annotated[Path, typer.Option(help="The report; its raw figures go beside it")] = Path(
        "var/load/report.html"
    ),
    users: Annotated[int, typer.Option(min=1)] = 300,
    hold: Annotated[str, typer.Option("--for")] = "40s",
    faults: Annotated[Path, typer.Option(help="The plan")] = _DEMO_PLAN,
) -> None:
    """Three gateways on Redis, 300 people, a published clip, three faults, a verdict."""
    report.parent.mkdir(parents=True, exist_ok=True)
    ask = Ask(
        users, "steady", hold, faults, report, 10.0, (0.2, 0.1), make_clip(report.parent), _names("main,standby"), 0
    )
    with tempfile.TemporaryDirectory(prefix="loadtest-") as folder, cluster(Path(folder), 3) as links:
        code = _whole_run(ask, links, "", "")
    raise typer.Exit(code)


@dataclass(frozen=True, slots=True)
class Ask:
    """A run as it was asked for, unchecked. `shares` are who watch and who only listen."""

    users: int
    shape: str
    hold: str
    faults: Path | None
    report: Path
    chat: float
    shares: tuple[float, float]
    clip: str
    sources: tuple[str, ...]
    workers: int


def _whole_run(ask: Ask, links_file: Path | None, host: str, room: str) -> int:
    """The run and its report, whatever happens: 0 all met, 1 not, 2 refused."""
    plan, told = Plan(), Told({**_ASKED_OF_NOBODY, "users": ask.users, "shape": ask.shape}, provenance())
    try:
        wish = _wish(ask, links_file, host, room)
        plan = wish.plan
        told = run_crowd(wish)
    except PlanRefusal as refusal:
        told.trouble += [f"{ask.faults}, {fault}" for fault in refusal.faults]
    except Refusal as refusal:
        told.trouble.append(str(refusal))
    for line in told.trouble:
        print(line, file=sys.stderr)
    verdicts = judge(plan.objectives, told.figures) if told.figures else []
    for verdict in verdicts:
        measured = "not measured" if verdict.measured is None else f"{verdict.measured:,.4g}"
        print(f"{'met   ' if verdict.met else 'MISSED'}  {verdict.what}: {measured} (limit {verdict.limit:,.4g})")
    try:
        raw = write_report(told, verdicts, ask.report)
    except OSError as fault:
        raise Refusal(f"--report {ask.report}: {fault.strerror}") from None
    print(f"The report is {ask.report}, its raw figures {raw}")
    if not told.figures:
        return 2
    return 0 if is_met(told, verdicts) else 1


def _wish(ask: Ask, links_file: Path | None, host: str, room: str) -> Wish:
    """What is asked, checked in everything that can be checked beforehand."""
    if links_file is not None:
        links = read_links(links_file)
    elif host:
        websocket_base(host)
        links = Links(base=host, room=room)
    else:
        raise Refusal("say where: --links FILE (make demo LINKS=FILE), or --host http://… and --room")
    shape_called(ask.shape)
    allow_sockets(ask.users)
    if sum(ask.shares) > 1:
        raise Refusal(f"--video {ask.shares[0]:g} and --audio {ask.shares[1]:g} are more than everybody")
    if ask.clip and not Path(ask.clip).is_file():
        raise Refusal(f"--clip {ask.clip}: there is no such file")
    sources = tuple(source for source in ask.sources if source in links.whip)
    plan = Plan()
    if ask.faults is not None:
        try:
            text = ask.faults.read_text()
        except OSError as fault:
            raise Refusal(f"--faults {ask.faults}: {fault.strerror}") from None
        plan = parse_plan(text, known_faults())
        check_targets(plan, links, sources)
    return Wish(
        links=links,
        links_file=links_file,
        shape=ask.shape,
        users=ask.users,
        for_s=_seconds(ask.hold),
        plan=plan,
        chat_per_s=ask.chat,
        video=ask.shares[0],
        audio=ask.shares[1],
        clip=ask.clip,
        sources=sources,
        workers=ask.workers,
    )


def _seconds(text: str) -> float:
    found = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)(s|m|)", text)
    if found is None or float(found.group(1)) <= 0:
        raise Refusal(f"--for {text}: give a time like 40s or 5m")
    return float(found.group(1)) * (60.0 if found.group(2) == "m" else 1.0)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in text.split(",") if name and name != "none")


@app.command()
def benchmarks() -> None:
    """Write docs/benchmarks.md anew from the raw figures in docs/benchmarks."""
    _RAW.with_suffix(".md").write_text(page(_RAW))


def main() -> None:
    """Run a command; a Refusal is said in one line for each fault, exit code 2."""
    signal.signal(signal.SIGTERM, _stop)
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


def _stop(number: int, _frame: FrameType | None) -> None:
    """Told to end: everything that was started is ended on the way out."""
    raise SystemExit(128 + number)
