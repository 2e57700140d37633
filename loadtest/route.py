"""Where a client connects next, and when: gateways in turn, the server's window, the plan's backup links.

Decides only that; opens nothing and reads no clock. Driven by a member.
"""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

_BACKOFF_MAX = 6


@dataclass(frozen=True, slots=True)
class Return:
    """Come back to `url` after `after_s`."""

    url: str
    after_s: float


class Route:
    """One client's way. `bases` are the gateways' WebSocket addresses (`ws://host:port`), tried in turn."""

    def __init__(self, room: str, bases: tuple[str, ...], dice: random.Random) -> None:
        self.room = room
        self._bases = bases
        self._base = dice.randrange(len(bases))
        self._dice = dice
        self._window_ms = (200, 4000)
        self._tries = 0
        self._backups: list[Mapping[str, Any]] = []
        self._away_since: float | None = None

    @property
    def url(self) -> str:
        """Where to connect now."""
        return f"{self._bases[self._base]}/live/{self.room}"

    def arrived(self, reconnect: Mapping[str, Any], backups: Iterable[Mapping[str, Any]]) -> None:
        """A `welcome` came, with the window for coming back, other gateways, and the backup links."""
        self._window_ms = (int(reconnect.get("min_ms", 200)), int(reconnect.get("max_ms", 4000)))
        self._bases += tuple(base for base in reconnect.get("urls") or () if base not in self._bases)
        self._backups = list(backups)
        self.begin_anew()

    def lost(self, now: float) -> None:
        """The connection is gone."""
        if self._away_since is None:
            self._away_since = now

    def back(self) -> Return:
        """The next gateway, within the server's window, later with every try."""
        self._tries += 1
        self._base = (self._base + 1) % len(self._bases)
        least, most = self._window_ms
        high = min(most, least * 2 ** min(self._tries, _BACKOFF_MAX))
        return Return(self.url, self._dice.uniform(least / 1000, max(least, high) / 1000))

    def backup(self, now: float) -> str | None:
        """The first of the plan's backup links that is due, for a client that reaches nobody."""
        if self._away_since is None:
            return None
        away_s = now - self._away_since
        due = [str(backup["url"]) for backup in self._backups if away_s >= float(backup.get("after_s", 0))]
        return due[0] if due else None

    def follow(self, link: str) -> str | None:
        """Go by a backup link from now on: another deployment's page (`…/e/<room>?t=<token>`). Its token."""
        parts = urlsplit(link)
        scheme = "wss" if parts.scheme == "https" else "ws"
        self._bases, self._base = (f"{scheme}://{parts.netloc}",), 0
        self.room = parts.path.rstrip("/").rpartition("/")[2] or self.room
        self.begin_anew()
        return parse_qs(parts.query).get("t", [None])[0]

    def begin_anew(self) -> None:
        """Nothing was tried in vain yet."""
        self._tries, self._away_since = 0, None
