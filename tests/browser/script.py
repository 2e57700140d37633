"""A script on the public protocol: what a test needs said that no page has a button for."""

import json
import time
from itertools import count
from secrets import token_hex
from types import TracebackType
from typing import Any, Self

from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.browser.deployment import Show


class Script:
    """One member without a page. Context manager."""

    def __init__(self, show: Show, *, token: str | None = None, name: str | None = None, gateway: int = 0) -> None:
        base = show.deployment.gateways[gateway % len(show.deployment.gateways)].replace("http", "ws", 1)
        self._connecting = connect(
            f"{base}/live/{show.name}",
            subprotocols=[Subprotocol("live.v1.json")],
            max_size=None,
            max_queue=None,
            ping_interval=None,
        )
        self._hello = {"type": "hello", "token": token, "name": name, "media": "none"}
        # One person may have several scripts, and a key is the person's.
        self._name, self._keys = token_hex(4), count(1)
        self._socket: ClientConnection

    def hear(self, *kinds: str, within_s: float = 15.0, **fields: Any) -> dict[str, Any]:
        """The next message of one of these types with these fields."""
        end = time.monotonic() + within_s
        while time.monotonic() < end:
            data = self._socket.recv(max(0.01, end - time.monotonic()))
            if isinstance(data, bytes):
                continue
            message: dict[str, Any] = json.loads(data)
            if message["type"] in kinds and all(message.get(name) == value for name, value in fields.items()):
                return message
        raise AssertionError(f"no {kinds} with {fields} within {within_s} s")

    def do(self, command: str, **fields: Any) -> dict[str, Any]:
        """Give a command, and have its answer."""
        key = f"{self._name}-{next(self._keys)}"
        self._socket.send(json.dumps({"type": command, "key": key, **fields}))
        return self.hear("ack", "reject", key=key)

    def __enter__(self) -> Self:
        self._socket = self._connecting.__enter__()
        self._socket.send(json.dumps(self._hello))
        self.welcome = self.hear("welcome")
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self._socket.close()
