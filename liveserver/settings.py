"""The gateway's settings: one frozen value, read once from the environment, all faults reported together. It opens
nothing and guesses nothing that was given wrongly. `cli` reads it; `app` and `embedded` hand it on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from broadcast.settings import LOG_LEVELS, Origins, Reader


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """What a gateway needs to know. `redis_url` None: the log lies in this process's memory (one process only).
    `gateways` are the public urls of all gateways, this one included; `public_url` is this one's. `trusted_proxies` are
    believed when they say for whom they ask (X-Forwarded-For)."""

    secret: str
    host: str
    port: int
    node_id: str
    public_url: str
    redis_url: str | None
    database_url: str
    media_nodes: tuple[str, ...]
    failover_nodes: tuple[str, ...]
    gateways: tuple[str, ...]
    data_dir: Path
    origins: Origins
    trusted_proxies: tuple[str, ...] = ("127.0.0.1/32",)
    drain_s: int = 10
    log_level: str = "info"

    @classmethod
    def read(cls, environ: Mapping[str, str], *, alone: bool = False) -> Self:
        """The settings in `environ`. With `alone` (one process is the whole deployment) neither Redis nor other nodes
        need be named. SettingsError names every fault."""
        reader = Reader(environ)
        host = reader.text("HOST", "127.0.0.1")
        port = reader.port("PORT", 8000)
        public_url = reader.url("PUBLIC_URL", local_url(host, port))
        data_dir = Path(reader.text("DATA_DIR", "./var"))
        settings = cls(
            secret=reader.secret("SECRET"),
            host=host,
            port=port,
            node_id=reader.node_id(port),
            public_url=public_url,
            redis_url=reader.redis_url(needed=not alone),
            database_url=reader.database_url(),
            media_nodes=reader.urls("MEDIA_NODES", public_url if alone else ""),
            failover_nodes=reader.urls("FAILOVER_NODES", public_url if alone else ""),
            gateways=reader.urls("GATEWAYS", public_url),
            data_dir=data_dir,
            origins=reader.origins("ALLOWED_ORIGINS"),
            trusted_proxies=reader.networks("FORWARDED_ALLOW_IPS", "127.0.0.1"),
            drain_s=reader.integer("DRAIN_S", 10, 0, 3_600),
            log_level=reader.choice("LOG_LEVEL", "info", LOG_LEVELS),
        )
        reader.done()
        return settings


def local_url(host: str, port: int) -> str:
    """Where a browser on this machine finds a process that listens on `host` and `port`."""
    if host in ("", "0.0.0.0", "::"):
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
