"""The command line of faults: `list`, `run`, and the grounds some faults need (`path`, `clocked`, `enclose`, `disk`).

Decides nothing; whatever it injects it heals, also when it is told to stop. Included by `failover.cli` as `fault`; load
tests use it as a command, never by import.
"""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from failover.faults.catalogue import KINDS, make
from failover.faults.clock import clocked_environ
from failover.faults.disk import SmallDisk
from failover.faults.fault import CannotRehearse, DidNotBite, NotHealed, rehearse
from failover.faults.path import SPEECHES, Speech, TcpPath
from failover.faults.secret import shown
from failover.faults.stop import Stop
from failover.faults.udp import Namespace

fault = typer.Typer(no_args_is_help=True, add_completion=False, help="Break something on purpose, and heal it.")
_WAIT_MAX_S = 3_600.0
_FREE = {"allow_extra_args": True, "ignore_unknown_options": True}


def duration_s(text: str) -> float:
    """Seconds in `5s`, `300ms`, `2m` or `1.5`. CannotRehearse for anything else, and for a negative time."""
    for unit, scale in (("ms", 0.001), ("s", 1.0), ("m", 60.0), ("", 1.0)):
        if unit and not text.endswith(unit):
            continue
        try:
            value = float(text.removesuffix(unit)) * scale if unit else float(text)
        except ValueError:
            continue
        if 0 <= value < 86_400:
            return value
    raise CannotRehearse(f"{text!r} is no time: give one like 5s, 300ms or 2m")


@fault.command("list")
def list_faults(*, as_json: Annotated[bool, typer.Option("--json", help="For programs")] = False) -> None:
    """Every fault, what it breaks and what it is pointed at."""
    if as_json:
        print(json.dumps({kind.name: kind.to_json() for kind in KINDS.values()}))
        return
    for kind in KINDS.values():
        knobs = "".join(f" --{knob.replace('_', '-')}" for knob in kind.knobs)
        print(f"{kind.name + knobs:28} {kind.breaks:54} --target <{kind.target}>")


@fault.command()
def run(
    name: Annotated[str, typer.Argument(help="The fault (see list)")],
    target: Annotated[str, typer.Option(help="What it is pointed at")],
    hold: Annotated[
        str, typer.Option("--for", help="How long: 5s, 300ms, 2m; left out, it stays (a restart: 0s)")
    ] = "",
    delay_ms: Annotated[float | None, typer.Option(help="delay, lane-slow")] = None,
    bytes_per_s: Annotated[float | None, typer.Option(help="throttle")] = None,
    share: Annotated[float | None, typer.Option(help="lossy: 0 to 1")] = None,
    step_s: Annotated[float | None, typer.Option(help="clock-step: seconds, negative for back")] = None,
    at: Annotated[float, typer.Option(help="Wait until this moment (Unix seconds), then inject")] = 0.0,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line for each step")] = False,
) -> None:
    """Inject a fault, see that it bites, hold it, heal it."""
    given = {"delay_ms": delay_ms, "bytes_per_s": bytes_per_s, "share": share, "step_s": step_s}
    stop = Stop()
    tell = _teller(name, target, as_json=as_json)
    stop.wait(max(0.0, min(at - time.time(), _WAIT_MAX_S)))
    try:
        made = make(name, target, {knob: value for knob, value in given.items() if value is not None})
        for_s = duration_s(hold) if hold else 0.0 if KINDS[name].revives else None
        rehearse(made, for_s if KINDS[name].heals else None, tell, wait=stop.wait)
    except CannotRehearse as refusal:
        tell("refused", str(refusal))
        raise typer.Exit(3) from None
    except DidNotBite as failure:
        tell("did not bite", str(failure))
        raise typer.Exit(4) from None
    except NotHealed as failure:
        tell("not healed", str(failure))
        raise typer.Exit(5) from None


@fault.command()
def path(
    to: Annotated[str, typer.Option(help="host:port that lies behind")],
    listen: Annotated[str, typer.Option(help="host:port to listen at; port 0: any")] = "127.0.0.1:0",
    control: Annotated[int, typer.Option(help="Control port; 0: any")] = 0,
    speaks: Annotated[str, typer.Option(help="raw, http, smtp or redis: for errors")] = "raw",
    seed: Annotated[int, typer.Option(help="For the dice of lossy")] = 1,
) -> None:
    """A TCP path that can be broken: put it in front of what should fail. Prints its ports as one JSON line."""
    if speaks not in SPEECHES:
        raise typer.BadParameter(f"--speaks {speaks}: one of {', '.join(SPEECHES)}")
    asyncio.run(_serve_path(_address(to), _address(listen), control, speaks, seed))


@fault.command(context_settings=_FREE)
def clocked(context: typer.Context, file: Annotated[Path, typer.Option(help="The clock file, for clock-step")]) -> None:
    """Start a command whose wall clock can be stepped: `clocked --file F -- command …`."""
    with _told_in_one_line():
        environ = clocked_environ(file)
        command = _command(context)
        try:
            os.execvpe(command[0], command, environ)  # noqa: S606  the operator's own command
        except OSError as refusal:
            raise CannotRehearse(f"{command[0]}: {refusal.strerror}") from None


@fault.command(context_settings=_FREE)
def enclose(
    context: typer.Context,
    name: Annotated[str, typer.Option(help="Of the namespace")] = "host",
    index: Annotated[int, typer.Option(min=1, max=250, help="Addresses 10.77.<index>.1 and .2")] = 1,
) -> None:
    """Run a command in a network namespace of its own, so that its UDP can be cut: `enclose -- command …`."""
    stop = Stop()
    with _told_in_one_line(), Namespace(name, index) as namespace:
        raise typer.Exit(stop.run(namespace.command(*_command(context))))


@fault.command(context_settings=_FREE)
def disk(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Where")],
    size_mb: Annotated[int, typer.Option(min=1, max=4096)] = 64,
) -> None:
    """Run a command with a small disk at a folder, so that it can be filled: `disk DIR -- command …`."""
    stop = Stop()
    with _told_in_one_line(), SmallDisk(folder, size_mb * 2**20):
        raise typer.Exit(stop.run(_command(context)))


async def _serve_path(to: tuple[str, int], listen: tuple[str, int], control: int, speaks: str, seed: int) -> None:
    speech: Speech = next(known for known in SPEECHES if known == speaks)
    tcp = TcpPath(*to, speech=speech, seed=seed)
    try:
        ports = await tcp.open(*listen, control)
    except OSError as refusal:
        print(f"cannot listen at {listen[0]}:{listen[1]}: {refusal.strerror}", file=sys.stderr)
        raise typer.Exit(2) from None
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    print(json.dumps({"listen": f"{listen[0]}:{ports[0]}", "control": f"127.0.0.1:{ports[1]}"}), flush=True)
    await stop.wait()
    await tcp.close()


class _told_in_one_line:  # noqa: N801  reads as a sentence where it is used
    """A CannotRehearse inside becomes one line and exit code 3."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, refusal: BaseException | None, trace: object) -> None:
        if isinstance(refusal, CannotRehearse):
            print(refusal, file=sys.stderr)
            raise typer.Exit(3) from None


def _teller(name: str, target: str, *, as_json: bool) -> Callable[[str, str], None]:
    target = shown(target)

    def tell(what: str, detail: str) -> None:
        if as_json:
            line = {"at": time.time(), "fault": name, "target": target, "what": what, "detail": detail}
            print(json.dumps(line), flush=True)
        else:
            print(f"{name} {target}: {what}" + (f" ({detail})" if detail else ""), flush=True)

    return tell


def _command(context: typer.Context) -> list[str]:
    # The separator is gone by now; any other `--` is the command's own.
    command = list(context.args)
    if not command:
        raise CannotRehearse("no command given; write it after --")
    return command


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise typer.BadParameter(f"{shown(text)!r} is no host:port")
    return host, int(port)
