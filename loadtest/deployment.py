"""The deployment that `loadtest demo` brings along: three gateways on Redis, and a clip to publish.

Starts the cluster by its command line and ends it; never imports it. Called by `cli`.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loadtest.bench.measure import free_port
from loadtest.child import Child, end_all_in
from loadtest.refusal import Refusal

_READY_S = 60.0
_CLIP_S = 60.0
_CLIP = (
    "-f lavfi -i testsrc2=size=640x360:rate=30 -f lavfi -i sine=frequency=440:sample_rate=48000 -t 10 "
    "-c:v libx264 -profile:v baseline -preset veryfast -tune zerolatency -g 30 -bf 0 -b:v 500k -pix_fmt yuv420p "
    "-c:a libopus -b:a 48k"
)
# What a deployment is told by: those of the user's own deployment are not for this one, whose parts will be broken.
_SETTINGS = (
    "ALLOWED_ORIGINS BITRATE_MAX_BPS DATABASE_URL DRAIN_S FAILOVER_NODES FORWARDED_ALLOW_IPS GATEWAYS HOST LINKS "
    "MAIL_FROM MEDIA_ADDRESS MEDIA_NODES NODE_ID PUBLIC_URL REDIS_URL SECRET SMTP_URL SOURCES_MAX WATCH"
)


@contextmanager
def cluster(folder: Path, gateways: int) -> Iterator[Path]:
    """A cluster of so many gateways, for as long as the context lasts; its links file."""
    data_dir, links, port = folder.resolve() / "data", folder / "links.json", free_port()
    program = str(Path(sys.executable).with_name("liveserver"))
    command = [program, "cluster", "--gateways", str(gateways), "--links", str(links)]
    for name in [name for name in os.environ if name.startswith("FAULT_REDIS_")]:
        del os.environ[name]  # they break the user's own Redis, and this one is ours
    own = {"PORT": str(port), "DATA_DIR": str(data_dir), "LOG_LEVEL": "error"}
    env = {**dict.fromkeys(_SETTINGS.split()), **own}
    try:
        with Child(command, name="the cluster", env=env) as child:
            _await_ready(child, links, command)
            yield links
    finally:
        end_all_in(data_dir)


def _await_ready(child: Child, links: Path, command: list[str]) -> None:
    end = time.monotonic() + _READY_S
    while not links.exists():
        if child.process.poll() is not None:
            raise Refusal(f"the cluster ended with code {child.process.returncode}: try `{' '.join(command[:4])}`")
        if time.monotonic() > end:
            raise Refusal(f"the cluster was not ready after {_READY_S:.0f} s")
        time.sleep(0.05)


def clip(folder: Path) -> str:
    """A small clip to publish, made once with ffmpeg; empty (a test picture then) where there is none."""
    path = folder / "clip.mp4"
    program = shutil.which("ffmpeg")
    if path.exists() or program is None:
        return str(path) if path.exists() else ""
    part = path.with_name("part.mp4")
    try:
        subprocess.run(  # noqa: S603
            [program, "-loglevel", "error", "-y", *_CLIP.split(), str(part)],
            check=True,
            timeout=_CLIP_S,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.SubprocessError:
        return ""
    part.replace(path)
    return str(path)
