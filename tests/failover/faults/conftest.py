"""Processes to break: sleepers, and a Redis of the test's own."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from failover.faults.process import family


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """`start("sleep", "60")` → the process; whatever is left of it is ended afterwards."""
    children: list[subprocess.Popen[bytes]] = []

    def begin(*command: str, **options: object) -> subprocess.Popen[bytes]:
        child = subprocess.Popen(command, **options)  # type: ignore[call-overload]
        children.append(child)
        return child

    yield begin
    for child in children:
        for pid in family(child.pid)[1:] if child.poll() is None else []:
            os.kill(pid, signal.SIGKILL)
        child.kill()
        child.wait()
        for stream in (child.stdout, child.stdin, child.stderr):
            if stream is not None:
                stream.close()


@pytest.fixture
def start_redis(start: Callable[..., subprocess.Popen[bytes]], tmp_path: Path) -> Callable[..., str]:
    """`start_redis("--option", "value")` → the address of a Redis primary of the test's own."""

    def begin(*options: str, file: Path | None = None) -> str:
        program = shutil.which("redis-server")
        assert program is not None, "apt-get install redis-server"
        port = free_port()
        own = [] if file is None else [str(file)]
        command = (program, *own, "--port", str(port), "--save", "", "--dir", str(tmp_path), *options)
        start(*command, stdout=subprocess.DEVNULL)
        url = f"redis://127.0.0.1:{port}"
        end = time.monotonic() + 10
        with redis.Redis.from_url(url) as client:
            while True:
                try:
                    client.ping()
                except redis.ConnectionError:
                    assert time.monotonic() < end
                    continue
                return url

    return begin


@pytest.fixture
def redis_url(start_redis: Callable[..., str]) -> str:
    """A Redis primary of the test's own."""
    return start_redis()
