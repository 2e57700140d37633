"""`broadcast media` runs a media node, `broadcast publish` sends a clip to any WHIP server.

It reads settings, says in one line what is wrong, and decides nothing else. People and Procfiles drive it.
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
import uvicorn

from broadcast import app as application
from broadcast import journal
from broadcast.core.errors import SettingsError
from broadcast.listener import BACKLOG, bind
from broadcast.media import clip, publish
from broadcast.settings import MediaSettings

cli = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


def main() -> None:
    """The `broadcast` command."""
    cli()


def fail(text: str, code: int = 2) -> NoReturn:
    """End with one line on standard error."""
    print(f"broadcast: {text}", file=sys.stderr)
    raise typer.Exit(code)


@cli.command()
def media() -> None:
    """Run a media node: takes sources in over WHIP, serves their feeds to gateways."""
    try:
        settings = MediaSettings.read(os.environ)
        listener = bind(settings.host, settings.port)
    except SettingsError as fault:
        for line in fault.faults:
            print(f"broadcast: {line}", file=sys.stderr)
        raise typer.Exit(2) from None
    journal.configure(settings.log_level)
    config = uvicorn.Config(
        application.create(settings),
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=64 * 1024,
        ws_per_message_deflate=False,
        ws_ping_interval=5.0,
        ws_ping_timeout=10.0,
        backlog=BACKLOG,
        timeout_graceful_shutdown=5,
        log_level="warning",
        log_config=None,
        access_log=False,
        server_header=False,
    )
    address = f"http://{settings.host}:{listener.getsockname()[1]}"
    print(f"media node {settings.node_id}: {address}", flush=True)
    server = uvicorn.Server(config)
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        # uvicorn has closed everything by now, and hands the signal on.
        raise typer.Exit(0) from None
    if not server.started:
        raise typer.Exit(1)


@cli.command("publish")
def publish_clip(
    path: Annotated[Path | None, typer.Argument(metavar="CLIP", help="mp4, mkv or webm: H.264 or VP8, Opus")] = None,
    *,
    url: Annotated[str, typer.Option(help="WHIP address: http://host:port/whip/ROOM/SOURCE")],
    token: Annotated[str, typer.Option(help="bearer token", envvar="WHIP_TOKEN")] = "",
    loop: Annotated[bool, typer.Option("--loop", help="begin again at the clip's end")] = False,
    for_s: Annotated[float | None, typer.Option("--for", min=0.1, max=604_800, help="seconds, then stop")] = None,
    test_picture: Annotated[bool, typer.Option("--test-picture", help="no clip: a moving clock and a tone")] = False,
    address: Annotated[str | None, typer.Option(help="send from this address (default: found by itself)")] = None,
) -> None:
    """Play a clip to a WHIP server, its pictures and sound as they are in the file."""
    if (path is None) != test_picture:
        fail("name a clip, or ask for --test-picture (one of the two)")
    try:
        source = url.rstrip("/").rpartition("/")[2]
        media_clip = clip.render(source) if path is None else clip.load(path)
        order: dict[str, Any] = {"loop": loop or path is None, "for_s": for_s, "address": address}
        sent = asyncio.run(publish.run(media_clip, url, token, **order))
    except (clip.BadClip, publish.Failed) as fault:
        fail(str(fault), 1)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    print(f"sent {sent.pictures} pictures and {sent.sounds} sound packets in {sent.seconds:.1f} s")
