"""The guard's settings: read once, every fault at once."""

import pytest

from broadcast.core.errors import SettingsError
from failover.settings import GuardSettings, MailServer

GOOD = {
    "SECRET": "0123456789abcdef-0123456789abcdef",
    "MEDIA_NODES": "http://127.0.0.1:8100, http://127.0.0.1:8101/",
    "GATEWAYS": "http://127.0.0.1:8000",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
}


def read(**more: str) -> GuardSettings:
    return GuardSettings.read({**GOOD, **more})


def faults(**more: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read(**more)
    return caught.value.faults


def test_what_is_enough_is_enough() -> None:
    settings = read(NODE_ID="g1", DATA_DIR="/data")
    assert settings.media_nodes == ("http://127.0.0.1:8100", "http://127.0.0.1:8101")
    assert settings.database_url == "sqlite+aiosqlite:////data/live.db"
    assert settings.mail_server is None
    assert settings.node_id == "g1"
    assert read(PORT="8201").node_id.endswith("-8201")


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", MailServer("mail.example", 587)),
        ("smtp://ada:p%40ss@mail.example:25/?starttls=1", MailServer("mail.example", 25, "ada", "p@ss", starttls=True)),
        ("smtp://mail.example:1025/?starttls=0", MailServer("mail.example", 1025, starttls=False)),
        ("smtps://mail.example", MailServer("mail.example", 465, tls=True)),
    ],
)
def test_a_mail_server_is_read_from_its_url(url: str, server: MailServer) -> None:
    assert read(SMTP_URL=url).mail_server == server


def test_every_fault_is_reported_at_once_each_with_its_remedy() -> None:
    with pytest.raises(SettingsError) as caught:
        GuardSettings.read(
            {"SMTP_URL": "http://mail", "DATABASE_URL": "mongodb://x", "MAIL_FROM": "nobody", "PORT": "x"}
        )
    named = [fault.partition(":")[0] for fault in caught.value.faults]
    assert sorted(named) == [
        "DATABASE_URL",
        "GATEWAYS",
        "MAIL_FROM",
        "MEDIA_NODES",
        "PORT",
        "REDIS_URL",
        "SECRET",
        "SMTP_URL",
    ]


@pytest.mark.parametrize(
    "url",
    ["smtp://", "smtp://mail:0", "smtp://mail:99999", "smtp://mail/?tls=1", "smtp://mail/?starttls=yes", "smtp://[x"],
)
def test_a_wrong_mail_server_is_named_and_its_password_is_not(url: str) -> None:
    (fault,) = faults(SMTP_URL=url.replace("//", "//ada:hunter2@", 1))
    assert fault.startswith("SMTP_URL: ")
    assert "hunter2" not in fault


def test_a_header_cannot_be_smuggled_in_by_the_senders_name() -> None:
    assert faults(MAIL_FROM="Ada\nBcc: eve@example.org <ada@example.org>")[0].startswith("MAIL_FROM: ")


def test_lists_and_urls_are_checked() -> None:
    assert faults(MEDIA_NODES="ftp://x")[0].startswith("MEDIA_NODES: ")
    assert faults(REDIS_URL="http://x")[0].startswith("REDIS_URL: ")
    assert faults(DATABASE_URL="nonsense")[0].startswith("DATABASE_URL: ")
    assert read(REDIS_URL="unix:///tmp/redis.sock").redis_url == "unix:///tmp/redis.sock"
    assert read(DATABASE_URL="postgresql://u:p@db/live").database_url == "postgresql+asyncpg://u:p@db/live"
