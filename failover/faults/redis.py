"""The Redis primary killed or frozen: the process itself where it runs here, the operator's command where it doesn't.

Never guesses which process is Redis: the server is asked for its number, and the process of that number for its name.
Commands come from the environment (`FAULT_REDIS_KILL_COMMAND`, …).
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import redis

from failover.faults.fault import CannotRehearse, until
from failover.faults.operator import command_of, run_command
from failover.faults.process import Freeze, Kill
from failover.faults.secret import shown

_ANSWER_S = 0.5
_BACK_S = 10.0
_SETTINGS = (
    "port",
    "bind",
    "unixsocket",
    "dir",
    "dbfilename",
    "save",
    "appendonly",
    "protected-mode",
    "maxmemory",
    "cluster-enabled",
)
_SECRETS = ("requirepass", "masterauth")


class RedisFault:
    """What both faults share: asking the server who it is, and whether it answers."""

    verb = ""
    undo = ""

    def __init__(self, url: str, environ: Mapping[str, str] | None = None) -> None:
        self.url = url
        self._shown = shown(url)
        known = os.environ if environ is None else environ
        command, undo = f"FAULT_REDIS_{self.verb}_COMMAND", f"FAULT_REDIS_{self.undo}_COMMAND"
        self._command, self._undo_command = command_of(known, command), command_of(known, undo)
        info = self._ask()
        if info.get("role") == "slave":
            raise CannotRehearse(
                f"{self._shown} is a replica of {info.get('master_host')}:{info.get('master_port')}; name the primary"
            )
        self._pid = _number(info.get("process_id"))
        if self._command is None and not self._is_here():
            raise CannotRehearse(f"Redis at {self._shown} is not a process of this machine: set {command}")

    def bit(self) -> bool:
        """It does not answer."""
        return not self._answers()

    def _ask(self) -> dict[str, Any]:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=2, socket_connect_timeout=2) as client:
                info = client.info()
        except redis.ResponseError as fault:
            raise CannotRehearse(f"Redis at {self._shown} does not say who it is ({fault})") from None
        except ValueError:
            raise CannotRehearse(f"{self._shown} is no address of a Redis") from None
        except redis.RedisError as fault:
            raise CannotRehearse(f"Redis at {self._shown} does not answer ({fault})") from None
        return dict(info)

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(
                self.url, socket_timeout=_ANSWER_S, socket_connect_timeout=_ANSWER_S, retry=None
            ) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def _await_answer(self, who: str = "") -> None:
        if not until(self._answers, _BACK_S):
            raise CannotRehearse(f"Redis at {self._shown} did not come back within {_BACK_S:g} s{who}")

    def _is_here(self) -> bool:
        host = urlsplit(self.url).hostname
        if urlsplit(self.url).scheme != "unix" and host not in ("127.0.0.1", "localhost", "::1"):
            return False
        try:
            return Path(f"/proc/{self._pid}/comm").read_text().startswith("redis")
        except OSError:
            return False


class RedisKill(RedisFault):
    """The primary is killed. `heal` brings it back: by `FAULT_REDIS_START_COMMAND`, or as it was started."""

    verb = "KILL"
    undo = "START"

    def __init__(self, url: str, environ: Mapping[str, str] | None = None) -> None:
        super().__init__(url, environ)
        self._kill = None
        if self._command is None:
            again = self._undo_command is None
            argv, told = self._start() if again else ((), b"")
            self._kill = Kill(self._pid, restart=again, argv=argv, told=told)

    def _start(self) -> tuple[tuple[str, ...], bytes]:
        """How to start it again: Redis writes over its own command line, but tells its program and its settings.

        The command, and what it must be told on its standard input: passwords, which no `ps` shall show.
        """
        try:
            with redis.Redis.from_url(self.url, socket_timeout=2, decode_responses=True) as client:
                info = client.info("server")
                known = client.config_get(*_SETTINGS, *_SECRETS)
            program = str(info["executable"])
        except (redis.RedisError, KeyError) as fault:
            raise CannotRehearse(
                f"Redis at {self._shown} does not say how it was started ({fault}): set FAULT_REDIS_START_COMMAND"
            ) from None
        argv = [program] + ([str(info["config_file"])] if info.get("config_file") else [])
        for name in _SETTINGS:
            if name in known and (known[name] or name == "save"):
                words = known[name].split() if name == "bind" else [known[name]]
                argv += [f"--{name}", *words]
        told = "".join(f"{name} {_quoted(known[name])}\n" for name in _SECRETS if known.get(name))
        if told:
            argv.insert(len(argv) if info.get("config_file") else 1, "-")  # the only places where Redis heeds it
        return tuple(argv), told.encode()

    def inject(self) -> None:
        if self._kill is not None:
            self._kill.inject()
        else:
            run_command(self._command or "")

    def heal(self) -> int | None:
        """The new process's number, where no command of the operator's brings Redis back."""
        started = None
        if self._undo_command is not None:
            run_command(self._undo_command)
        elif self._kill is not None:
            started = self._kill.heal()
        self._await_answer(f" (process {started})" if started else "")
        return started


class RedisFreeze(RedisFault):
    """The primary stops answering with its sockets open. `heal` thaws it."""

    verb = "FREEZE"
    undo = "THAW"

    def __init__(self, url: str, environ: Mapping[str, str] | None = None) -> None:
        super().__init__(url, environ)
        if self._command and not self._undo_command:
            raise CannotRehearse("FAULT_REDIS_FREEZE_COMMAND needs FAULT_REDIS_THAW_COMMAND beside it")
        self._freeze = None if self._command else Freeze(self._pid)

    def inject(self) -> None:
        if self._freeze is not None:
            self._freeze.inject()
        else:
            run_command(self._command or "")

    def heal(self) -> None:
        if self._freeze is not None:
            self._freeze.heal()
        else:
            run_command(self._undo_command or "")
        self._await_answer()


def _number(told: object) -> int:
    """The process's number as INFO tells it; 0 where it doesn't, as behind a managed Redis's proxy."""
    return told if isinstance(told, int) else 0


def _quoted(word: str) -> str:
    """A word as redis.conf takes it, whatever is in it."""
    return '"' + "".join(f"\\x{byte:02x}" for byte in word.encode()) + '"'
