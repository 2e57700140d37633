"""A real redis-server of the test's own: started, killed, frozen, thawed and started again at the same address."""

import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
from pathlib import Path
from types import TracebackType

from redis.asyncio import Redis
from redis.exceptions import RedisError

from tests.waiting import until


class RedisServer:
    """One redis-server on a Unix socket, keeping nothing on disk: killed and started again, it is empty.

    With `port` it listens there (on 127.0.0.1) instead. Use it as an async context manager; `url` is what clients
    are given.
    """

    def __init__(self, port: int | None = None, *options: str) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="redis-"))
        self._port = port
        self._options = options
        self._process: asyncio.subprocess.Process | None = None
        socket = self._folder / "redis.sock"
        self.url = f"unix://{socket}" if port is None else f"redis://127.0.0.1:{port}"
        self._address = ["--port", "0", "--unixsocket", str(socket)] if port is None else ["--port", str(port)]

    async def start(self) -> None:
        """Return once it answers."""
        self._process = await asyncio.create_subprocess_exec(
            "redis-server",
            *self._address,
            *("--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(self._folder)),
            *self._options,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        await until(self._answers, 10, "redis-server answers")

    async def kill(self) -> None:
        """SIGKILL: gone without a word."""
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        self._process = None

    def freeze(self) -> None:
        """SIGSTOP: connections stand, nothing answers."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)

    async def _answers(self) -> bool:
        client = Redis.from_url(self.url)
        try:
            return bool(await client.ping())
        except (RedisError, OSError):
            return False
        finally:
            await client.aclose()

    async def __aenter__(self) -> "RedisServer":
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            await self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)
