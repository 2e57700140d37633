"""A member of a room, as a test needs one: says hello, sends commands, remembers everything it hears."""

import asyncio
import json
from contextlib import suppress
from types import TracebackType
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError

from tests.waiting import until


class Member:
    """Connected to `base` (an http url) in `room` while the block runs; `heard` has every message."""

    def __init__(self, base: str, room: str = "demo", **hello: Any) -> None:
        self._url = f"ws{base.removeprefix('http')}/live/{room}"
        self._origin = base
        self._hello = {"type": "hello", "token": None, "name": "Ada", "position": None, "media": "none", **hello}
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self.heard: list[dict[str, Any]] = []
        self.closed: int | None = None

    async def __aenter__(self) -> "Member":
        self._socket = await connect(self._url, subprotocols=["live.v1.json"], origin=self._origin)  # type: ignore[list-item, arg-type]
        self._reader = asyncio.create_task(self._read(self._socket))
        await self._socket.send(json.dumps(self._hello))
        await self.hears("welcome")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._socket is not None
        assert self._reader is not None
        await self._socket.close()
        await self._reader

    async def say(self, type_: str, key: str, **fields: Any) -> dict[str, Any]:
        """Send a command; its ack or reject."""
        assert self._socket is not None
        await self._socket.send(json.dumps({"type": type_, "key": key, **fields}))
        return await self.hears("ack", "reject", key=key)

    async def hears(self, *types: str, within_s: float = 10, **fields: Any) -> dict[str, Any]:
        """The newest message of one of `types` with these fields, waiting for it if need be."""

        def found() -> dict[str, Any] | None:
            for message in reversed(self.heard):
                if message["type"] in types and fields.items() <= message.items():
                    return message
            return None

        return await until(found, within_s, f"{types} {fields} in {self.heard[-5:]}")  # type: ignore[return-value]

    def all(self, type_: str) -> list[dict[str, Any]]:
        """Every message of a type, in order."""
        return [message for message in self.heard if message["type"] == type_]

    async def _read(self, socket: ClientConnection) -> None:
        with suppress(ConnectionClosedError):
            async for message in socket:
                if isinstance(message, str):
                    self.heard.append(json.loads(message))
        self.closed = socket.close_code
