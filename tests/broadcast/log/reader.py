"""A reader that follows a log in a task of its own and remembers what it was shown."""

import asyncio
import contextlib
from types import TracebackType
from typing import Any

from broadcast.core.entries import Chat, Draft, Entry, Person, Role
from broadcast.core.history import Interrupted, Shown, Snapshot
from broadcast.core.position import LogId, MemberId, Position
from broadcast.log.follow import follow
from broadcast.log.port import Log

DEMO = LogId("demo")
ADA = Person(id=MemberId("m-ada"), name="Ada", role=Role.ATTENDEE)


def draft(text: str, **more: Any) -> Draft:
    return Draft(body=Chat(author=ADA, text=text), key=f"k-{text}", author=ADA.id, **more)


class Reader:
    """Follows while it is entered."""

    def __init__(self, log: Log, since: Position | None = None, limit: int = 1_000) -> None:
        self.shown: list[Shown] = []
        self._log, self._since, self._limit = log, since, limit

    @property
    def texts(self) -> list[str]:
        """What was said, as the reader has it: since the newest snapshot that was not whole."""
        texts: list[str] = []
        for item in self.shown:
            if isinstance(item, Snapshot):
                texts = [entry.body.text for entry in item.entries if isinstance(entry.body, Chat)]
            elif isinstance(item, Entry) and isinstance(item.body, Chat):
                texts.append(item.body.text)
        return texts

    @property
    def snapshots(self) -> list[Snapshot]:
        return [item for item in self.shown if isinstance(item, Snapshot)]

    @property
    def kinds(self) -> list[str]:
        return [type(item).__name__ for item in self.shown]

    @property
    def is_interrupted(self) -> bool:
        return bool(self.shown) and isinstance(self.shown[-1], Interrupted)

    async def _read(self) -> None:
        async with contextlib.aclosing(follow(self._log, DEMO, self._since, self._limit)) as items:
            async for item in items:
                self.shown.append(item)

    async def __aenter__(self) -> "Reader":
        self.task = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.task.cancel()
        await asyncio.wait([self.task], timeout=5)
        assert self.task.done()
