"""A process that serves, from its command line to its end: the media node stands for all of them."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

BROADCAST = str(Path(sys.executable).with_name("broadcast"))
PLAIN = {name: value for name, value in os.environ.items() if name not in ("SECRET", "PORT")}
SECRET = "a-secret-of-the-tests-0123456789abcdef"


def media(**environ: str) -> subprocess.CompletedProcess[str]:
    env = {**PLAIN, **environ}
    return subprocess.run([BROADCAST, "media"], capture_output=True, text=True, timeout=60, env=env)


def named(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [": ".join(line.split(": ")[:2]) for line in done.stderr.splitlines()]


def test_wrong_settings_are_a_line_each() -> None:
    done = media(SECRET="short", PORT="nowhere")
    assert (done.returncode, done.stdout) == (2, "")
    assert sorted(named(done)) == ["broadcast: PORT", "broadcast: SECRET"]


def test_a_taken_port_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = media(SECRET=SECRET, PORT=str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert named(done) == ["broadcast: PORT"]


async def test_it_says_where_it_listens_and_ends_when_it_is_told_to() -> None:
    env = {**PLAIN, "SECRET": SECRET, "PORT": "0", "NODE_ID": "m7"}
    node = await asyncio.create_subprocess_exec(
        BROADCAST, "media", env=env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    assert node.stdout is not None
    async with asyncio.timeout(60):
        said = (await node.stdout.readline()).decode()
        assert said.startswith("media node m7: http://127.0.0.1:")
        reader, writer = await asyncio.open_connection("127.0.0.1", int(said.rpartition(":")[2]))
        writer.write(b"GET /healthz HTTP/1.0\r\n\r\n")
        assert (await reader.read()).endswith(b"ok\n")
        writer.close()
        node.send_signal(signal.SIGINT)
        assert await node.wait() == 0
