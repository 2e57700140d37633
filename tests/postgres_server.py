"""A real PostgreSQL server of the test's own, on a Unix socket, where the machine has one installed."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path


def _programs() -> Path | None:
    found = shutil.which("initdb")
    candidates = [Path(found).parent] if found else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in candidates if (folder / "initdb").exists()), None)


PROGRAMS = _programs()


class PostgresServer:
    """Made, started and removed as a context manager; `url` is what the record plane is given."""

    def __init__(self) -> None:
        # A Unix socket's path is at most 107 bytes: a short folder.
        self._folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"postgresql+asyncpg://live@/postgres?host={self._folder}"

    def __enter__(self) -> "PostgresServer":
        assert PROGRAMS is not None
        if os.getuid() == 0:
            # The server refuses to be run by root.
            shutil.chown(self._folder, "postgres", "postgres")
        data = self._folder / "data"
        self._run([str(PROGRAMS / "initdb"), "-D", str(data), "-U", "live", "-A", "trust", "-N", "-E", "UTF8"])
        options = f"-k {self._folder} -c listen_addresses= -c fsync=off -c unix_socket_permissions=0777"
        self._run(
            [str(PROGRAMS / "pg_ctl"), "-D", str(data), "-w", "-l", str(self._folder / "log"), "-o", options, "start"]
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert PROGRAMS is not None
        self._run([str(PROGRAMS / "pg_ctl"), "-D", str(self._folder / "data"), "-m", "immediate", "stop"])
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, command: Sequence[str]) -> None:
        user = "postgres" if os.getuid() == 0 else None
        done = subprocess.run(
            command,
            user=user,
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
