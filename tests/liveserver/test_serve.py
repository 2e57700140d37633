"""The end of a process: in order, in time, and even where a part of it will not end."""

import asyncio
import gc
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from broadcast.core.errors import SettingsError
from broadcast.listener import bind
from liveserver.serve import serving

_STUBBORN = """
import asyncio, sys
from starlette.applications import Starlette
from broadcast import listener
from liveserver import serve
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

serve.GRACE_S = 0.3

class Stubborn:
    def app(self): return Starlette()
    def ws_class(self): return WebSocketsSansIOProtocol
    async def start(self): print("started", flush=True)
    async def drain(self, window_s): pass
    async def close(self):
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                pass

async def main():
    await serve.serve_until_asked(Stubborn, listener.bind("127.0.0.1", 0), 0)

serve.run(main)
"""


def test_a_part_that_will_not_end_is_ended_by_force_and_said() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _STUBBORN], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert time.monotonic() - began < 15
    assert process.returncode == 1
    assert "ended by force" in said


class Echo:
    """Answers with the address of whoever asks."""

    def app(self) -> Starlette:
        async def show(request: Request) -> Response:
            assert request.client is not None
            return PlainTextResponse(request.client.host)

        return Starlette(routes=[Route("/", show)])

    def ws_class(self) -> type[asyncio.Protocol]:
        return WebSocketsSansIOProtocol

    async def start(self) -> None: ...

    async def drain(self, window_s: float) -> None: ...

    async def close(self) -> None: ...


@pytest.mark.parametrize(
    ("trusted", "forwarded", "seen"),
    [
        (("127.0.0.1/32",), "203.0.113.9", "203.0.113.9"),
        (("127.0.0.1/32",), "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (("127.0.0.1/32", "203.0.113.0/24"), "198.51.100.1, 203.0.113.9", "198.51.100.1"),
        (("10.0.0.0/8",), "203.0.113.9", "127.0.0.1"),
        ((), "203.0.113.9", "127.0.0.1"),
    ],
)
async def test_only_a_trusted_proxy_says_for_whom_it_asks(trusted: tuple[str, ...], forwarded: str, seen: str) -> None:
    listening = bind("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
    async with serving(Echo(), listening, 0, trusted), httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(url, headers={"x-forwarded-for": forwarded})).text == seen


async def test_what_stays_for_good_is_not_collected_again_and_again_while_served() -> None:
    gc.unfreeze()
    async with serving(Echo(), bind("127.0.0.1", 0), 0):
        assert gc.get_freeze_count() > 10_000
    assert gc.get_freeze_count() == 0


def test_an_address_that_is_not_ours_is_named() -> None:
    with pytest.raises(SettingsError, match=r"HOST: '192\.0\.2\.1'"):
        bind("192.0.2.1", 0)
    with pytest.raises(SettingsError, match="HOST: 'no such host'"):
        bind("no such host", 0)


def test_a_port_taken_on_any_family_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=f"PORT: {port} is taken"):
            bind("127.0.0.1", port)


def test_what_is_bound_answers_at_once_even_before_it_is_served() -> None:
    listening = bind("127.0.0.1", 0)
    with socket.create_connection(listening.getsockname(), timeout=2):
        pass
    listening.close()
