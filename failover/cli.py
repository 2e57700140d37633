"""`failover run` guards, `failover plan` checks and shows a contingency plan, `failover fault` breaks something on
purpose. It reads settings, says in one line what is wrong, and decides nothing else. People and Procfiles drive it.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from broadcast.process import fail, serve
from failover import app as application
from failover.core.plan import Plan
from failover.core.planfile import TEXT_MAX, read_plan
from failover.faults.cli import fault as fault_cli
from failover.settings import GuardSettings

cli = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help="Guard live events.")
plan_cli = typer.Typer(no_args_is_help=True, add_completion=False, help="Check and show contingency plans.")
cli.add_typer(plan_cli, name="plan")
cli.add_typer(fault_cli, name="fault")

PlanFile = Annotated[Path, typer.Argument(help="The plan, a TOML file")]
OfEvent = Annotated[str | None, typer.Option("--event", help="The event it is for; its backup room must be of it")]


def main() -> None:
    """The `failover` command."""
    cli()


@cli.command()
def run() -> None:
    """Run a guard: watches sources and rooms, leads the events whose lease it gets, tells people."""
    serve("failover", "guard", GuardSettings.read, application.create, ws="none", timeout_graceful_shutdown=3)


@plan_cli.command()
def check(file: PlanFile, event: OfEvent = None) -> None:
    """Print every fault of a plan, as a compiler does; 1 where there is any."""
    plan = _read(file, event)
    print(f"{file}: {len(plan.rungs)} rungs, no fault")


@plan_cli.command()
def show(file: PlanFile, event: OfEvent = None) -> None:
    """Print what a plan says, with every default filled in."""
    plan = _read(file, event)
    for number, rung in enumerate(plan.rungs):
        print(f"{number}  {rung.kind:<12} {rung.words}")
        if rung.room is not None:
            print(f"   {'':<12} → {rung.room}, everyone within {rung.spread_ms} ms")
        if rung.leads_on_after_s is not None:
            print(f"   {'':<12} for {rung.leads_on_after_s:g} s, then the next one that is healthy")
    orders, limits, times = plan.standing_orders, plan.thresholds, plan.recovery
    print(f"goes live           by its {'host' if plan.show.goes_live == 'host' else 'first publisher'}")
    print(f"gateways leave      after {orders.silent_after_ms} ms or {orders.silent_intervals:g} intervals of silence")
    print(f"condemned           after {limits.fail_after_ms} ms, cleared after {limits.clear_after_ms} ms")
    print(f"without a picture   after {limits.picture_wait_ms} ms in which the last one stayed bad; likewise sound")
    print(
        f"up again            after {times.clean_spell_s:g} s clean, x {times.relapse_factor:g} per relapse, "
        f"at most {times.clean_spell_max_s:g} s"
    )
    print(f"changes             at most {times.moves_max} within {times.moves_window_s:g} s")
    print(f"call                {plan.owners.named or 'nobody is named'}")


def _read(file: Path, event: str | None) -> Plan:
    try:
        with file.open(encoding="utf-8") as text:
            plan = read_plan(text.read(TEXT_MAX + 1), event=event)
    except OSError as fault:
        fail("failover", f"{file} cannot be read ({fault.strerror}); name a plan's file")
    except UnicodeDecodeError:
        fail("failover", f"{file} is not UTF-8 text; name a plan's file")
    if isinstance(plan, Plan):
        return plan
    for wrong in plan:
        print(f"{file}:{wrong.line}: {wrong.field}: {wrong.remedy}", file=sys.stderr)
    raise typer.Exit(1)
