"""The sample event in one process, on this machine alone: everything embedded, a new event at every start, the signing
key kept. It prints its links once it is ready and ends on Ctrl-C. `liveserver demo` (and so `make demo`) runs it.
"""

import asyncio
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from broadcast.core.errors import SettingsError
from broadcast.listener import bind
from broadcast.settings import Reader
from liveserver import place, sample
from liveserver.doors import open_doors
from liveserver.embedded import Embedded, EmbeddedSettings
from liveserver.serve import serving
from liveserver.settings import local_url

HOST: Final = "127.0.0.1"
READY_WITHIN_S: Final = 15.0
_POLL_S: Final = 0.02


@dataclass(frozen=True, slots=True)
class DemoSettings:
    """What can be turned on the demo. `links` None: no file is written."""

    port: int
    data_dir: Path
    links: Path | None
    log_level: str

    @classmethod
    def read(cls, environ: Mapping[str, str], links: Path | None) -> "DemoSettings":
        """The settings in `environ`; `links` outdoes `LINKS`. SettingsError names every fault."""
        reader = Reader(environ)
        named = reader.text("LINKS", "")
        settings = cls(
            port=reader.port("PORT", 8000),
            data_dir=Path(reader.text("DATA_DIR", "./var/demo")),
            links=links or (Path(named) if named else None),
            log_level=reader.choice("LOG_LEVEL", "warning", ("debug", "info", "warning", "error")),
        )
        if environ.get("SECRET"):
            reader.secret()
        reader.done()
        return settings


def environment(environ: Mapping[str, str], demo: DemoSettings, port: int) -> dict[str, str]:
    """The environment of the one process, for the parts to read their settings from."""
    url = local_url(HOST, port)
    return {
        "MEDIA_ADDRESS": HOST,
        **environ,
        "SECRET": environ.get("SECRET") or place.signing_key(demo.data_dir),
        "HOST": HOST,
        "PORT": str(port),
        "NODE_ID": environ.get("NODE_ID") or "demo",
        "PUBLIC_URL": url,
        "MEDIA_NODES": url,
        "FAILOVER_NODES": url,
        "GATEWAYS": url,
        "DATA_DIR": str(demo.data_dir),
        "REDIS_URL": "",
        "DATABASE_URL": f"sqlite:///{demo.data_dir.resolve() / f'demo-{port}.db'}",
        "ALLOWED_ORIGINS": environ.get("ALLOWED_ORIGINS") or "loopback",
    }


async def run(settings: EmbeddedSettings, demo: DemoSettings, listening: socket.socket) -> None:
    """Serve the sample event until somebody asks for the end."""
    whole = Embedded(settings)
    event = sample.sample_event()
    await whole.gateway.database.open()
    await whole.gateway.events.replace(event)
    await open_doors(whole.log, event.id, event.created_at_ms)
    async with serving(whole, listening, drain_s=0) as ended:
        await _ready(whole, ended)
        if ended.is_set():
            return
        shown = sample.links_file(whole.gateway.links, event, settings.gateway)
        if demo.links is not None:
            place.write_whole(demo.links, sample.as_json(shown))
        sys.stdout.write(sample.words(shown))
        sys.stdout.flush()
        await ended.wait()


def forget(database_url: str) -> None:
    """A new event at every start: what the last run recorded in a SQLite file goes. SettingsError where it can't."""
    database = Path(database_url.partition("///")[2])
    for suffix in ("", "-wal", "-shm"):
        file = database.with_name(database.name + suffix)
        try:
            file.unlink(missing_ok=True)
        except OSError as fault:
            why = (fault.strerror or "it cannot be removed").lower()
            raise SettingsError(
                [f"DATA_DIR: cannot begin {file} anew ({why}); move it away, or choose another folder"]
            ) from None


async def _ready(whole: Embedded, ended: asyncio.Event) -> None:
    """Wait until attendees may come, or it is clear that something is amiss; then say what, and go on."""
    end = time.monotonic() + READY_WITHIN_S
    while not ended.is_set():
        readiness = whole.gateway.health.readiness()
        if readiness.ready:
            return
        if time.monotonic() > end:
            amiss = "; ".join(f"{name}: {part.detail}" for name, part in readiness.parts.items() if not part.ok)
            sys.stderr.write(f"Not ready after {READY_WITHIN_S:.0f} s, still trying: {amiss}\n")
            end = time.monotonic() + READY_WITHIN_S
        await asyncio.sleep(_POLL_S)


def start(environ: Mapping[str, str], links: Path | None) -> tuple[EmbeddedSettings, DemoSettings, socket.socket]:
    """Check everything that can be wrong before anything is started, and clear the last event away. SettingsError names
    every fault."""
    demo = DemoSettings.read(environ, links)
    place.prepare(demo.data_dir)
    if demo.links is not None:
        place.prepare_file(demo.links)
    listening = bind(HOST, demo.port)
    try:
        settings = EmbeddedSettings.read(environment(environ, demo, listening.getsockname()[1]))
        forget(settings.gateway.database_url)
    except SettingsError:
        listening.close()
        raise
    return settings, demo, listening
