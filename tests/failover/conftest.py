"""A small world around the guard: a media node and a gateway that speak the seams' protocol over real sockets, and a
log in memory. Tests break things in it, and look at what the guard writes.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute

from broadcast.core.entries import Cut, Draft, Entry, EntryBody, EventChanged, EventState, Override, Person, Role, Step
from broadcast.core.position import LogId, MemberId
from broadcast.log.memory import MemoryLog
from failover.guard import Guard
from failover.lanes.port import Lane
from failover.settings import GuardSettings
from failover.store.database import Database
from failover.store.record import Record
from tests.failover.neighbours import SECRET, Gateway, MediaNode
from tests.waiting import until

HOST = Person(id=MemberId("host-1"), name="Hana", role=Role.HOST)

PLAN = """\
version = 1
[show]
goes_live = "first_publisher"
[owners]
lead = "Ada Example"
[recovery]
clean_spell_s = 0.8
[[rung]]
kind = "main"
[[rung]]
kind = "standby"
words = "You're on the second camera."
[[rung]]
kind = "audio"
[[rung]]
kind = "slate"
leads_on_after_s = 1
[[rung]]
kind = "backup_room"
room = "demo.backup"
words = "We're moving to the backup room."
"""


class World:
    """Everything around the guards of one test."""

    def __init__(self, folder: Path) -> None:
        self.log = MemoryLog()
        self.media = MediaNode()
        self.gateway = Gateway(
            events=[
                {
                    "id": "demo",
                    "title": "A demo",
                    "host": "Hana",
                    "room": "demo",
                    "backup_room": "demo.backup",
                    "plan": PLAN,
                    "base_url": "http://live.example",
                }
            ]
        )
        self.url = ""
        self._folder = folder
        self._guards: list[Guard] = []

    def settings(self, node: str) -> GuardSettings:
        return GuardSettings(
            secret=SECRET,
            node_id=node,
            media_nodes=(self.url,),
            gateways=(self.url,),
            database_url=f"sqlite+aiosqlite:///{self._folder / 'guard.db'}",
            lease_ttl_s=1.2,
        )

    async def guard(self, node: str = "g1", *, lane: Lane | None = None, log: Any = None, **more: Any) -> Guard:
        made = Guard(replace(self.settings(node), **more), log or self.log, lane=lane)
        self._guards.append(made)
        await made.start()
        return made

    async def say(self, body: EntryBody, *, log: str = "demo", **sets: Any) -> None:
        key = f"test:{time.monotonic_ns()}"
        await self.log.append(LogId(log), Draft(body=body, key=key, author=HOST.id, sets=sets))

    async def turn(self, state: EventState, log: str = "demo") -> None:
        body = EventChanged(state=state, by=HOST)
        await self.say(body, log=log, event=body)

    async def override(self, override: Override, log: str = "demo!staff") -> None:
        await self.say(override, log=log, override=None if override.action == "release" else override)

    async def entries(self, log: str = "demo") -> list[Entry]:
        return list((await self.log.read(LogId(log), None, 1_000)).entries)

    async def bodies(self, kind: type, log: str = "demo") -> list[Any]:
        return [entry.body for entry in await self.entries(log) if isinstance(entry.body, kind)]

    async def cuts(self, log: str = "demo") -> list[tuple[str, str | None]]:
        return [(cut.rung.value, cut.source) for cut in await self.bodies(Cut, log)]

    async def live(self) -> None:
        """The show goes live with its main camera, and has a second one."""
        await self.turn(EventState.OPEN)
        self.media.publish("demo", "main")
        await self.on("main")
        self.media.publish("demo", "standby")
        await self.healthy("standby")

    async def steps(self, log: str = "demo!staff") -> list[str]:
        """What the timeline says, in one word each."""
        return [step.what for step in await self.bodies(Step, log)]

    async def on(self, rung: str, *, log: str = "demo", within_s: float = 5.0) -> None:
        async def there() -> bool:
            cuts = await self.cuts(log)
            return bool(cuts) and cuts[-1][0] == rung

        await until(there, within_s, f"on {rung}")

    async def healthy(self, source: str, room: str = "demo") -> None:
        """Some leader thinks well of `source`."""
        await until(lambda: self._verdict(room, source) == "healthy", 5, f"{source} is healthy")

    async def unhealthy(self, source: str, room: str = "demo") -> None:
        """Some leader has condemned `source`."""
        await until(lambda: self._verdict(room, source) == "failed", 5, f"{source} has failed")

    def _verdict(self, room: str, source: str) -> str | None:
        for guard in self._guards:
            for guarded in guard.charges.held.values():
                if guarded.controller.leads:
                    judged = {(each.room, each.source): each.judged for each in guarded.controller.watch.judged()}
                    return judged[room, source].video.value
        return None

    async def ask(self, path: str, guard: Guard) -> Any:
        """An HTTP answer of a guard's own routes."""
        app = Starlette(routes=guard.routes())
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://guard") as client:
            token = guard._token()
            answer = await client.get(path, headers={"Authorization": f"Bearer {token}"})
            return answer.json()

    async def close(self) -> None:
        for guard in self._guards:
            await guard.close()
        await self.log.close()


@contextlib.asynccontextmanager
async def serving(app: Starlette, port: int = 0) -> AsyncIterator[str]:
    """`app` on a real socket; its base url."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_config=None, ws="websockets-sansio", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started, 5, "the server started")
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


@pytest.fixture
async def record(tmp_path: Path) -> AsyncIterator[Record]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'r.db'}")
    await database.open()
    yield Record(database)
    await database.close()


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    monkeypatch.setattr("failover.directory.EVERY_S", 0.2)
    monkeypatch.setattr("failover.guard.TEND_EVERY_S", 0.2)
    monkeypatch.setattr("failover.guarded.CONTACTS_EVERY_S", 0.2)
    made = World(tmp_path)
    app = Starlette(
        routes=[
            WebSocketRoute("/feeds", made.media.serve),
            Route("/api/v1/events/{room}", made.gateway.show_room),
            Route("/api/v1/node/events", made.gateway.list_events),
            Route("/api/v1/node/events/{event}/contacts", made.gateway.list_contacts),
        ]
    )
    async with serving(app) as url:
        made.url = url
        try:
            yield made
        finally:
            await made.close()
