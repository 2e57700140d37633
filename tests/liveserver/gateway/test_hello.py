"""The hello and its answers."""

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from broadcast.core.entries import Role
from broadcast.log.memory import MemoryLog
from broadcast.settings import Origins
from tests.liveserver.gateway.node import Rooms, joined, moderator, opened, serving, token


@pytest.mark.parametrize("wire", ["live.v1.json", "live.v1.msgpack"])
async def test_a_guest_is_welcomed_in_either_encoding(wire: str) -> None:
    async with serving(MemoryLog()) as node, joined(node, wire=wire) as client:
        welcome = await client.hear("welcome")
    assert welcome["you"]["name"] == "Ada"
    assert welcome["you"]["role"] == "attendee"
    assert welcome["resumed"] is False
    assert welcome["tick_ms"] == 1000
    assert welcome["position"]["offset"] == 0
    assert welcome["room"]["title"] == "A demo"
    assert welcome["room"]["state"] == "live"
    assert welcome["room"]["rung"] == "main"
    assert welcome["room"]["members"] == 1
    assert welcome["backups"] == [{"url": "https://elsewhere.example/e/demo", "label": "Backup", "after_s": 12.0}]
    assert welcome["reconnect"]["min_ms"] == 200


async def test_the_token_of_a_welcome_keeps_who_one_is() -> None:
    async with serving(MemoryLog()) as node:
        async with joined(node) as client:
            you = (await client.hear("welcome"))["you"]
        async with joined(node, token=you["token"], name=None) as client:
            assert (await client.hear("welcome"))["you"] == you


async def test_json_is_spoken_where_no_subprotocol_is_offered() -> None:
    async with serving(MemoryLog()) as node, opened(node, protocols=()) as client:
        await client.say(type="hello", name="Ada")
        assert (await client.hear("welcome"))["you"]["name"] == "Ada"
        assert client.connection.subprotocol is None


HELLOS = [
    ("demo", {"token": token("a", for_s=-1)}, 4100),
    ("demo", {"token": token("a", secret="another secret of thirty-two characters!")}, 4101),
    ("demo", {"token": "not a token"}, 4101),
    ("demo", {"token": token("a", event="other")}, 4101),
    ("demo", {"token": token("p", Role.PUBLISHER)}, 4307),
    ("nowhere", {}, 4305),
    ("closed", {}, 4307),
    ("demo", {"name": None}, 4303),
    ("demo", {"name": "x" * 41}, 4303),
    ("demo", {"name": "a\u202eb"}, 4303),
    ("demo", {"media": "smell"}, 4303),
    ("demo", {"colour": "red"}, 4303),
    ("demo", {"type": "chat.send"}, 4303),
]


@pytest.mark.parametrize(("room", "hello", "code"), HELLOS)
async def test_a_hello_that_cannot_be_answered_closes_with_a_code_that_says_why(
    room: str, hello: dict[str, object], code: int
) -> None:
    async with serving(MemoryLog()) as node, opened(node, room) as client:
        await client.say(**{"type": "hello", "name": "Ada", **hello})
        assert await client.closed() == code
        assert client.closed_with[1]


async def test_a_room_that_cannot_be_named_is_unknown_at_once() -> None:
    async with serving(MemoryLog()) as node, opened(node, "Not%20A%20Room") as client:
        assert await client.closed() == 4305


async def test_who_says_nothing_is_not_waited_for() -> None:
    async with serving(MemoryLog(), hello_within_s=0.1) as node, opened(node) as client:
        assert await client.closed() == 4306


async def test_while_the_records_are_away_whoever_comes_is_told_to_come_back() -> None:
    directory = Rooms()
    directory.is_away = True
    async with serving(MemoryLog(), directory=directory) as node, opened(node) as client:
        await client.say(type="hello", name="Ada")
        assert await client.closed() == 4002


async def test_pages_of_strangers_open_no_socket() -> None:
    async with serving(MemoryLog(), origins=Origins(loopback=True).joined(["https://live.example/"])) as node:
        for origin, is_welcome in (
            ("https://evil.example", False),
            ("null", False),
            ("http://localhost:5173", True),
            ("http://127.0.0.1:1", True),
            ("https://live.example", True),
        ):
            if is_welcome:
                async with connect(node.url(), origin=origin, proxy=None):
                    continue
            with pytest.raises(InvalidStatus) as refused:
                await connect(node.url(), origin=origin, proxy=None)
            assert refused.value.response.status_code == 403


async def test_other_paths_stay_starlettes() -> None:
    """The contract with uvicorn: one port, our sockets and everybody else's."""
    async with serving(MemoryLog()) as node:
        async with connect(f"ws://127.0.0.1:{node.port}/echo", proxy=None) as echo:
            await echo.send("hello")
            assert await echo.recv() == "echo hello"
        with pytest.raises(InvalidStatus):
            await connect(f"ws://127.0.0.1:{node.port}/nothing", proxy=None)


async def test_staff_get_the_staff_log_and_its_position() -> None:
    async with serving(MemoryLog()) as node, joined(node, token=moderator()) as client:
        welcome = await client.hear("welcome")
        assert welcome["you"]["role"] == "moderator"
        assert welcome["position"]["staff_offset"] == 0
