"""The command line: `liveserver demo|up|gateway|seed|cluster`. It reads the environment once, says in one line each
what is wrong with it, and starts what was asked for. A person, a Makefile or a process manager calls it.
"""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from broadcast.core.errors import Outage, SettingsError
from liveserver import app, place
from liveserver import demo as demonstration
from liveserver.serve import bind, configure_logs, run, serve_until_asked
from liveserver.settings import GatewaySettings

_app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__, pretty_exceptions_enable=False)


@_app.command()
def demo(
    links: Annotated[Path | None, typer.Option(help="Write links and tokens to this file, once ready.")] = None,
) -> None:
    """The sample event in one process, on 127.0.0.1:8000 (PORT, DATA_DIR, LINKS)."""
    settings, listening = demonstration.start(os.environ, links)
    configure_logs(settings.log_level)
    run(lambda: demonstration.run(os.environ, settings, listening))


@_app.command()
def gateway() -> None:
    """One gateway of several, on Redis (SECRET, REDIS_URL, DATABASE_URL, MEDIA_NODES, FAILOVER_NODES, GATEWAYS)."""
    settings = GatewaySettings.read(os.environ)
    place.prepare_for(settings.database_url)
    configure_logs(settings.log_level)
    listening = bind(settings.host, settings.port)
    run(lambda: serve_until_asked(lambda: app.create(settings), listening, settings.drain_s))


def main() -> None:
    """The entry point: one clear line per fault, exit code 2 for a wrong setting, 1 for a plane that is away."""
    try:
        _app()
    except SettingsError as error:
        for fault in error.faults:
            sys.stderr.write(f"liveserver: {fault}\n")
        raise SystemExit(2) from None
    except Outage as outage:
        sys.stderr.write(f"liveserver: {outage}\n")
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
