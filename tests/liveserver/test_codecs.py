"""No picture and no sound is decoded, encoded or muxed by a gateway: what could do so is not even there."""

import json
import subprocess
import sys
from pathlib import Path

_STARTED = """
import asyncio, json, sys
import broadcast.log.redis
from liveserver.app import GatewayProcess
from broadcast.log.memory import MemoryLog
from liveserver.settings import GatewaySettings

async def main():
    process = GatewayProcess(GatewaySettings.read({"SECRET": "0123456789abcdef0123456789abcdef",
        "DATABASE_URL": "sqlite:///" + sys.argv[1], "MEDIA_NODES": "http://127.0.0.1:9"}, alone=True), MemoryLog())
    process.app(), process.ws_class()
    await process.start()
    await process.close()

asyncio.run(main())
print(json.dumps(sorted(sys.modules)))
"""
CODECS = {"av", "aiortc", "aioice", "cv2", "numpy", "imageio", "ffmpeg"}


def test_a_gateway_that_runs_has_nothing_that_could_decode_or_mux(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _STARTED, str(tmp_path / "live.db")]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    loaded = set(json.loads(ran.stdout))
    assert "liveserver.gateway.upstream" in loaded
    assert not loaded & CODECS
    assert not any(name.startswith("broadcast.media") for name in loaded)
