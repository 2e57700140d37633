"""Reads settings from the environment, and keeps the media node's own.

A `Reader` collects every fault and reports them together, each naming the setting and the remedy; it never guesses a
value that was given wrongly, and never reads the process's environment by itself. Each process's `app` or `cli` hands
it `os.environ`, once.
"""

import ipaddress
import re
import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

from broadcast.core.errors import SettingsError

SECRET_MIN_CHARS: Final = 32
LOOPBACK: Final = "loopback"
LOG_LEVELS: Final = ("debug", "info", "warning", "error")

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
_LOOPBACK_ORIGIN = re.compile(r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?")
_ORIGIN = re.compile(r"https?://[^/\s?#@]+")
_USER = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*://)?.*@", re.DOTALL)
_NO_PORT = re.compile(r":(?!//|\d{1,5}(/|$)).*", re.DOTALL)
_NODE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


@dataclass(frozen=True, slots=True)
class Origins:
    """Which pages may talk to this process. `named` are origins (`https://live.example`), exactly as browsers send
    them; with `loopback` every http(s) origin on localhost, 127.0.0.1 or [::1] may too, on any port."""

    named: frozenset[str] = frozenset()
    loopback: bool = False

    def allow(self, origin: str) -> bool:
        """Whether `origin`, as it stands in the request's header, may."""
        return origin in self.named or (self.loopback and _LOOPBACK_ORIGIN.fullmatch(origin) is not None)

    def joined(self, urls: Iterable[str]) -> "Origins":
        """These, and the pages that are served at `urls` (http or https; RFC 6454, 4)."""
        return Origins(self.named | {origin_of(url) for url in urls if url}, self.loopback)


def origin_of(url: str) -> str:
    """The origin of `url`, as a browser writes it. ValueError for a port that is none."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in (None, usual) else "")


class Reader:
    """Reads settings one by one; `done` raises SettingsError with all faults. A faulty setting reads as its default
    (or as nothing), so reading goes on to the next."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.faults: list[str] = []

    def fault(self, name: str, remedy: str) -> None:
        """Note what is wrong with the setting `name`, and what to do about it."""
        self.faults.append(f"{name}: {remedy}")

    def done(self) -> None:
        """Raise SettingsError if anything was wrong."""
        if self.faults:
            raise SettingsError(self.faults)

    def text(self, name: str, default: str | None = None) -> str:
        """The setting without surrounding blanks; unset or empty is `default`, and a fault where that is None."""
        value = self._environ.get(name, "").strip()
        if value:
            return value
        if default is None:
            self.fault(name, "is not set; set it")
            return ""
        return default

    def choice(self, name: str, default: str, among: Sequence[str]) -> str:
        """One of a few words, in lower case."""
        value = self.text(name, default).lower()
        if value not in among:
            self.fault(name, f"is {_shown(value)}; use one of {', '.join(among)}")
            return default
        return value

    def flag(self, name: str, default: bool) -> bool:  # noqa: FBT001
        """`on` or `off` (also 1/0, true/false, yes/no)."""
        value = self.text(name, "on" if default else "off").lower()
        if value in ("on", "1", "true", "yes"):
            return True
        if value in ("off", "0", "false", "no"):
            return False
        self.fault(name, f"is {_shown(value)}; use on or off")
        return default

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number from `low` to `high`."""
        given = self.text(name, str(default))
        if re.fullmatch(r"[+-]?\d{1,18}", given, re.ASCII) is None or not low <= int(given) <= high:
            self.fault(name, f"is {_shown(given)}; use a whole number from {low} to {high}")
            return default
        return int(given)

    def port(self, name: str = "PORT", default: int = 8000) -> int:
        """A TCP port; 0 lets the system choose."""
        return self.integer(name, default, 0, 65535)

    def url(self, name: str, default: str | None, schemes: Sequence[str] = ("http", "https")) -> str:
        """One URL of one of `schemes`, with a host, without a slash at its end."""
        given = self.text(name, default)
        return self._one_url(name, given, schemes) or (default or "")

    def urls(self, name: str, default: str = "", schemes: Sequence[str] = ("http", "https")) -> tuple[str, ...]:
        """A comma-separated list of URLs, in its order, without repeats; empty where neither set nor defaulted."""
        found: dict[str, None] = {}
        for part in self.text(name, default).split(","):
            if part.strip() and (url := self._one_url(name, part.strip(), schemes)):
                found[url] = None
        return tuple(found)

    def secret(self, name: str = "SECRET") -> str:
        """What signs tokens: 32 characters or more, not all alike. It has no default."""
        value = self._environ.get(name, "").strip()
        if not value:
            self.fault(name, f"is not set; make one of {SECRET_MIN_CHARS} characters or more (openssl rand -hex 32)")
        elif len(value) < SECRET_MIN_CHARS:
            self.fault(name, f"has {len(value)} characters; use {SECRET_MIN_CHARS} or more (openssl rand -hex 32)")
        elif len(set(value)) < 8:
            self.fault(name, "repeats itself; use a random one (openssl rand -hex 32)")
        return value

    def origins(self, name: str = "ALLOWED_ORIGINS", default: str = LOOPBACK) -> Origins:
        """A comma-separated list of origins; the word `loopback` stands for every page of this machine."""
        named: set[str] = set()
        loopback = False
        for part in self.text(name, default).split(","):
            origin = part.strip().rstrip("/")
            if origin.lower() == LOOPBACK:
                loopback = True
            elif origin and _ORIGIN.fullmatch(origin):
                named.add(origin.lower())
            elif origin:
                self.fault(name, f"has {_shown_url(origin)}; use origins like https://live.example, or loopback")
        return Origins(frozenset(named), loopback)

    def node_id(self, port: int, name: str = "NODE_ID") -> str:
        """What this process is called among its like; the host's name and `port` where nothing is said."""
        host = re.sub(r"[^A-Za-z0-9._-]", "-", socket.gethostname())[:34].strip(".-_") or "node"
        fallback = f"{host}-{port}"
        value = self.text(name, fallback)
        if _NODE_ID.fullmatch(value) is None:
            self.fault(name, f"is {_shown(value)}; use at most 40 letters, digits, dots and dashes")
            return fallback
        return value

    def address(self, name: str) -> str | None:
        """One IPv4 or IPv6 address; None where nothing is said."""
        given = self.text(name, "")
        if not given:
            return None
        try:
            return str(ipaddress.ip_address(given))
        except ValueError:
            self.fault(name, f"is {_shown(given)}; use an IP address of this machine, like 192.0.2.7")
            return None

    def redis_url(self, *, needed: bool = True) -> str | None:
        """`REDIS_URL`, where the log lies; None where nothing is said, and a fault if it is `needed`."""
        given = self.text("REDIS_URL", "")
        if not given and needed:
            remedy = "is not set; set redis://host:6379/0, or run everything in one process with `liveserver up`"
            self.fault("REDIS_URL", remedy)
        if not given or given.startswith("unix://"):
            return given or None
        return self._one_url("REDIS_URL", given, ("redis", "rediss")) or None

    def database_url(self) -> str:
        """`DATABASE_URL`, with the driver that is used here; a file in `DATA_DIR` where nothing is said."""
        given = self.text("DATABASE_URL", f"sqlite:///{Path(self.text('DATA_DIR', './var')) / 'live.db'}")
        scheme, separator, rest = given.partition("://")
        driver = _DRIVERS.get(scheme.partition("+")[0]) if separator else None
        try:
            _ = urlsplit("//" + rest.rpartition("@")[2]).port
        except ValueError:
            driver = None
        if driver is None:
            remedy = "is no database url; use sqlite:///path/live.db or postgresql://user@host/name"
            self.fault("DATABASE_URL", remedy)
            return ""
        return f"{driver}://{rest}"

    def networks(self, name: str, default: str) -> tuple[str, ...]:
        """A comma-separated list of IP addresses and networks."""
        found: list[str] = []
        for part in self.text(name, default).split(","):
            try:
                found.append(str(ipaddress.ip_network(part.strip())))
            except ValueError:
                self.fault(name, f"has {_shown(part.strip())}; use addresses or networks, like 127.0.0.1, 10.0.0.0/8")
        return tuple(found)

    def _one_url(self, name: str, given: str, schemes: Sequence[str]) -> str:
        try:
            parts = urlsplit(given)
            good = parts.scheme in schemes and bool(parts.hostname) and (parts.port is None or parts.port > 0)
        except ValueError:
            good = False
        if not good:
            if given:
                self.fault(name, f"has {_shown_url(given)}; use a URL like {schemes[0]}://host:port")
            return ""
        return given.rstrip("/")


def _shown_url(given: str) -> str:
    """`given`, which is no good url, without what may be a password in it: all before an `@`, a query, and what stands
    in a port's place."""
    return _shown(_NO_PORT.sub(":…", _USER.sub(r"\1…@", given).partition("?")[0]))


def _shown(value: str) -> str:
    return repr(value if len(value) <= 60 else value[:57] + "…")


@dataclass(frozen=True, slots=True)
class MediaSettings:
    """What a media node needs to know. `address` is where UDP is offered (None: found by itself); `watch` decodes a
    picture every 2 s per source to judge black, frozen and silent."""

    secret: str
    host: str
    port: int
    node_id: str
    public_url: str
    origins: Origins
    address: str | None = None
    watch: bool = True
    sources_max: int = 200
    bitrate_max_bps: int = 4_000_000
    log_level: str = "info"

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self:
        """The settings in `environ`. SettingsError names every fault."""
        reader = Reader(environ)
        port = reader.port("PORT", 8100)
        settings = cls(
            secret=reader.secret("SECRET"),
            host=reader.text("HOST", "127.0.0.1"),
            port=port,
            node_id=reader.node_id(port),
            public_url=reader.url("PUBLIC_URL", ""),
            origins=reader.origins("ALLOWED_ORIGINS"),
            address=reader.address("MEDIA_ADDRESS"),
            watch=reader.flag("WATCH", default=True),
            sources_max=reader.integer("SOURCES_MAX", 200, 1, 200),
            bitrate_max_bps=reader.integer("BITRATE_MAX_BPS", 4_000_000, 100_000, 50_000_000),
            log_level=reader.choice("LOG_LEVEL", "info", LOG_LEVELS),
        )
        reader.done()
        return settings
