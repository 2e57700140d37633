"""An event, a log and a record for one term of leading after another; tests end terms in the middle of something."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from broadcast.core.entries import (
    Draft,
    EventChanged,
    EventState,
    RungKind,
)
from broadcast.core.errors import Outage
from broadcast.core.position import EventId, LogId
from broadcast.log.memory import MemoryLog
from broadcast.log.port import Appended, Refused
from failover.chronicle import Chronicle
from failover.core.decision import TellContacts
from failover.core.plan import Plan, RecoveryTimes, Rung
from failover.core.standing import SourceJudged, Surveyed, TargetJudged
from failover.core.verdict import Judged, Verdict
from failover.directory import Contact
from failover.lanes.outbox import OutboxLane
from failover.notifier import Notifier
from failover.store.database import Database
from failover.store.record import Record
from failover.term import Surroundings, Term
from tests.failover.conftest import HOST

K = RungKind
FINE = Judged(Verdict.HEALTHY, Verdict.HEALTHY, "picture and sound are fine")
GONE = Judged(Verdict.FAILED, Verdict.FAILED, "its publisher left", gone=True)
PLAN = Plan(
    rungs=(
        Rung(K.MAIN, "Back."),
        Rung(K.STANDBY, "Second camera."),
        Rung(K.SLATE, "Slate.", leads_on_after_s=0.02),
        Rung(K.BACKUP_ROOM, "Moving.", room="demo.backup", spread_ms=500),
    ),
    recovery=RecoveryTimes(clean_spell_s=0.05),
)
ADA = Contact(id="c1", address="ada@example.org", confirmed=True, backup_url="http://live.example/e/demo.backup?t=ada")
BEN = Contact(id="c2", address="ben@example.org", confirmed=False, backup_url="http://live.example/e/demo.backup?t=ben")


class Fuse(MemoryLog):
    """A log that one process loses for good after so many of its writes."""

    def __init__(self, inner: MemoryLog, writes: int) -> None:
        super().__init__()
        self._inner = inner
        self.left = writes

    async def append(self, log: LogId, draft: Draft) -> Appended | Refused:
        if self.left <= 0:
            raise Outage("log", "the fuse blew")
        self.left -= 1
        return await self._inner.append(log, draft)

    async def read(self, *args: Any) -> Any:
        return await self._inner.read(*args)


@dataclass
class Stage:
    """An event, what is known of its sources, and whoever leads it."""

    folder: Path
    log: MemoryLog = field(default_factory=MemoryLog)
    sources: dict[tuple[str, str], Judged] = field(default_factory=dict)
    terms: list[Term] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    faults: list[BaseException] = field(default_factory=list)
    notifiers: list[Notifier] = field(default_factory=list)
    deaf: bool = False

    async def open(self) -> None:
        self.database = Database(f"sqlite+aiosqlite:///{self.folder / 'record.db'}")
        await self.database.open()
        self.record = Record(self.database)
        self.chronicle = Chronicle(self.record)
        self.chronicle.start()
        await self.say("demo", EventChanged(state=EventState.LIVE), event=EventChanged(state=EventState.LIVE))

    async def close(self) -> None:
        for term in self.terms:
            term.stop()
        for notifier in self.notifiers:
            await notifier.close()
        await self.chronicle.close()
        await self.database.close()

    async def say(self, log: str, body: Any, **sets: Any) -> None:
        await self.log.append(LogId(log), Draft(body=body, key=f"t{id(body)}", author=HOST.id, sets=sets))

    def judged(self) -> tuple[SourceJudged, ...]:
        return tuple(SourceJudged(room, name, each) for (room, name), each in self.sources.items())

    def judge(self, **sources: Judged) -> Surveyed:
        for name, each in sources.items():
            self.sources["demo", name] = each
        return Surveyed(self.judged())

    def around(self, log: MemoryLog) -> Surroundings:
        return Surroundings(
            event="demo",
            plan=PLAN,
            primary="demo",
            backup="demo.backup",
            base_url="http://live.example",
            log=log,
            scribe=self.chronicle,
            tell=self._teller(),
            counted=lambda _: None,
            now_ms=lambda: 1_000_000 + len(self.terms),
        )

    async def lead(self, name: str, log: MemoryLog | None = None) -> Term:
        lease = await self.log.take_lease(EventId("demo"), name, 60)
        assert lease is not None
        term = Term(self.around(log or self.log), lease, lambda: True, self.lost.append, self.faults.append)
        self.terms.append(term)
        await term.begin(self.judged, lambda: TargetJudged(Verdict.HEALTHY, "a gateway answers"))
        return term

    async def depose(self, name: str) -> None:
        """As SIGKILL would have it: nothing that was begun is finished, be it a mail."""
        self.terms[-1].stop()
        self.notifiers[-1]._driver.close()
        for task in self.notifiers[-1]._tasks._held:
            task.cancel()
        await self.log.drop_lease(EventId("demo"), name)

    async def bodies(self, kind: type, log: str = "demo") -> list[Any]:
        reading = await self.log.read(LogId(log), None, 1_000)
        return [entry.body for entry in reading.entries if isinstance(entry.body, kind)]

    async def fates(self) -> dict[str, int]:
        kept = (await self.state()).get("step")
        return {} if not kept else await self.record.fates(str(kept["decision"]["incident"]))

    async def state(self, log: str = "demo") -> dict[str, Any]:
        return (await self.log.read(LogId(log), None, 1)).state

    def _teller(self) -> Callable[[TellContacts], None]:
        notifier = Notifier("demo", f"n{len(self.notifiers)}", self.record, OutboxLane())
        self.notifiers.append(notifier)
        deaf = self.deaf

        def tell(tell: TellContacts) -> None:
            if not deaf:
                notifier.tell_moved(tell.incident, tell.number, title="Demo", words=tell.words, contacts=[ADA, BEN])

        return tell


@asynccontextmanager
async def staged(folder: Path) -> AsyncIterator[Stage]:
    stage = Stage(folder)
    await stage.open()
    try:
        yield stage
    finally:
        await stage.close()


async def written(stage: Stage) -> bool:
    """Everything that follows from the move stands in the logs."""
    told = (await stage.state("demo!staff")).get("incident")
    kept = (await stage.state()).get("step")
    return bool(kept and kept["decision"]["to"] and told and told["number"] == kept["decision"]["number"])


async def finished(stage: Stage) -> bool:
    """Everything that follows from the move has been written, told and recorded."""
    return await written(stage) and await told_once(stage)


async def closed(stage: Stage) -> bool:
    """The incident has ended, in the room where the audience is and in the record."""
    told = (await stage.state("demo.backup!staff")).get("incident")
    incidents = await stage.record.incidents("demo")
    return bool(told and told["closed"] and incidents and incidents[0]["closed_at_ms"] is not None)


async def told_once(stage: Stage) -> bool:
    """Ada has her mail; or her sender died while sending, and it is written down that she may have it."""
    assert len(await stage.record.mails()) <= 1
    return await stage.fates() in ({"reached": 1}, {"unsure": 1})


async def night(stage: Stage, term: Term) -> None:
    """The main camera goes, then the second one; the slate leads to the backup room."""
    term.feed(stage.judge(main=FINE, standby=FINE))
    term.feed(stage.judge(main=GONE))
    term.feed(stage.judge(standby=GONE))
