"""What may be shown of a target or a command: where it points, never the password in it.

Decides nothing; shows too little rather than too much where an address is not well formed. Used wherever a fault's
words are made, since they end up in terminals and reports.
"""

import shlex
from urllib.parse import urlsplit


def shown(target: str) -> str:
    """A target without user, password and query; anything but an address as it is."""
    scheme, separator, _ = target.partition("://")
    if not separator:
        return target
    try:
        parts = urlsplit(target)
        _ = parts.port  # a password with a slash in it is cut there, and taken for a port
    except ValueError:
        return f"{scheme}://…"
    if "@" in parts.path + parts.query + parts.fragment:
        return f"{scheme}://…"
    return f"{scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def program_of(command: str) -> str:
    """Which program a command runs: its other words may well be secrets. ValueError where it has none."""
    words = shlex.split(command)
    if not words:
        raise ValueError("no words")
    return words[0]
