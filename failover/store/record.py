"""What the guard writes down: incidents and their steps, who was told, mail that was sent. It decides nothing; doing
any of it twice changes nothing. Every method raises `Outage("record")` where the database is away.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import and_, func, or_, select, update

from failover.core.notices import Answer, Fate, NoticeKey
from failover.store.database import Database
from failover.store.tables import incidents, mail, notices, steps

INCIDENTS_MAX = 200
STEPS_MAX = 400
_WHAT = ("opened", "verdict", "override", "decided", "cut", "moved", "recovered", "held", "notice", "closed")
MAIL_MAX = 500
UNREACHED_MAX = 200
_AT_WORK = (Fate.CLAIMING.value, Fate.SENDING.value)


class Record:
    """The guard's memory."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open_incident(self, incident: str, event: str, room: str, cause: str, at_ms: int) -> None:
        """Begin an incident, unless it is there."""
        row = {
            "id": incident,
            "event": event,
            "room": room,
            "cause": cause[:64],
            "drill": False,
            "opened_at_ms": at_ms,
            "closed_at_ms": None,
        }
        async with self._database.writing() as connection:
            await self._database.insert_new(connection, incidents, row)

    async def add_step(self, key: str, incident: str, number: int, what: str, text: str, at_ms: int) -> None:
        """Add a line to a timeline, unless it is there."""
        row = {"key": key, "incident": incident, "number": number, "what": what, "text": text, "at_ms": at_ms}
        async with self._database.writing() as connection:
            await self._database.insert_new(connection, steps, row)

    async def close_incident(self, incident: str, at_ms: int) -> None:
        """End an incident, unless it has ended."""
        still_open = and_(incidents.c.id == incident, incidents.c.closed_at_ms.is_(None))
        async with self._database.writing() as connection:
            await connection.execute(update(incidents).where(still_open).values(closed_at_ms=at_ms))

    async def claim(
        self, key: NoticeKey, event: str, address: str, holder: str, now_ms: int, *, hold_ms: int
    ) -> Answer:
        """Ask for the right to tell: at most one holder gets it, for `hold_ms`.

        A claim that its holder never began to send is free again when its time is over. One that was being sent then
        is settled as unsure: it may have arrived, and nobody is told twice.
        """
        mine = {"holder": holder, "held_until_ms": now_ms + hold_ms, "fate": Fate.CLAIMING.value}
        row = {**_key(key), **mine, "event": event, "address": address, "lane": "", "why": ""}
        async with self._database.writing() as connection:
            if await self._database.insert_new(connection, notices, row):
                return Answer.WON
            found = (await connection.execute(select(notices).where(_is(key)))).one()
            if found.fate not in _AT_WORK:
                return Answer.SETTLED
            if found.held_until_ms > now_ms:
                return Answer.BUSY
            if found.fate == Fate.SENDING.value:
                unsure = {"fate": Fate.UNSURE.value, "why": "its sender vanished while sending"}
                await connection.execute(update(notices).where(_is(key)).values(**unsure))
                return Answer.SETTLED
            await connection.execute(update(notices).where(_is(key)).values(**mine))
            return Answer.WON

    async def begin(self, key: NoticeKey, holder: str, now_ms: int, *, hold_ms: int) -> bool:
        """Sending begins now; False if the claim is another's by now."""
        still = and_(_is(key), notices.c.holder == holder, notices.c.fate.in_(_AT_WORK))
        change = {"fate": Fate.SENDING.value, "held_until_ms": now_ms + hold_ms}
        async with self._database.writing() as connection:
            return (await connection.execute(update(notices).where(still).values(**change))).rowcount == 1

    async def pause(self, key: NoticeKey, holder: str, now_ms: int, *, hold_ms: int, why: str) -> None:
        """Sending failed for certain, and will be tried again."""
        still = and_(_is(key), notices.c.holder == holder, notices.c.fate == Fate.SENDING.value)
        change = {"fate": Fate.CLAIMING.value, "held_until_ms": now_ms + hold_ms, "why": why[:300]}
        async with self._database.writing() as connection:
            await connection.execute(update(notices).where(still).values(**change))

    async def settle(self, key: NoticeKey, holder: str, fate: Fate, why: str, lane: str) -> None:
        """What became of it."""
        mine = and_(_is(key), notices.c.holder == holder)
        async with self._database.writing() as connection:
            await connection.execute(update(notices).where(mine).values(fate=fate.value, why=why[:300], lane=lane))

    async def keep_mail(self, row: dict[str, Any]) -> None:
        """Keep a mail for the operator's page: `event`, `at_ms`, `recipient`, `subject`, `text`, `status`, `lane`,
        `incident`, `step`."""
        async with self._database.writing() as connection:
            await connection.execute(mail.insert().values(**row))

    async def incidents(self, event: str | None) -> list[dict[str, Any]]:
        """The newest incidents first, each with its steps in order, and who was reached."""
        query = select(incidents).order_by(incidents.c.opened_at_ms.desc(), incidents.c.id.desc()).limit(INCIDENTS_MAX)
        if event is not None:
            query = query.where(incidents.c.event == event)
        async with self._database.reading() as connection:
            found = [dict(row) for row in (await connection.execute(query)).mappings()]
            for incident in found:
                lines = select(steps).where(steps.c.incident == incident["id"])
                lines = lines.order_by(steps.c.number, steps.c.at_ms, steps.c.key).limit(STEPS_MAX)
                found_steps = [dict(row) for row in (await connection.execute(lines)).mappings()]
                incident["steps"] = sorted(found_steps, key=_turn)
                told = select(func.count()).where(notices.c.incident == incident["id"])
                reached = told.where(notices.c.fate == Fate.REACHED.value)
                incident["reached"] = (await connection.execute(reached)).scalar_one()
                missed = select(notices.c.address, notices.c.why, notices.c.fate)
                missed = missed.where(notices.c.incident == incident["id"], _missed()).limit(UNREACHED_MAX)
                incident["not_reached"] = [dict(row) for row in (await connection.execute(missed)).mappings()]
        return found

    async def mails(self) -> list[dict[str, Any]]:
        """The newest mail first."""
        query = select(mail).order_by(mail.c.at_ms.desc(), mail.c.id.desc()).limit(MAIL_MAX)
        async with self._database.reading() as connection:
            return [dict(row) for row in (await connection.execute(query)).mappings()]

    async def fates(self, incident: str) -> dict[str, int]:
        """How many notices of an incident met which fate."""
        query = select(notices.c.fate, func.count()).where(notices.c.incident == incident).group_by(notices.c.fate)
        async with self._database.reading() as connection:
            return {str(fate): int(count) for fate, count in (await connection.execute(query)).all()}


def _key(key: NoticeKey) -> dict[str, str]:
    return {"incident": key.incident, "step": key.step, "contact": key.contact, "channel": key.channel}


def _is(key: NoticeKey) -> Any:  # noqa: ANN401  # SQLAlchemy's own expression
    return and_(*(notices.c[name] == value for name, value in _key(key).items()))


def _turn(step: Mapping[str, Any]) -> tuple[int, int, int]:
    """Where a line stands in its incident: what one step brought about in one millisecond follows from one another."""
    what = step["what"]
    return step["number"], step["at_ms"], _WHAT.index(what) if what in _WHAT else len(_WHAT)


def _missed() -> Any:  # noqa: ANN401  # SQLAlchemy's own expression
    return or_(notices.c.fate == Fate.LOST.value, notices.c.fate == Fate.UNSURE.value)
