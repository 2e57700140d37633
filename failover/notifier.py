"""Tells people outside the room: drives the notices of one event, claims each in the record, hands it to the lane, and
keeps what was sent for the operator's page. It decides nothing; `core.notices` does. The guarded event owns one.
"""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from broadcast.core.errors import Outage
from broadcast.driver import Driver
from failover import letters
from failover.core.notices import (
    Answer,
    Claim,
    ClaimAnswered,
    Fate,
    NoticeEffect,
    NoticeEvent,
    NoticeKey,
    NoticePolicy,
    Notices,
    NotSent,
    Rest,
    Send,
    Sent,
    Settle,
    TakenOver,
    Wanted,
)
from failover.directory import Contact
from failover.lanes.port import Lane, Message, NotTaken
from failover.letters import Letter
from failover.tasks import Tasks

# A claim is begun at once by whoever lives; sending is over after the lane's own deadline; a pause has to outlast the
# longest wait for the next try. Whoever takes a claim over must find time to do so before the notice is too late.
CLAIM_HOLD_MS = 10_000
SEND_HOLD_MS = 45_000
PAUSE_HOLD_MS = 60_000
CONFIRM_STEP = "confirm"

log = structlog.get_logger(__name__)


class Book(Protocol):
    """Where claims and mail are kept."""

    async def claim(
        self, key: NoticeKey, event: str, address: str, holder: str, now_ms: int, *, hold_ms: int
    ) -> Answer: ...

    async def begin(self, key: NoticeKey, holder: str, now_ms: int, *, hold_ms: int) -> bool: ...

    async def pause(self, key: NoticeKey, holder: str, now_ms: int, *, hold_ms: int, why: str) -> None: ...

    async def settle(self, key: NoticeKey, holder: str, fate: Fate, why: str, lane: str) -> None: ...

    async def keep_mail(self, row: dict[str, Any]) -> None: ...


@dataclass(frozen=True, slots=True)
class _Mail:
    address: str
    letter: Letter


class Notifier:
    """Everyone outside the room of one event. `settled` hears of each notice's fate (for the metrics)."""

    def __init__(
        self,
        event: str,
        holder: str,
        book: Book,
        lane: Lane,
        *,
        policy: NoticePolicy | None = None,
        settled: Callable[[Fate], None] = lambda _: None,
    ) -> None:
        self._event = event
        self._holder = holder
        self._book = book
        self._lane = lane
        self._settled = settled
        self._mails: dict[NoticeKey, _Mail] = {}
        self._tasks = Tasks(self._died)
        self.notices = Notices(policy or NoticePolicy())
        self._driver: Driver[NoticeEvent, NoticeEffect] = Driver(self.notices, self._act)

    def tell_moved(self, incident: str, number: int, *, title: str, words: str, contacts: Sequence[Contact]) -> None:
        """Send every confirmed contact their link into the room where the audience is now."""
        for contact in contacts:
            if contact.confirmed and contact.backup_url:
                letter = letters.moved(title=title, name=contact.name, words=words, link=contact.backup_url)
                self._want(NoticeKey(incident, str(number), contact.id), contact, letter)

    def ask_to_confirm(self, *, title: str, contacts: Sequence[Contact]) -> None:
        """Send everyone who has not confirmed their address the link to do so, once ever, be it late."""
        for contact in contacts:
            if not contact.confirmed and contact.confirm_url:
                key = NoticeKey(f"{self._event}:{CONFIRM_STEP}", CONFIRM_STEP, contact.id)
                if self.notices.fate(key) is None:
                    letter = letters.confirm(title=title, name=contact.name, link=contact.confirm_url)
                    self._want(key, contact, letter, lasts=True)

    async def close(self) -> None:
        """Begin nothing more, and give what is under way a moment to end."""
        self._driver.close()
        await self._tasks.cancel(after_s=1.0)

    def _want(self, key: NoticeKey, contact: Contact, letter: Letter, *, lasts: bool = False) -> None:
        if self.notices.fate(key) is None:
            self._mails[key] = _Mail(contact.address, letter)
            self._feed(Wanted(key, lasts))
            if self.notices.fate(key) is None:
                log.error("too many are to be told; one will not be", show=self._event, contact=contact.id)

    def _feed(self, event: Wanted | ClaimAnswered | Sent | NotSent | TakenOver) -> None:
        self._driver.feed(event)
        fate = self.notices.fate(event.key)
        if fate is None or fate.final:
            self._mails.pop(event.key, None)

    def _act(self, effect: NoticeEffect) -> None:
        match effect:
            case Claim(key):
                self._tasks.spawn(self._claim(key))
            case Send(key):
                self._tasks.spawn(self._send(key))
            case Settle(key, fate, why):
                self._settled(fate)
                self._tasks.spawn(self._settle(key, self._mails.pop(key), fate, why))
            case Rest(key, why):
                log.warning("a notice was not taken for so long that it rests", show=self._event, why=why)
                self._tasks.spawn(self._keep_mail(key, self._mails[key], Fate.LOST))

    def _died(self, fault: BaseException) -> None:
        log.error("a task of the notifier died", show=self._event, exc_info=fault)

    async def _claim(self, key: NoticeKey) -> None:
        try:
            answer = await self._book.claim(
                key, self._event, self._mails[key].address, self._holder, _now_ms(), hold_ms=CLAIM_HOLD_MS
            )
        except Outage:
            answer = Answer.AWAY
        except Exception:  # a bug: the notice must not keep its place among those under way for ever
            log.exception("a notice could not be claimed", show=self._event)
            answer = Answer.AWAY
        self._feed(ClaimAnswered(key, answer, random.random()))  # noqa: S311  # jitter

    async def _send(self, key: NoticeKey) -> None:
        answer: Sent | NotSent | TakenOver
        try:
            answer = await self._sent(key)
        except Exception as fault:  # a bug: the notice must not keep its place among those under way for ever
            log.exception("a notice could not be sent", show=self._event)
            answer = NotSent(key, f"a fault of this program: {type(fault).__name__}", again=False)
        self._feed(answer)

    async def _sent(self, key: NoticeKey) -> Sent | NotSent | TakenOver:
        mail = self._mails[key]
        chance = random.random()  # noqa: S311  # jitter
        message = Message(
            key=":".join((key.incident, key.step, key.contact, key.channel)),
            to=mail.address,
            subject=mail.letter.subject,
            text=mail.letter.text,
            html=mail.letter.html,
        )
        try:
            if not await self._book.begin(key, self._holder, _now_ms(), hold_ms=SEND_HOLD_MS):
                return TakenOver(key)
            await self._lane.send(message)
        except Outage:
            return NotSent(key, "the record is away", again=True, chance=chance)
        except NotTaken as fault:
            log.info("a notice was not taken", show=self._event, why=fault.why, again=fault.again)
            if fault.again and not fault.unsure:
                await self._pause(key, fault.why)
            return NotSent(key, fault.why, again=fault.again, unsure=fault.unsure, chance=chance)
        return Sent(key)

    async def _pause(self, key: NoticeKey, why: str) -> None:
        try:
            await self._book.pause(key, self._holder, _now_ms(), hold_ms=PAUSE_HOLD_MS, why=why)
        except Outage:
            log.warning("the record is away; a notice's pause was not written down", show=self._event)

    async def _settle(self, key: NoticeKey, mail: _Mail, fate: Fate, why: str) -> None:
        try:
            await self._book.settle(key, self._holder, fate, why, self._lane.name)
        except Outage:
            log.warning("the record is away; a notice's fate was not written down", show=self._event, fate=fate)
        else:
            await self._keep_mail(key, mail, fate)

    async def _keep_mail(self, key: NoticeKey, mail: _Mail, fate: Fate) -> None:
        status = {Fate.REACHED: "sent", Fate.UNSURE: "unsure"}.get(fate, "failed")
        row = {
            "event": self._event,
            "at_ms": _now_ms(),
            "recipient": mail.address,
            "subject": mail.letter.subject,
            "text": mail.letter.text,
            "status": status,
            "lane": self._lane.name,
            "incident": key.incident,
            "step": key.step,
        }
        try:
            await self._book.keep_mail(row)
        except Outage:
            log.warning("the record is away; a mail was not written down", show=self._event, status=status)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
