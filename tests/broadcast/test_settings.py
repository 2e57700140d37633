"""Settings are read once, and every fault is told at once, with its remedy."""

import pytest

from broadcast.core.errors import SettingsError
from broadcast.settings import MediaSettings, Origins, Reader

SECRET = "0123456789abcdef" * 2


def faults_of(reader: Reader) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        reader.done()
    return caught.value.faults


def test_all_faults_are_told_at_once_each_naming_its_setting():
    environ = {
        "SECRET": "short",
        "PORT": "99999",
        "PUBLIC_URL": "ftp://x",
        "ALLOWED_ORIGINS": "everyone",
        "WATCH": "perhaps",
        "MEDIA_ADDRESS": "my laptop",
        "LOG_LEVEL": "loud",
        "NODE_ID": "a b",
        "SOURCES_MAX": "many",
    }
    with pytest.raises(SettingsError) as caught:
        MediaSettings.read(environ)
    assert sorted(fault.partition(":")[0] for fault in caught.value.faults) == sorted(environ)


def test_a_media_node_needs_only_a_secret():
    settings = MediaSettings.read({"SECRET": SECRET})
    assert (settings.host, settings.port, settings.address, settings.watch) == ("127.0.0.1", 8100, None, True)
    assert settings.origins.loopback
    assert settings.node_id.endswith("-8100")
    assert MediaSettings.read({"SECRET": SECRET, "PORT": "8101"}).node_id.endswith("-8101")


def test_a_process_is_called_by_its_host_and_port_however_long_the_hosts_name(monkeypatch):
    monkeypatch.setattr("socket.gethostname", lambda: "ü" + "a-very-long-name." * 9)
    reader = Reader({})
    assert reader.node_id(65535).endswith("-65535")
    assert len(reader.node_id(65535)) <= 40
    assert Reader({"NODE_ID": reader.node_id(65535)}).node_id(1) == reader.node_id(65535)


@pytest.mark.parametrize("secret", ["", "x" * 31, "x" * 64, "abcabc" * 10])
def test_a_secret_that_can_be_guessed_is_refused(secret):
    reader = Reader({"SECRET": secret})
    reader.secret()
    assert faults_of(reader)[0].startswith("SECRET: ")


@pytest.mark.parametrize(("given", "value"), [("5", 5), ("+5", 5), (" 7 ", 7), ("", 3), ("10", 10)])
def test_an_integer_within_its_bounds_is_taken(given, value):
    reader = Reader({"N": given})
    assert reader.integer("N", 3, 1, 10) == value
    reader.done()


@pytest.mark.parametrize("given", ["0", "11", "1.5", "1e1", "٣", "0x3", "9" * 30, "nan"])
def test_any_other_integer_is_a_fault_and_reads_as_the_default(given):
    reader = Reader({"N": given})
    assert reader.integer("N", 3, 1, 10) == 3
    assert faults_of(reader) == [f"N: is {given!r}; use a whole number from 1 to 10"]


def test_urls_keep_their_order_without_repeats_and_without_a_slash_at_the_end():
    reader = Reader({"U": "http://b:1/, http://a:2 ,http://b:1"})
    assert reader.urls("U") == ("http://b:1", "http://a:2")
    assert reader.urls("NONE") == ()
    reader.done()


@pytest.mark.parametrize("given", ["b:1", "http://", "http://a:port", "redis://a:1", "http://a:0", "http://[::1"])
def test_a_url_of_another_kind_is_a_fault(given):
    reader = Reader({"U": given})
    assert reader.urls("U") == ()
    assert reader.url("U", "") == ""
    assert len(faults_of(reader)) == 2


def test_other_schemes_are_taken_where_they_are_asked_for():
    reader = Reader({"REDIS_URL": "redis://localhost:6379/0"})
    assert reader.url("REDIS_URL", None, ("redis", "rediss", "unix")) == "redis://localhost:6379/0"
    reader.done()


def test_what_has_no_default_must_be_set():
    reader = Reader({})
    assert reader.text("MAIL_FROM") == ""
    assert reader.url("SMTP_URL", None, ("smtp",)) == ""
    assert [fault.partition(":")[0] for fault in faults_of(reader)] == ["MAIL_FROM", "SMTP_URL"]


@pytest.mark.parametrize(
    "origin", ["http://localhost", "https://localhost:8443", "http://127.0.0.1:9", "http://[::1]:8000"]
)
def test_loopback_stands_for_every_page_of_this_machine(origin):
    assert Origins(loopback=True).allow(origin)
    assert not Origins().allow(origin)


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "null",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "ftp://localhost",
        "http://a@localhost",
        "http://localhost:80:80",
        "http://localhost/",
    ],
)
def test_nothing_else_is_loopback(origin):
    assert not Origins(loopback=True).allow(origin)


def test_a_deployments_own_pages_are_its_own_whatever_way_they_are_written():
    urls = ["https://Live.example:443/some/page", "http://live.example:8080", "http://[::1]:80", ""]
    own = Origins(frozenset({"https://other.example"})).joined(urls)
    welcome = {"https://other.example", "https://live.example", "http://live.example:8080", "http://[::1]"}
    assert own.named == welcome
    assert not own.loopback


def test_named_origins_are_taken_exactly():
    reader = Reader({"ALLOWED_ORIGINS": "https://Live.example/, loopback"})
    origins = reader.origins()
    reader.done()
    assert origins.allow("https://live.example")
    assert origins.allow("http://localhost:3000")
    assert not origins.allow("https://evil.example")
    assert not origins.allow("http://live.example")


def test_flags_and_choices_are_words():
    reader = Reader({"A": "ON", "B": "no", "C": "2", "L": "Debug", "M": "x"})
    assert reader.flag("A", default=False)
    assert not reader.flag("B", default=True)
    assert reader.flag("C", default=True)
    assert reader.choice("L", "info", ("debug", "info")) == "debug"
    assert reader.choice("M", "info", ("debug", "info")) == "info"
    assert [fault.partition(":")[0] for fault in faults_of(reader)] == ["C", "M"]


def test_a_long_wrong_value_is_told_shortened():
    reader = Reader({"PORT": "x" * 10_000})
    reader.port()
    assert len(faults_of(reader)[0]) < 200


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("redis://ada:geheim@host:port/0", "redis://…@host:…"),
        ("redis://:geheim@host:99999/0", "redis://…@host:99999/0"),
        ("redis://ada:ge/h@e#im@host:0", "redis://…@host:0"),
        ("rediss//:geheim@host", "…@host"),
        ("http://ada:geheim@host:6379/0", "http://…@host:6379/0"),
        ("redis://:geheim", "redis://:…"),
        ("redis://?password=geheim", "redis://"),
        ("redis://ada:ge://heim@host:x", "redis://…@host:…"),
        ("redis://ada:ge?heim@host:x", "redis://…@host:…"),
        ("redis://" + "a" * 50 + ":geheim@host:x", "redis://…@host:…"),
        ("redis:geheim@host", "…@host"),
        ("redis://[::1", "redis://[:…"),
    ],
)
def test_what_is_no_url_is_said_without_the_password(given: str, shown: str) -> None:
    reader = Reader({"REDIS_URL": given, "NODES": given, "ALLOWED_ORIGINS": given})
    reader.redis_url()
    reader.urls("NODES", schemes=("gopher",))
    reader.origins()
    for name, fault in zip(("REDIS_URL", "NODES", "ALLOWED_ORIGINS"), faults_of(reader), strict=True):
        assert fault.startswith(f"{name}: has {shown!r}; use ")


def test_a_password_with_a_comma_in_a_list_of_urls_is_shown_in_no_part() -> None:
    reader = Reader({"NODES": "http://ada:ge,heim@host:x"})
    reader.urls("NODES")
    assert not any(part in fault for fault in faults_of(reader) for part in ("ge'", "heim"))


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("", "sqlite+aiosqlite:///var/live.db"),
        ("sqlite:////tmp/x.db", "sqlite+aiosqlite:////tmp/x.db"),
        ("postgres://ada:p/w#1@host:5432/live", "postgresql+asyncpg://ada:p/w#1@host:5432/live"),
        ("postgresql+psycopg://host/live?ssl=1", "postgresql+asyncpg://host/live?ssl=1"),
    ],
)
def test_a_database_is_reached_by_the_driver_that_is_used_here(given: str, read: str) -> None:
    assert Reader({"DATABASE_URL": given}).database_url() == read


@pytest.mark.parametrize(
    "given", ["mysql://x", "nothing at all", "postgresql://host:port/live", "postgresql://host:99999/x"]
)
def test_what_is_no_database_is_said_without_the_password(given: str) -> None:
    reader = Reader({"DATABASE_URL": given})
    assert reader.database_url() == ""
    assert given not in reader.faults[0]
    assert "sqlite:///" in reader.faults[0]


def test_the_log_may_lie_behind_a_unix_socket_or_be_missing_where_it_is_not_needed() -> None:
    assert Reader({"REDIS_URL": "unix:///run/redis.sock"}).redis_url() == "unix:///run/redis.sock"
    spared, needing = Reader({}), Reader({})
    assert spared.redis_url(needed=False) is None
    assert needing.redis_url() is None
    assert (len(spared.faults), len(needing.faults)) == (0, 1)
