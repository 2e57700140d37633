"""The gateway's settings: every fault at once, each with its name and its remedy, and no secret in any of them."""

from pathlib import Path

import pytest

from broadcast.core.errors import SettingsError
from liveserver.settings import GatewaySettings, local_url

GOOD = {"SECRET": "0123456789abcdef0123456789abcdef", "REDIS_URL": "redis://127.0.0.1:6379/0"}


def faults(**environ: str) -> list[str]:
    with pytest.raises(SettingsError) as error:
        GatewaySettings.read({**GOOD, **environ})
    return error.value.faults


def test_what_is_not_said_has_a_good_default() -> None:
    settings = GatewaySettings.read(GOOD)
    assert (settings.host, settings.port, settings.public_url) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")
    assert settings.gateways == ("http://127.0.0.1:8000",)
    assert settings.media_nodes == settings.failover_nodes == ()
    assert settings.database_url == "sqlite+aiosqlite:///var/live.db"
    assert settings.data_dir == Path("var")


def test_alone_it_is_its_own_media_node_and_guard() -> None:
    settings = GatewaySettings.read({"SECRET": GOOD["SECRET"], "PORT": "9000"}, alone=True)
    assert settings.redis_url is None
    assert settings.media_nodes == settings.failover_nodes == settings.gateways == ("http://127.0.0.1:9000",)


def test_all_faults_are_reported_at_once() -> None:
    said = faults(SECRET="short", PORT="eighty", DATABASE_URL="mysql://x", REDIS_URL="http://x", GATEWAYS="ftp://x")
    assert [line.partition(":")[0] for line in said] == ["PORT", "SECRET", "REDIS_URL", "DATABASE_URL", "GATEWAYS"]


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("SECRET", "", "openssl rand"),
        ("REDIS_URL", "", "liveserver up"),
        ("REDIS_URL", "memcached://x", "redis://"),
        ("DATABASE_URL", "not a url", "postgresql://"),
        ("DATABASE_URL", "oracle://host/x", "sqlite://"),
        ("PORT", "70000", "65535"),
        ("DRAIN_S", "-1", "0"),
        ("LOG_LEVEL", "loud", "warning"),
        ("MEDIA_NODES", "m1:8100", "http://"),
        ("ALLOWED_ORIGINS", "everyone", "loopback"),
        ("NODE_ID", "a b", "dashes"),
        ("FORWARDED_ALLOW_IPS", "my-proxy", "10.0.0.0/8"),
        ("FORWARDED_ALLOW_IPS", "10.0.0.1/8", "10.0.0.0/8"),
    ],
)
def test_a_wrong_setting_is_named_with_its_remedy(name: str, value: str, remedy: str) -> None:
    (line,) = faults(**{name: value})
    assert line.startswith(f"{name}: ")
    assert remedy in line


def test_a_password_is_never_said() -> None:
    for line in faults(DATABASE_URL="oracle://live:hunter2@host/x"):
        assert "hunter2" not in line


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("sqlite:////tmp/live.db", "sqlite+aiosqlite:////tmp/live.db"),
        ("postgresql://live:pw@db/live", "postgresql+asyncpg://live:pw@db/live"),
        ("postgres://db/live", "postgresql+asyncpg://db/live"),
        ("postgresql+asyncpg://db/live", "postgresql+asyncpg://db/live"),
    ],
)
def test_databases_are_named_as_people_name_them(given: str, used: str) -> None:
    assert GatewaySettings.read({**GOOD, "DATABASE_URL": given}).database_url == used


def test_a_redis_on_a_unix_socket_is_one_too() -> None:
    assert GatewaySettings.read({**GOOD, "REDIS_URL": "unix:///run/redis.sock"}).redis_url == "unix:///run/redis.sock"


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:80"),
        ("::", "http://127.0.0.1:80"),
        ("::1", "http://[::1]:80"),
        ("h", "http://h:80"),
    ],
)
def test_a_browser_on_this_machine_finds_it(host: str, url: str) -> None:
    assert local_url(host, 80) == url
