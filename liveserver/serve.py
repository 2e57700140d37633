"""Runs one process's HTTP and WebSocket side: starts its parts once it listens, and on Ctrl-C or SIGTERM empties it
before it stops. It knows no resource and no room; `cli` and `demo` hand it what to run.
"""

import asyncio
import contextlib
import gc
import os
import signal
import socket
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Sequence
from contextlib import asynccontextmanager
from typing import Final, Protocol

import structlog
import uvicorn
import uvloop
from starlette.applications import Starlette

from broadcast.listener import BACKLOG

KEEP_ALIVE_S: Final = 30
GRACE_S: Final = 5
_log = structlog.get_logger("liveserver")
SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Whole(Protocol):
    """What is run: its application, its WebSocket class, and its parts."""

    def app(self) -> Starlette: ...

    def ws_class(self) -> type[asyncio.Protocol]: ...

    async def start(self) -> None: ...

    async def drain(self, window_s: float) -> None: ...

    async def close(self) -> None: ...


class Listener(uvicorn.Server):
    """uvicorn's server, with signals left to us: its own way raises them again at the end."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def run(work: Callable[[], Awaitable[object]]) -> None:
    """Run `work` on a loop of its own, to its end."""

    async def worked() -> None:
        await work()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(worked())


@asynccontextmanager
async def serving(
    whole: Whole, listening: socket.socket, drain_s: float, trusted_proxies: Sequence[str] = ()
) -> AsyncIterator[asyncio.Event]:
    """`whole` is served while the block runs; the event is set when somebody asks for the end. Leaving the block
    empties and closes everything, within a deadline each. Who asks through one of `trusted_proxies` (networks) is whom
    the proxy names, so that limits per address hold for people, not for the proxy."""
    server = Listener(
        uvicorn.Config(
            whole.app(),
            ws=whole.ws_class(),
            http="httptools",
            loop="none",
            lifespan="off",
            backlog=BACKLOG,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=GRACE_S,
            forwarded_allow_ips=list(trusted_proxies),
            ws_per_message_deflate=False,
            ws_max_size=64 * 1024,
            ws_ping_interval=5.0,
            access_log=False,
            server_header=False,
            log_config=None,
        )
    )
    ended = asyncio.Event()
    draining_cut_short = asyncio.Event()
    loop = asyncio.get_running_loop()

    def asked_to_end() -> None:
        if ended.is_set():
            server.force_exit = True
            draining_cut_short.set()
        else:
            _end_by_force_after(drain_s + 3 * GRACE_S)
        ended.set()

    for number in SIGNALS:
        loop.add_signal_handler(number, asked_to_end)
    serving_task = asyncio.create_task(server.serve(sockets=[listening]), name="server")
    serving_task.add_done_callback(lambda _task: ended.set())
    try:
        await whole.start()
        # What is here by now stays. Else each full collection would look at every module anew, and the pictures of all
        # rooms wait for it.
        gc.collect()
        gc.freeze()
        yield ended
    finally:
        gc.unfreeze()
        if not serving_task.done():
            await _within(drain_s + GRACE_S, whole.drain(drain_s), draining_cut_short)
        # The parts end before the server does: they speak to one another through it, and each says goodbye itself.
        for accepting in getattr(server, "servers", ()):
            accepting.close()
        await _within(GRACE_S, whole.close(), None)
        server.should_exit = True
        await asyncio.gather(serving_task, return_exceptions=True)
        for number in SIGNALS:
            loop.remove_signal_handler(number)
    if (fault := serving_task.exception()) is not None:
        raise fault


async def serve_until_asked(
    make: Callable[[], Whole], listening: socket.socket, drain_s: float, trusted_proxies: Sequence[str] = ()
) -> None:
    """Serve what `make` makes (on the running loop) until somebody asks for the end. See `serving`."""
    async with serving(make(), listening, drain_s, trusted_proxies) as ended:
        await ended.wait()


async def _within(deadline_s: float, work: Awaitable[None], cut_short: asyncio.Event | None) -> None:
    task = asyncio.ensure_future(work)
    waits = {task} | ({asyncio.ensure_future(cut_short.wait())} if cut_short else set())
    await asyncio.wait(waits, timeout=deadline_s, return_when=asyncio.FIRST_COMPLETED)
    for each in waits:
        each.cancel()
    await asyncio.wait(waits, timeout=1.0)
    if not task.done():
        _log.error("end_overdue", deadline_s=deadline_s)
    elif not task.cancelled() and (fault := task.exception()) is not None:
        _log.error("end_failed", fault=repr(fault))


def _end_by_force_after(deadline_s: float) -> None:
    """Whoever asked for the end gets it, even from a loop that no longer turns or a task that will not be cancelled."""

    def end() -> None:
        sys.stderr.write(f"liveserver: not ended after {deadline_s:.0f} s; ended by force\n")
        sys.stderr.flush()
        os._exit(1)

    timer = threading.Timer(deadline_s, end)
    timer.daemon = True
    timer.start()
