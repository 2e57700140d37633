"""Takes a port for a process that serves, before anything else of it is started, so that what is wrong with it is said
at once. It accepts nobody. Each process's command line calls it.
"""

import errno
import socket
from typing import Final

from broadcast.core.errors import SettingsError

BACKLOG: Final = 8192
NOTSENT_LOWAT_BYTES: Final = 128 * 1024


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. SettingsError names the setting that is to blame, and the remedy."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):
        # Inherited by every connection (Linux): what a reader has not taken is kept where we see it and can drop it.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, NOTSENT_LOWAT_BYTES)
    try:
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as fault:
        listening.close()
        raise SettingsError([_fault(fault, host, port)]) from None
    listening.settimeout(0)
    return listening


def _fault(fault: OSError, host: str, port: int) -> str:
    if fault.errno == errno.EADDRINUSE:
        return f"PORT: {port} is taken by another program; choose another one, like PORT={port % 65535 + 1}"
    if fault.errno == errno.EACCES:
        return f"PORT: {port} may be used by the administrator only; choose one above 1023, like PORT=8000"
    return f"HOST: {host!r} is no address of this machine; use 127.0.0.1, or 0.0.0.0 for all of them"
