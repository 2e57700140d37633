"""`broadcast media` runs a media node, `broadcast publish` sends a clip to any WHIP server.

It reads settings, says in one line what is wrong, and decides nothing else. People and Procfiles drive it.
"""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from broadcast import app as application
from broadcast.media import clip, publish
from broadcast.process import fail, serve
from broadcast.settings import MediaSettings

cli = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


def main() -> None:
    """The `broadcast` command."""
    cli()


@cli.command()
def media() -> None:
    """Run a media node: takes sources in over WHIP, serves their feeds to gateways."""
    serve(
        "broadcast",
        "media node",
        MediaSettings.read,
        application.create,
        ws="websockets-sansio",
        ws_max_size=64 * 1024,
        ws_per_message_deflate=False,
        ws_ping_interval=5.0,
        ws_ping_timeout=10.0,
        timeout_graceful_shutdown=5,
    )


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
        fail("broadcast", "name a clip, or ask for --test-picture (one of the two)")
    try:
        source = url.rstrip("/").rpartition("/")[2]
        media_clip = clip.render(source) if path is None else clip.load(path)
        order: dict[str, Any] = {"loop": loop or path is None, "for_s": for_s, "address": address}
        sent = asyncio.run(publish.run(media_clip, url, token, **order))
    except (clip.BadClip, publish.Failed) as fault:
        fail("broadcast", str(fault), code=1)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    print(f"sent {sent.pictures} pictures and {sent.sounds} sound packets in {sent.seconds:.1f} s")
