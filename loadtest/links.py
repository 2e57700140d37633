"""The links file of a deployment: where it listens, with which tokens, as which processes.

Reads and checks, decides nothing; a file that is missing or odd is a Refusal of one line. Used by every command that
is pointed at a deployment.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from loadtest.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Whip:
    """Where a source is published, and with which bearer token."""

    url: str
    token: str


@dataclass(frozen=True, slots=True)
class Links:
    """A deployment as its clients know it. `processes` maps a name (`gateway1`) to a process id."""

    base: str
    room: str
    bases: tuple[str, ...] = ()
    tokens: dict[str, str] = field(default_factory=dict)
    whip: dict[str, Whip] = field(default_factory=dict)
    processes: dict[str, int] = field(default_factory=dict)
    redis_url: str | None = None

    @property
    def sockets(self) -> tuple[str, ...]:
        """WebSocket addresses of the gateways, without a path."""
        return tuple(websocket_base(base) for base in self.bases or (self.base,))


def websocket_base(url: str) -> str:
    """`ws://host:port` for an http or ws address. Refusal for anything else."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    scheme = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}.get(parts.scheme)
    if scheme is None or not parts.hostname or len(url.split()) != 1:
        raise Refusal(f"{url!r} is no address: give one like http://127.0.0.1:8000")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    netloc = host + (f":{port}" if port else "")
    return urlunsplit((scheme, netloc, "", "", ""))


def read_links(path: Path) -> Links:
    """The links in the file at `path`."""
    try:
        data = json.loads(path.read_text())
    except OSError as fault:
        raise Refusal(f"{path}: {fault.strerror}; start the deployment with LINKS={path}") from None
    except ValueError:
        raise Refusal(f"{path} is not JSON; start the deployment with LINKS={path}") from None
    if not isinstance(data, dict) or not isinstance(data.get("base"), str) or not isinstance(data.get("room"), str):
        raise Refusal(f"{path} has no base and room: is it a links file?")
    try:
        bases = tuple(data.get("gateways") or (data["base"],))
        for base in (data["base"], *bases):
            websocket_base(base)
        return Links(
            base=data["base"],
            room=data["room"],
            bases=bases,
            tokens=dict(data.get("tokens") or {}),
            whip={name: Whip(entry["url"], entry["token"]) for name, entry in (data.get("whip") or {}).items()},
            processes=_processes(data.get("processes") or {}),
            redis_url=data.get("redis") or data.get("redis_url"),
        )
    except (TypeError, KeyError, ValueError, AttributeError) as fault:
        raise Refusal(f"{path} is not a links file: {fault!r}") from None


def _processes(data: Any) -> dict[str, int]:  # noqa: ANN401  a stranger's JSON
    if isinstance(data, list):
        return {str(entry["name"]): int(entry["pid"]) for entry in data}
    return {name: int(entry["pid"] if isinstance(entry, dict) else entry) for name, entry in data.items()}
