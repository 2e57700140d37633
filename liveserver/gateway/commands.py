"""Carries out what the session let through: says it to the log, to the payments, or to the stage, and answers once.

It decides no right and no rate (the session did) and keeps no state but what was answered lately. `turns` gives it one
member's commands in order, one at a time.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from broadcast.core import commands as said
from broadcast.core.codes import Reject
from broadcast.core.commands import AnyCommand
from broadcast.core.entries import (
    Chat,
    Deleted,
    Draft,
    EntryBody,
    EventChanged,
    Override,
    Question,
    Standing,
)
from broadcast.core.errors import Outage, PeerFault
from broadcast.core.position import STAFF_SUFFIX, LogId, MemberId, RoomId, room_log, staff_log
from broadcast.log.port import Log, Refused
from liveserver.core import moderation
from liveserver.core.event import Asked, Change, EventCommand, Refuse
from liveserver.core.grants import may_moderate, role_in_id
from liveserver.core.questions import QUESTIONS_EACH_MAX
from liveserver.gateway import answers, metrics
from liveserver.gateway.directory import RoomInfo
from liveserver.gateway.member import Member, Taste
from liveserver.gateway.payment import Payments
from liveserver.gateway.venue import Venue

ANSWERS_MAX = 10_000


class Commands:
    """`look_up` is where rooms are known from; it raises Outage. `clock` gives Unix seconds; `now` monotonic ones."""

    def __init__(
        self,
        log: Log,
        payments: Payments,
        look_up: Callable[[RoomId], Awaitable[RoomInfo | None]],
        *,
        clock: Callable[[], float] = time.time,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log = log
        self._payments = payments
        self._look_up = look_up
        self._clock = clock
        self._now = now
        self._answers: OrderedDict[tuple[MemberId, str], tuple[RoomId, dict[str, Any]]] = OrderedDict()

    async def perform(self, member: Member, venue: Venue, command: AnyCommand) -> None:
        """Carry out one command and answer it."""
        place = (member.person.id, command.key)
        known = self._answers.get(place)
        if known is not None:
            answer = answers.seen_from(venue.room.id, *known)
        else:
            try:
                answer = await self._answer(member, venue, command)
            except PeerFault as fault:
                answer = answers.reject(command.key, fault)
            except Outage as outage:
                answer = answers.unavailable(command.key, outage)
            if answer["type"] == "ack":
                self._remember(place, (venue.room.id, answer))
        outcome = "ack" if answer["type"] == "ack" else str(answer["code"])
        metrics.COMMANDS.labels(str(command.__struct_config__.tag), outcome).inc()
        member.socket.send(answer)

    def _remember(self, place: tuple[MemberId, str], answer: tuple[RoomId, dict[str, Any]]) -> None:
        self._answers[place] = answer
        if len(self._answers) > ANSWERS_MAX:
            self._answers.popitem(last=False)

    async def _answer(self, member: Member, venue: Venue, command: AnyCommand) -> dict[str, Any]:
        match command:
            case said.ChatSend(text=text):
                await self._refuse_moved(venue)
                return await self._say(member, venue, command, Chat(author=member.person, text=text))
            case said.TipSend():
                return await self._tip(member, venue, command)
            case said.QuestionAsk() | said.QuestionAnswer():
                return await self._question(member, venue, command)
            case said.MemberKick() | said.MemberBan() | said.MemberUnban():
                return await self._moderate(member, venue, command)
            case said.MessageDelete():
                return await self._delete(member, venue, command)
            case said.EventOpen() | said.EventStart() | said.EventPause() | said.EventEnd():
                return await self._event(member, venue, command)
            case said.MediaSelect() | said.MediaRefresh() | said.QoeReport():
                return self._watch(member, venue, command)
            case _:
                return await self._override(member, venue, command)

    # ---- said in the room --------------------------------------------------------------------------------------

    async def _refuse_moved(self, venue: Venue) -> None:
        """Staff go ahead in a move: what is said behind their back nobody could withdraw. What was said before and is
        sent again is known in the next room too."""
        if await self._is_left(venue):
            raise PeerFault(Reject.MOVED, "The room is moving: say it again there, under the same key")

    async def _is_left(self, venue: Venue) -> bool:
        ahead = venue.room.leads_to
        return ahead is not None and await self._look_up(ahead) is not None

    async def _say(
        self,
        member: Member,
        venue: Venue,
        command: AnyCommand,
        body: EntryBody,
        *,
        log: LogId | None = None,
        sets: Mapping[str, Any] | None = None,
        standings: Mapping[MemberId, Standing | None] | None = None,
    ) -> dict[str, Any]:
        draft = Draft(
            body=body,
            key=command.key,
            author=member.person.id,
            sets=sets or {},
            standings=standings or {},
        )
        outcome = await self._log.append(log or room_log(venue.room.id), draft)
        if isinstance(outcome, Refused):
            return answers.refused(command.key, outcome.code, outcome.retry_after_s)
        said_in = RoomId(outcome.entry.log.removesuffix(STAFF_SUFFIX))
        ack = {"type": "ack", "key": command.key, "offset": outcome.entry.offset}
        return answers.seen_from(venue.room.id, said_in, ack)

    async def _question(
        self, member: Member, venue: Venue, command: said.QuestionAsk | said.QuestionAnswer
    ) -> dict[str, Any]:
        await self._refuse_moved(venue)
        if isinstance(command, said.QuestionAsk):
            return await self._ask(member, venue, command)
        found = venue.room.questions.get(command.question)
        if found is None:
            raise PeerFault(Reject.NOT_FOUND, "There is no such question", field="question")
        answered = Question(
            id=found.id,
            author=found.author,
            text=found.text,
            state="answered",
            answer=command.text,
            answered_by=member.person,
        )
        return await self._say(member, venue, command, answered, sets={f"question:{found.id}": answered})

    async def _ask(self, member: Member, venue: Venue, command: said.QuestionAsk) -> dict[str, Any]:
        # Ids begin with the time, so that the oldest is known from a map without order, and end with what the command
        # is known by, so that one that is sent again is never one too many.
        origin = hashlib.sha256(f"{len(member.person.id)}:{member.person.id}:{command.key}".encode()).hexdigest()[:24]
        is_known = any(known.id.endswith(origin) for known in venue.room.questions.all())
        if not is_known and venue.room.questions.open_of(member.person.id) >= QUESTIONS_EACH_MAX:
            why = f"{QUESTIONS_EACH_MAX} of your questions wait for an answer: no more until then"
            raise PeerFault(Reject.RATE_LIMITED, why)
        asked_at_us = int(self._clock() * 1_000_000)
        asked = Question(id=f"q{asked_at_us:016d}-{origin}", author=member.person, text=command.text)
        sets: dict[str, Any] = {f"question:{asked.id}": asked}
        superseded = venue.room.questions.superseded()
        if superseded is not None:
            sets[f"question:{superseded}"] = None
        return await self._say(member, venue, command, asked, sets=sets)

    async def _delete(self, member: Member, venue: Venue, command: said.MessageDelete) -> dict[str, Any]:
        if command.room not in (None, venue.room.id) or await self._is_left(venue):
            # Not `moved`: said again there, it would name whatever stands at that offset in the other room.
            raise PeerFault(Reject.WRONG_STATE, "The room has moved; delete it there")
        target = venue.room.withdrawable(command.offset)
        if target is None:
            raise PeerFault(Reject.NOT_FOUND, "There is no such message", field="offset")
        sets = {f"question:{target.id}": None} if isinstance(target, Question) else {}
        body = Deleted(target=command.offset, by=member.person)
        return await self._say(member, venue, command, body, sets=sets)

    async def _moderate(
        self, member: Member, venue: Venue, command: said.MemberKick | said.MemberBan | said.MemberUnban
    ) -> dict[str, Any]:
        target = MemberId(command.member)
        here = venue.roster.someone(target)
        known = here.person if here is not None else venue.room.acquaintance.person(target)
        roles = {role_in_id(target), *([known.role] if known is not None else [])}
        if not all(may_moderate(member.person.role, role) for role in roles):
            raise PeerFault(Reject.FORBIDDEN, "Not against somebody of equal or higher standing", field="member")
        name = known.name if known is not None else ""
        deed = moderation.rule(command, member.person, name, int(self._clock() * 1000))
        return await self._say(member, venue, command, deed.body, standings={target: deed.standing})

    # ---- the event and its plan --------------------------------------------------------------------------------

    async def _event(self, member: Member, venue: Venue, command: EventCommand) -> dict[str, Any]:
        reason = command.text if isinstance(command, said.EventPause | said.EventEnd) else ""
        for effect in venue.room.life.step(Asked(command), self._now()):
            match effect:
                case Refuse(why):
                    raise PeerFault(Reject.WRONG_STATE, why)
                case Change(state):
                    body = EventChanged(state=state, by=member.person, reason=reason)
                    return await self._say(member, venue, command, body, sets={"event": body})
        raise AssertionError("an event's life answers every wish")

    async def _override(self, member: Member, venue: Venue, command: AnyCommand) -> dict[str, Any]:
        by = member.person
        match command:
            case said.ContingencyForce(rung=rung):
                body = Override(action="force", by=by, rung=rung)
            case said.ContingencyPin(rung=rung):
                body = Override(action="pin", by=by, rung=rung)
            case said.ContingencyVeto(for_s=for_s):
                until = moderation.iso(int((self._clock() + for_s) * 1000))
                body = Override(action="veto", by=by, until=until)
            case _:
                body = Override(action="release", by=by)
        sets = {"override": None if body.action == "release" else body}
        return await self._say(member, venue, command, body, log=staff_log(venue.room.id), sets=sets)

    # ---- for one's own eyes ------------------------------------------------------------------------------------

    async def _tip(self, member: Member, venue: Venue, command: said.TipSend) -> dict[str, Any]:
        await self._refuse_silenced(member, venue)
        outcome = await self._payments.tip(
            member.person,
            venue.room.event,
            venue.room.id,
            command.amount,
            command.currency,
            command.text,
            command.key,
        )
        if outcome.status == "refused":
            raise PeerFault(Reject.PAYMENT_REFUSED, outcome.reason or "The payment was refused")
        answer: dict[str, Any] = {"type": "ack", "key": command.key, "tip": outcome.tip, "status": outcome.status}
        if outcome.action_url is not None:
            answer["action"] = {"url": outcome.action_url}
        return answer

    async def _refuse_silenced(self, member: Member, venue: Venue) -> None:
        """Nobody pays for what the room would not show. While the log is away, what the room remembers must do."""
        now_ms = int(self._clock() * 1000)
        try:
            standing = await self._log.standing(venue.room.event, member.person.id)
        except Outage:
            code = Reject.BANNED if venue.room.acquaintance.keeps_out(member.person.id, now_ms) is not None else None
        else:
            code = moderation.silence(standing, now_ms)
        if code is not None:
            raise PeerFault(code, answers.WORDS[code])

    def _watch(
        self, member: Member, venue: Venue, command: said.MediaSelect | said.MediaRefresh | said.QoeReport
    ) -> dict[str, Any]:
        match command:
            case said.MediaSelect(media=media):
                if media != member.taste.media:
                    venue.stage.choose(member, Taste(media, member.taste.accept))
            case said.MediaRefresh(kind=kind):
                venue.stage.refresh(member, kind)
            case said.QoeReport():
                member.qoe, member.qoe_at = command, self._now()
        return {"type": "ack", "key": command.key}
