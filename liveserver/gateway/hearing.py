"""What one room on a gateway hears: its own log and the staff's, without a hole, and at first what was asked at home.

It understands nothing of it: what comes is handed on in order. Each venue has one, and is open once all of it was heard
of.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import aclosing

from broadcast.core.entries import Moved, Question
from broadcast.core.errors import Outage
from broadcast.core.history import Shown, Snapshot
from broadcast.core.position import LogId, RoomId, event_of, room_log, staff_log
from broadcast.log.follow import follow
from broadcast.log.port import Log

RESTART_S = 1.0

_log = logging.getLogger(__name__)


class Hearing:
    """One room's. `heard` takes what its log shows, `overheard` the staff's, `asked` the questions from home."""

    def __init__(
        self,
        log: Log,
        room: RoomId,
        heard: Callable[[Shown], None],
        overheard: Callable[[Shown], None],
        asked: Callable[[Iterable[Question]], None],
    ) -> None:
        self._log = log
        self._room = room
        self._heard = heard
        self._overheard = overheard
        self._asked = asked
        self._awaited = {"room", "staff", "home"}
        self._open = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Listen, until `stop`."""
        room, staff = room_log(self._room), staff_log(self._room)
        self._tasks = [
            asyncio.create_task(self._follow(room, self._heard, "room"), name=f"follow {room}"),
            asyncio.create_task(self._follow(staff, self._overheard, "staff"), name=f"follow {staff}"),
            asyncio.create_task(self._ask_home(RoomId(event_of(self._room))), name=f"questions for {room}"),
        ]

    def stop(self) -> None:
        """Hear nothing any more."""
        for task in self._tasks:
            task.cancel()

    async def stopped(self) -> None:
        """Return once nothing of it runs any more."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def is_open(self) -> bool:
        """Whether the room's state is known."""
        return self._open.is_set()

    async def opened(self) -> None:
        """Return once the room's state is known."""
        await self._open.wait()

    async def _ask_home(self, home: RoomId) -> None:
        """A room that the event's own audience was moved to has the questions that were asked at home."""
        while self._room != home:
            try:
                state = (await self._log.read(room_log(home), None, 0)).state
            except Outage:
                await asyncio.sleep(RESTART_S)
                continue
            moved = state.get("moved")
            if isinstance(moved, Moved) and moved.room == self._room:
                self._asked(value for value in state.values() if isinstance(value, Question))
            break
        self._note("home")

    async def _follow(self, log: LogId, hear: Callable[[Shown], None], what: str) -> None:
        while True:
            try:
                async with aclosing(follow(self._log, log)) as shown:
                    async for item in shown:
                        hear(item)
                        if isinstance(item, Snapshot):
                            self._note(what)
            except Exception:  # noqa: BLE001 — our own bug: it must not leave a room deaf
                _log.exception("following %s failed; beginning anew", log)
            await asyncio.sleep(RESTART_S)

    def _note(self, what: str) -> None:
        self._awaited.discard(what)
        if not self._awaited:
            self._open.set()
