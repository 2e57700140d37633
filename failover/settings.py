"""The guard's settings: one frozen value, read once from the environment, all faults reported together. It opens
nothing and guesses nothing that was given wrongly. `cli` reads it; `app` and `liveserver.embedded` hand it on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit

from broadcast.settings import LOG_LEVELS, Reader


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over. `tls`: from the first byte (smtps); `starttls`: None uses it where it is offered,
    True insists on it, False never asks."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    tls: bool = False
    starttls: bool | None = None


@dataclass(frozen=True, slots=True)
class GuardSettings:
    """What a failover process needs to know. `mail_server` None: mail is kept for the operator's page instead.
    `media_nodes` and `gateways` are base urls; `redis_url` None: the log lies in this process's memory."""

    secret: str
    node_id: str
    media_nodes: tuple[str, ...]
    gateways: tuple[str, ...]
    database_url: str
    mail_server: MailServer | None = None
    mail_from: str = "Live event <no-reply@localhost>"
    redis_url: str | None = None
    host: str = "127.0.0.1"
    port: int = 8200
    lease_ttl_s: float = 3.0
    log_level: str = "info"

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self:
        """The settings in `environ`. SettingsError names every fault."""
        reader = Reader(environ)
        port = reader.port("PORT", 8200)
        settings = cls(
            secret=reader.secret("SECRET"),
            node_id=reader.node_id(port),
            media_nodes=_needed(reader, "MEDIA_NODES", "http://127.0.0.1:8100"),
            gateways=_needed(reader, "GATEWAYS", "http://127.0.0.1:8000"),
            database_url=reader.database_url(),
            mail_server=_mail_server(reader),
            mail_from=_mail_from(reader),
            redis_url=reader.redis_url(),
            host=reader.text("HOST", "127.0.0.1"),
            port=port,
            log_level=reader.choice("LOG_LEVEL", "info", LOG_LEVELS),
        )
        reader.done()
        return settings


def _needed(reader: Reader, name: str, example: str) -> tuple[str, ...]:
    urls = reader.urls(name)
    if not urls and not any(fault.startswith(name) for fault in reader.faults):
        reader.fault(name, f"is not set; name the base urls, with commas between them, like {example}")
    return urls


def _mail_server(reader: Reader) -> MailServer | None:
    given = reader.text("SMTP_URL", "")
    if not given:
        return None
    # The password never appears in a fault.
    remedy = "is no mail server's url; use smtp://user:password@host:587/?starttls=1 or smtps://host:465"
    try:
        parts = urlsplit(given)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.scheme not in ("smtp", "smtps") or port == 0:
        reader.fault("SMTP_URL", remedy)
        return None
    options = dict(parse_qsl(parts.query))
    asked = options.pop("starttls", None)
    if options or asked not in (None, "0", "1"):
        reader.fault("SMTP_URL", "knows one option, starttls=1 or starttls=0; leave the others out")
    tls = parts.scheme == "smtps"
    return MailServer(
        host=host,
        port=port or (465 if tls else 587),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls=tls,
        starttls=None if asked is None else asked == "1",
    )


def _mail_from(reader: Reader) -> str:
    given = reader.text("MAIL_FROM", "Live event <no-reply@localhost>")
    _, address = parseaddr(given)
    if "@" not in address or any(ord(letter) < 32 for letter in given):
        reader.fault("MAIL_FROM", "is no address; use one like Ada's workshop <workshop@example.org>")
    return given
