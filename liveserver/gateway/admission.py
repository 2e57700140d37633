"""From a hello to a person in a room, or to the code that says why not.

It keeps nobody and sends nothing: it reads the token, looks the room up, and asks the log how somebody stands. The
reception calls it once per hello.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from broadcast import token as tokens
from broadcast.core.codes import Close
from broadcast.core.commands import Hello
from broadcast.core.entries import Person, Role
from broadcast.core.errors import Outage, PeerFault
from broadcast.core.position import EventId, MemberId, RoomId
from broadcast.log.port import Log
from broadcast.token import ANY_EVENT, Grant
from liveserver.core.grants import may_enter
from liveserver.core.moderation import Removal, removal
from liveserver.gateway.directory import Directory, RoomInfo
from liveserver.gateway.knobs import Knobs

KNOWN_FOR_S = 5.0


@dataclass(frozen=True, slots=True)
class Entrance:
    """Somebody who may come in. `token` is what to give in the next hello.

    `unasked` is why their standing could not be asked for, if it couldn't: then the room's own memory must do.
    """

    person: Person
    token: str
    info: RoomInfo
    unasked: Outage | None = None


class Admission:
    """`clock` gives Unix seconds."""

    def __init__(self, log: Log, directory: Directory, knobs: Knobs, *, clock: Callable[[], float] = time.time) -> None:
        self._log = log
        self._directory = directory
        self._knobs = knobs
        self._clock = clock
        self._known: dict[RoomId, tuple[float, RoomInfo]] = {}

    async def admit(self, hello: Hello, room: RoomId) -> Entrance:
        """Who comes in, and where. PeerFault(Close) for who may not; Outage where it can't be known."""
        grant = None if hello.token is None else tokens.verify(hello.token, self._knobs.secret)
        info = await self.info(room)
        if info is None:
            raise PeerFault(Close.UNKNOWN_ROOM, "There is no such room")
        person, token = self._guest(hello, info) if grant is None else _known(grant, hello.token or "", info)
        unasked = None
        if hello.token is not None:
            try:
                found = await self.removal(info.event, person.id)
            except Outage as outage:
                unasked = outage
            else:
                if found is not None:
                    raise PeerFault(found.code, found.reason)
        return Entrance(person, token, info, unasked)

    async def info(self, room: RoomId) -> RoomInfo | None:
        """The room, as looked up within the last seconds; while the records are away, as it was known."""
        now = self._clock()
        known = self._known.get(room)
        if known is not None and now < known[0] + KNOWN_FOR_S:
            return known[1]
        try:
            found = await self._directory.room(room)
        except Outage:
            if known is None:
                raise
            return known[1]
        if found is None:
            self._known.pop(room, None)
        else:
            self._known[room] = (now, found)
        return found

    async def removal(self, event: EventId, member: MemberId) -> Removal | None:
        """What keeps somebody out of the event now, if anything. Raises Outage."""
        return removal(await self._log.standing(event, member), int(self._clock() * 1000))

    def _guest(self, hello: Hello, info: RoomInfo) -> tuple[Person, str]:
        if not info.guests:
            raise PeerFault(Close.FORBIDDEN, "This room admits nobody without a personal link")
        name = (hello.name or "").strip()
        if not name:
            raise PeerFault(Close.PROTOCOL, "name: say who you are")
        person = Person(MemberId(f"g-{secrets.token_urlsafe(9)}"), name, Role.ATTENDEE)
        expires_at_s = int(self._clock()) + self._knobs.guest_token_s
        grant = Grant(person.id, person.name, person.role, info.event, expires_at_s)
        return person, tokens.sign(grant, self._knobs.secret)


def _known(grant: Grant, token: str, info: RoomInfo) -> tuple[Person, str]:
    if not may_enter(grant.role):
        raise PeerFault(Close.FORBIDDEN, "This token is for a program, not for a person")
    if grant.event not in (info.event, ANY_EVENT):
        raise PeerFault(Close.TOKEN_INVALID, "This link is for another event")
    return Person(MemberId(grant.id), grant.name, grant.role), token
