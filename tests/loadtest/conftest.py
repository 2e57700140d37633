"""A planted server, in process and as a process of its own."""

import asyncio
import importlib.util
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

_PLANTED = Path(__file__).with_name("planted.py")


def _module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("planted", _PLANTED)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["planted"] = module
    spec.loader.exec_module(module)
    return module


planted_module = _module()


@pytest.fixture(autouse=True, scope="session")
def _signals_as_in_a_terminal() -> None:
    """Whoever starts the suite in the background has it ignore what its children are told to stop by."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
async def plant() -> AsyncIterator[Callable[..., Any]]:
    """`await plant(sin=…, at=…)` → (server, its WebSocket address)."""
    servers: list[Any] = []
    tasks: list[asyncio.Task[None]] = []

    async def open_one(**wishes: Any) -> tuple[Any, str]:
        server = planted_module.Planted(**wishes)
        port = await server.open("127.0.0.1", 0)
        servers.append(server)
        tasks.append(asyncio.create_task(server.ticking()))
        return server, f"ws://127.0.0.1:{port}"

    yield open_one
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for server in servers:
        await server.close()


@pytest.fixture
def planted_process() -> Iterator[Callable[..., dict[str, Any]]]:
    """`planted_process("--sin", "drop")` → what the process says of itself; it is ended afterwards."""
    children: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> dict[str, Any]:
        child = subprocess.Popen([sys.executable, str(_PLANTED), *arguments], stdout=subprocess.PIPE, text=True)
        children.append(child)
        assert child.stdout is not None
        return {**json.loads(child.stdout.readline()), "pid": child.pid}

    yield start
    for child in children:
        child.kill()
        child.wait()
        assert child.stdout is not None
        child.stdout.close()
