"""The opening handshake, as RFC 6455 has it."""

import asyncio
from http import HTTPStatus

import pytest

from broadcast.log.memory import MemoryLog
from liveserver.gateway.handshake import Opening, Refusal, accepted, read, refused
from tests.liveserver.gateway.node import serving

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
FIELDS = {
    "Host": "live.example",
    "Upgrade": "websocket",
    "Connection": "keep-alive, Upgrade",
    "Sec-WebSocket-Key": KEY,
    "Sec-WebSocket-Version": "13",
}


def request(first: str = "GET /live/demo?a=b HTTP/1.1", more: str = "", **changed: str | None) -> bytes:
    """A usual request. `changed`: other values, by names with underscores; None leaves a field out."""
    fields = {**FIELDS, **{name.replace("_", "-"): value for name, value in changed.items()}}
    lines = [f"{name}: {value}" for name, value in fields.items() if value is not None]
    return "\r\n".join([first, *lines, *([more] if more else []), "", ""]).encode()


def test_the_standards_own_example() -> None:
    opening = read(request(Origin="http://example.com", Sec_WebSocket_Protocol="chat, superchat"))
    assert opening == Opening("/live/demo?a=b", KEY, "http://example.com", ("chat", "superchat"))
    answer = accepted(opening, "chat").split(b"\r\n")
    assert answer[0] == b"HTTP/1.1 101 Switching Protocols"
    assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in answer
    assert b"Sec-WebSocket-Protocol: chat" in answer
    assert answer[-2:] == [b"", b""]


def test_without_a_subprotocol_none_is_named() -> None:
    opening = read(request(Connection="UPGRADE", Upgrade="WebSocket"))
    assert isinstance(opening, Opening)
    assert (opening.origin, opening.offered) == (None, ())
    assert b"Protocol:" not in accepted(opening, None)


def test_a_field_in_several_lines_is_one_list() -> None:
    opening = read(request(more="Sec-WebSocket-Protocol: a\r\nsec-websocket-protocol: b,c"))
    assert isinstance(opening, Opening)
    assert opening.offered == ("a", "b", "c")
    twice = read(request(more="Origin: https://live.example\r\nOrigin: https://evil.example"))
    assert isinstance(twice, Opening)
    assert twice.origin == "https://live.example, https://evil.example", "neither of them, so that no rule lets it in"


NONE = [
    (request("POST /live/demo HTTP/1.1"), HTTPStatus.UPGRADE_REQUIRED),
    (request(Upgrade="h2c"), HTTPStatus.UPGRADE_REQUIRED),
    (request(Upgrade=None), HTTPStatus.UPGRADE_REQUIRED),
    (request(Connection="keep-alive"), HTTPStatus.UPGRADE_REQUIRED),
    (request(Sec_WebSocket_Version="8"), HTTPStatus.UPGRADE_REQUIRED),
    (request(Sec_WebSocket_Version=None), HTTPStatus.UPGRADE_REQUIRED),
    (request(Sec_WebSocket_Key=None), HTTPStatus.BAD_REQUEST),
    (request(Sec_WebSocket_Key="c2hvcnQ="), HTTPStatus.BAD_REQUEST),
    (request(Sec_WebSocket_Key="not base64 at all, no"), HTTPStatus.BAD_REQUEST),
    (request(Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ\u00fc="), HTTPStatus.BAD_REQUEST),
    (request(more=f"Sec-WebSocket-Key: {KEY}"), HTTPStatus.BAD_REQUEST),
    (b"", HTTPStatus.UPGRADE_REQUIRED),
    (b"\xff\r\n:\r\n\r\n", HTTPStatus.UPGRADE_REQUIRED),
]


@pytest.mark.parametrize(("data", "status"), NONE)
def test_what_is_no_handshake_is_turned_down_by_name(data: bytes, status: HTTPStatus) -> None:
    refusal = read(data)
    assert isinstance(refusal, Refusal)
    assert refusal.status is status
    head, _, said = refused(refusal).partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status.value} ".encode())
    assert f"Content-Length: {len(said)}".encode() in head.split(b"\r\n")
    assert (b"Sec-WebSocket-Version: 13" in head) is (status is HTTPStatus.UPGRADE_REQUIRED)


async def test_a_handshake_that_is_none_is_answered_and_hung_up_on() -> None:
    async with serving(MemoryLog()) as node:
        reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
        writer.write(request(Sec_WebSocket_Version="8"))
        async with asyncio.timeout(5):
            answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 426 ")
        writer.close()
        hub = node.gateway._hub
        assert hub is not None
        assert not hub.sockets
