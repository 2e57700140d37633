"""What only the operator can break (their Redis, a load balancer, a zone), by commands set in the environment.

Knows nothing of what the commands do; runs them without a shell, keeps their output to itself, and looks for their
programs before anything is broken. Used by the catalogue, and by `redis` where the server is not a process from here.
"""

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping

from failover.faults.fault import CannotRehearse
from failover.faults.secret import program_of

_COMMAND_S = 60.0


class OperatorCommand:
    """Whatever only the operator can break: `FAULT_<NAME>_COMMAND`, `…_HEAL_COMMAND`, and `…_CHECK_COMMAND`, which
    exits with 0 while it is broken."""

    def __init__(self, name: str, environ: Mapping[str, str] | None = None) -> None:
        prefix = f"FAULT_{name.upper().replace('-', '_')}"
        known = os.environ if environ is None else environ
        names = [f"{prefix}{part}_COMMAND" for part in ("", "_HEAL", "_CHECK")]
        commands = [command_of(known, each) for each in names]
        missing = [each for each, command in zip(names, commands, strict=True) if command is None]
        if missing:
            raise CannotRehearse(f"{', '.join(missing)} not set")
        self._break, self._heal, self._check = (command or "" for command in commands)

    def inject(self) -> None:
        run_command(self._break)

    def bit(self) -> bool:
        return _exit_code(self._check) == 0

    def heal(self) -> None:
        run_command(self._heal)


def command_of(environ: Mapping[str, str], name: str) -> str | None:
    """The command set as `name`, if any. CannotRehearse where it cannot be run."""
    command = environ.get(name)
    if not command:
        return None
    try:
        program = program_of(command)
    except ValueError:
        raise CannotRehearse(f"{name}: what it is set to is no command") from None
    if shutil.which(program) is None:
        raise CannotRehearse(f"{name}: there is no program {program!r}")
    return command


def run_command(command: str) -> None:
    """The operator's own command. CannotRehearse where it fails."""
    code = _exit_code(command)
    if code != 0:
        raise CannotRehearse(f"the command {program_of(command)!r} ended with code {code}")


def _exit_code(command: str) -> int:
    try:
        done = subprocess.run(  # noqa: S603
            shlex.split(command), timeout=_COMMAND_S, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
    except subprocess.TimeoutExpired:
        raise CannotRehearse(f"the command {program_of(command)!r} did not end within {_COMMAND_S:g} s") from None
    except OSError as fault:
        raise CannotRehearse(f"the command {program_of(command)!r} failed: {fault.strerror}") from None
    return done.returncode
