"""Welcomes a room's members on this gateway, keeps the place of who falls behind, and takes over who is led here.

It decides nothing: what somebody missed is the archive's to say, what is on air the stage's. Each venue has one; the
reception, the usher and the hub bring it members.
"""

import asyncio
from dataclasses import replace
from typing import Any, Self

from broadcast.core.errors import Outage
from broadcast.core.position import Position
from liveserver.core.outbox import Phase
from liveserver.core.resume import Tail
from liveserver.core.room import Room
from liveserver.gateway import metrics
from liveserver.gateway.archive import Archive
from liveserver.gateway.directory import RoomInfo
from liveserver.gateway.knobs import Knobs
from liveserver.gateway.member import Member
from liveserver.gateway.roster import Roster
from liveserver.gateway.stage import Stage
from liveserver.gateway.transcript import Transcript
from liveserver.gateway.welcome import Past, welcome

NOWHERE = Position("", 0)
"""Where somebody stands who was led to a room and has not been welcomed there yet."""


class Steward:
    """One room's."""

    def __init__(
        self,
        room: Room,
        info: RoomInfo,
        knobs: Knobs,
        archive: Archive,
        transcript: Transcript,
        roster: Roster,
        stage: Stage,
    ) -> None:
        self._room = room
        self._info = info
        self._knobs = knobs
        self._archive = archive
        self._transcript = transcript
        self._roster = roster
        self._stage = stage
        self._loop = asyncio.get_running_loop()

    # ---- coming and going --------------------------------------------------------------------------------------

    async def receive(
        self, member: Member, asked: Position | None, asked_staff: Position | None, told: Tail | None = None
    ) -> None:
        """Take a newcomer in who stands at these positions, if anywhere. `told` is what was said in the room that they
        asked for, where its audience is here now. Raises Outage."""
        past = await self._archive.past(asked, asked_staff, staff=member.is_staff, told=told)
        if member.socket.is_open:
            self._admit(member, past)

    def take_over(self, member: Member, before: Self) -> None:
        """A member is led here from `before`: welcomed, or, where it takes nothing just now, when it does again."""
        cut = member.cut
        before.dismiss(member)
        past = self._archive.newest(staff=member.is_staff, told=before._room.tail)
        if member.outbox.phase in (Phase.LAGGING, Phase.CATCHING):
            member.position, member.staff_position, member.carried = NOWHERE, None, past.carried
            self._roster.add(member)
        else:
            self._admit(member, past, cut=cut)

    def dismiss(self, member: Member) -> None:
        """A member goes; who isn't here is no matter."""
        if member in self._roster:
            self._roster.remove(member)
            self._stage.dismiss(member)

    def _admit(self, member: Member, past: Past, *, cut: int = 0) -> None:
        """Welcome a member and give it everything from here on. `cut` is the last cut number it was sent."""
        member.position = member.staff_position = None
        self._roster.add(member)
        self._greet(member, past)
        self._stage.admit(member, cut)

    # ---- falling behind ----------------------------------------------------------------------------------------

    def fall_behind(self, member: Member) -> None:
        """A member takes nothing more: out of the fan-out, its place kept."""
        self._roster.leave_fanout(member)
        self._stage.dismiss(member)
        member.position = self._room.tail.position
        member.staff_position = self._room.staff_tail.position if member.is_staff else None
        metrics.DROPS.labels("log").inc()

    async def catch_up(self, member: Member) -> bool:
        """A member can take more again: what it missed, or the room anew. False when that can't be known now."""
        try:
            past = await self._archive.past(member.position, member.staff_position, staff=member.is_staff)
        except Outage:
            return False
        if not member.socket.is_open or member not in self._roster:
            return True
        whole = past.known.resumed and (past.staff is None or past.staff.resumed)
        if whole:
            for entry in past.known.entries:
                self.send(member, self._transcript.message(entry))
            for entry in past.staff.entries if past.staff is not None else ():
                self.send(member, self._transcript.message(entry, staff=True))
            self._roster.join_fanout(member)
        else:
            self._greet(member, replace(past, carried=member.carried))
        member.position = member.staff_position = None
        member.carried = ()
        self._stage.thirst(member)
        return True

    # ---- words -------------------------------------------------------------------------------------------------

    def welcome_again(self, member: Member) -> None:
        """What a member has can't be joined to the log any more. Who has fallen behind hears of it on its return."""
        if member.position is None:
            self._greet(member, self._archive.newest(staff=member.is_staff))

    def send(self, member: Member, message: dict[str, Any]) -> None:
        """Say something to one member alone."""
        member.sent_at = self._loop.time()
        member.socket.send(message)

    def _greet(self, member: Member, past: Past) -> None:
        members = self._roster.everywhere
        said = welcome(self._room, self._transcript, self._info, member, past, self._knobs, members=members)
        self.send(member, said.message)
        for entry in said.rest:
            self.send(member, self._transcript.message(entry))
        self._roster.join_fanout(member)
