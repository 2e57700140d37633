"""The command line: `liveserver demo|up|gateway|seed|cluster`. It reads the environment once, says in one line each
what is wrong with it, and starts what was asked for. A person, a Makefile or a process manager calls it.
"""

import os
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from broadcast import journal
from broadcast.core.errors import Outage, SettingsError
from broadcast.listener import bind
from liveserver import app, place, sample
from liveserver import cluster as troupe_of
from liveserver import demo as demonstration
from liveserver.embedded import Embedded, EmbeddedSettings
from liveserver.people.links import Links
from liveserver.serve import run, serve_until_asked
from liveserver.settings import GatewaySettings

_app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__, pretty_exceptions_enable=False)


@_app.command()
def demo(
    links: Annotated[Path | None, typer.Option(help="Write links and tokens to this file, once ready.")] = None,
) -> None:
    """The sample event in one process, on 127.0.0.1:8000 (PORT, DATA_DIR, LINKS)."""
    settings, shown, listening = demonstration.start(os.environ, links)
    journal.configure(shown.log_level)
    run(lambda: demonstration.run(settings, shown, listening))


@_app.command()
def up() -> None:
    """Everything in one process, for an event of your own (HOST, PORT, PUBLIC_URL, DATA_DIR, SMTP_URL, …)."""
    data_dir = Path(os.environ.get("DATA_DIR", "").strip() or "./var")
    place.prepare(data_dir)
    environ = {**os.environ, "SECRET": os.environ.get("SECRET") or place.signing_key(data_dir)}
    settings = EmbeddedSettings.read(environ)
    place.prepare_for(settings.gateway.database_url)
    journal.configure(settings.gateway.log_level)
    listening = bind(settings.gateway.host, settings.gateway.port)
    operator = Links(settings.gateway.secret, settings.gateway.public_url).operator()
    typer.echo(f"The operator's page, and with it the right to make events:\n  {operator.page}")
    mine = settings.gateway
    run(lambda: serve_until_asked(lambda: Embedded(settings), listening, mine.drain_s, mine.trusted_proxies))


@_app.command()
def gateway() -> None:
    """One gateway of several, on Redis (SECRET, REDIS_URL, DATABASE_URL, MEDIA_NODES, FAILOVER_NODES, GATEWAYS)."""
    settings = GatewaySettings.read(os.environ)
    place.prepare_for(settings.database_url)
    journal.configure(settings.log_level)
    listening = bind(settings.host, settings.port)
    make = partial(app.create, settings)
    run(lambda: serve_until_asked(make, listening, settings.drain_s, settings.trusted_proxies))


@_app.command()
def cluster(
    links: Annotated[Path | None, typer.Option(help="Write links and tokens to this file, once ready.")] = None,
    gateways: Annotated[int, typer.Option(help="How many gateways.")] = 2,
    media: Annotated[int, typer.Option(help="How many media nodes.")] = 2,
    failover: Annotated[int, typer.Option(help="How many failover processes.")] = 2,
) -> None:
    """The sample event on several processes and a real Redis (PORT, DATA_DIR, LINKS, REDIS_URL)."""
    counts = troupe_of.counts_of(gateways, media, failover)
    raise typer.Exit(troupe_of.cluster(os.environ, links, counts))


@_app.command()
def link() -> None:
    """Print an operator's link, signed with SECRET, for the deployment at PUBLIC_URL; its token makes events."""
    settings = GatewaySettings.read(os.environ, alone=True)
    typer.echo(Links(settings.secret, settings.public_url).operator().page)


@_app.command()
def seed() -> None:
    """Begin the sample event anew in DATABASE_URL and on REDIS_URL."""
    settings = GatewaySettings.read(os.environ)
    place.prepare_for(settings.database_url)
    journal.configure(settings.log_level)
    run(lambda: sample.plant(settings))


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
