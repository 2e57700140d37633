"""Runs one process that serves, from its environment to its end: what is wrong with its settings, or with its port, is
said in one line each; then uvicorn serves it until it is told to stop. It knows nothing of what is served. The command
lines of the media node and of the guard call it.
"""

import os
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, Protocol, TypeVar

import typer
import uvicorn
from starlette.applications import Starlette

from broadcast import journal
from broadcast.core.errors import SettingsError
from broadcast.listener import BACKLOG, bind


class Settings(Protocol):
    """What every such process is told."""

    @property
    def node_id(self) -> str: ...

    @property
    def host(self) -> str: ...

    @property
    def port(self) -> int: ...

    @property
    def log_level(self) -> str: ...


_Settings = TypeVar("_Settings", bound=Settings)


def fail(program: str, *lines: str, code: int = 2) -> NoReturn:
    """End `program` with one line each on standard error."""
    for line in lines:
        typer.echo(f"{program}: {line}", err=True)
    raise typer.Exit(code)


def serve(
    program: str,
    title: str,
    read: Callable[[Mapping[str, str]], _Settings],
    create: Callable[[_Settings], Starlette],
    **options: Any,  # noqa: ANN401  # uvicorn's own
) -> None:
    """Serve what `create` makes of the settings that `read` finds; `title` is what the process is called when it says
    where it listens."""
    try:
        settings = read(os.environ)
        listening = bind(settings.host, settings.port)
    except SettingsError as error:
        fail(program, *error.faults)
    journal.configure(settings.log_level)
    config = uvicorn.Config(
        create(settings),
        loop="uvloop",
        http="httptools",
        backlog=BACKLOG,
        log_level="warning",
        log_config=None,
        access_log=False,
        server_header=False,
        **options,
    )
    typer.echo(f"{title} {settings.node_id}: http://{settings.host}:{listening.getsockname()[1]}")
    server = uvicorn.Server(config)
    try:
        server.run(sockets=[listening])
    except KeyboardInterrupt:
        # uvicorn has closed everything by now, and hands the signal on.
        raise typer.Exit(0) from None
    if not server.started:
        raise typer.Exit(1)
