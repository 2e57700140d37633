"""`loadtest run` as a process of its own: started, awaited, and nobody of it left."""

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass
class Ran:
    """A finished command, and the raw figures of its report."""

    code: int | None
    out: str
    err: str
    told: dict[str, Any]


def links_file(folder: Path, server: dict[str, Any], **more: object) -> Path:
    path = folder / "links.json"
    links = {"base": server["base"], "room": "demo", "processes": {"server": server["pid"]}, **more}
    path.write_text(json.dumps(links))
    return path


def command(folder: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "loadtest", "run", "--report", str(folder / "report.html"), *arguments]


async def ran(folder: Path, *arguments: str) -> Ran:
    """Run it in a process group of its own, and see that nobody of it is left."""
    child = await asyncio.create_subprocess_exec(
        *command(folder, *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(folder)},
    )
    out, err = await asyncio.wait_for(child.communicate(), 90)
    assert left_behind(folder) == []
    told = json.loads((folder / "report.json").read_text())
    assert "<!doctype html>" in (folder / "report.html").read_text()
    return Ran(child.returncode, out.decode(), err.decode(), told)


def left_behind(folder: Path) -> list[int]:
    """Processes of a run in this folder that are still there."""
    found = []
    for home in Path("/proc").glob("[0-9]*"):
        try:
            if str(folder).encode() in (home / "environ").read_bytes() and int(home.name) != os.getpid():
                found.append(int(home.name))
        except OSError:
            continue
    return found
