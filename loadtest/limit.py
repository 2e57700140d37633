"""How many sockets this process may hold, raised as far as the machine allows.

Decides only whether a wish can be met; never starts anything. Called before a swarm or a bench opens its first socket.
"""

import resource
from pathlib import Path

from loadtest.refusal import Refusal

_SPARE = 200


def _system_limit() -> int:
    path = Path("/proc/sys/fs/nr_open")
    return int(path.read_text()) if path.exists() else 2**20


def allow_sockets(count: int) -> int:
    """Raise the limit of open files so that `count` sockets fit; the limit now in force. Refusal where they can't."""
    wanted = count + _SPARE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= wanted:
        return soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(wanted, hard)))
    except (ValueError, PermissionError):
        if hard < wanted:
            raise Refusal(
                f"{count} sockets need a limit of {wanted} open files and this process may have {hard}: "
                f"raise it (ulimit -n {min(wanted, _system_limit())}, or LimitNOFILE=) or ask for fewer members"
            ) from None
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted
