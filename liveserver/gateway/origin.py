"""Which pages of the web may open sockets here (RFC 6454; RFC 6455, 10.2).

It stops no script: what sends no Origin is no browser, and is let in. The socket asks it before the handshake.
"""

from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

LOOPBACK = "loopback"


class Origins:
    """The allow-list. `allowed` holds origins (`https://example.org`), urls of them, or the word `loopback`."""

    def __init__(self, allowed: Iterable[str]) -> None:
        listed = [item.strip() for item in allowed if item.strip()]
        self._loopback = LOOPBACK in listed
        self._allowed = {origin for origin in map(_origin, listed) if origin}

    def admit(self, origin: str | None) -> bool:
        """Whether a handshake with this `Origin` header may go on."""
        if origin is None:
            return True
        return _origin(origin) in self._allowed or (self._loopback and _is_loopback(origin))


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if not parts.scheme or not parts.hostname:
        return ""
    usual = {"http": 80, "https": 443, "ws": 80, "wss": 443}.get(parts.scheme)
    return f"{parts.scheme}://{parts.hostname}:{port or usual}"


def _is_loopback(origin: str) -> bool:
    try:
        host = urlsplit(origin).hostname or ""
    except ValueError:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
