"""What a room's viewers are sent: the programme's source from its newest key frame, one copy for each group of viewers.

It obeys the programme machine and moves bytes; it never chooses a source. One per venue: the venue tells it what the
log says and who comes and goes, the upstream brings sources and frames.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable

from broadcast.core.entries import Kind, RungKind
from broadcast.core.frame import Frame
from broadcast.core.position import RoomId
from broadcast.core.programme import (
    ProgrammeEvent,
    Report,
    Send,
    SourceDown,
    SourceUp,
)
from broadcast.core.wire import Wire
from liveserver.core.outbox import DropMedia, KeyCame, Measured, TakeMedia
from liveserver.core.outbox import Phase as OutboxPhase
from liveserver.gateway import metrics
from liveserver.gateway.air import Air, Feeds
from liveserver.gateway.audience import RECENT_S, Audience, Pace
from liveserver.gateway.beginning import Beginnings
from liveserver.gateway.group import Cache, Group, unsupported
from liveserver.gateway.member import Member, Taste
from liveserver.gateway.numbering import Numbering
from liveserver.gateway.reel import Reel


class Stage:
    """One room's, on this gateway. `report` takes the programme's witness reports."""

    def __init__(self, room: RoomId, feeds: Feeds, pace: Pace, report: Callable[[Report], None]) -> None:
        self._room = room
        self._feeds = feeds
        self._pace = pace
        self._loop = asyncio.get_running_loop()
        self._groups: dict[tuple[Wire, Taste, int], Group] = {}
        self._seats: dict[Member, Group] = {}
        self._thirsty: set[Member] = set()
        self._numbers = Numbering()
        self._beginnings = Beginnings()
        self._shown: tuple[str, str] | None = None
        self._air = Air(room, feeds, self._show, report)

    # ---- venue's side ------------------------------------------------------------------------------------------

    @property
    def sending(self) -> Send:
        """What is on air here."""
        return self._air.sending

    @property
    def rung(self) -> RungKind:
        """The rung this gateway's members are on."""
        return self._air.rung

    @property
    def viewers(self) -> list[Member]:
        """Members who receive media, or would if they could."""
        return [member for member in (*self._seats, *self._thirsty) if member.taste.media != "none"]

    def tell(self, event: ProgrammeEvent) -> None:
        """Something the programme must hear of."""
        self._air.tell(event)

    def admit(self, member: Member, cut: int = 0) -> None:
        """Seat a newcomer, who begins with everything since the newest key frame. `cut`: the last it was sent.

        Who was sent no media where it comes from begins with the next key frame instead."""
        member.cut = cut + 1 if self._shown is not None else cut
        if member.outbox.phase is OutboxPhase.DRY:
            self._thirsty.add(member)
            return
        self._seat(member, frozenset(Kind), begun=())

    def dismiss(self, member: Member) -> None:
        """The member goes, or has fallen behind."""
        self._thirsty.discard(member)
        group = self._seats.pop(member, None)
        if group is not None:
            group.audience.remove(member)
            if not group.audience:
                self._groups.pop((group.wire, group.taste, group.cut), None)

    def choose(self, member: Member, taste: Taste) -> None:
        """The member wants something else (audio only, or the picture again); what goes on goes on unbroken."""
        before = member.taste
        seated, thirsty = member in self._seats, member in self._thirsty
        self.dismiss(member)
        member.taste = taste
        if thirsty:
            self._thirsty.add(member)
        if not seated:
            return
        self._seat(member, frozenset(kind for kind in Kind if not before.wants(kind)), begun=self._numbers.all())

    def refresh(self, member: Member, kind: Kind) -> None:
        """A decoder failed: send again from the newest key frame, and ask the source for a new one."""
        source = self.sending.source
        if source is None or member not in self._seats:
            return
        self._feeds.refresh(self._room, source)
        self._begin(member, self._seats[member], frozenset({kind}), begun=self._numbers.all())

    def thirst(self, member: Member) -> None:
        """The member is back after falling behind: media from the next key frame on, as a new cut of its own, for it
        has missed whatever was cut meanwhile."""
        self.dismiss(member)
        member.cut += 1
        self._thirsty.add(member)

    def group_of(self, member: Member) -> Group | None:
        """Where the member sits."""
        return self._seats.get(member)

    def sweep(self, now: float) -> None:
        """Whose oldest unsent picture is half a second old is sent none up to the next key frame."""
        for group in [group for group in self._groups.values() if group.taste.media != "none"]:
            recent = group.audience.recent_bytes(now)
            for member in list(group.audience):
                unsent = member.socket.unsent_bytes
                if unsent <= recent:
                    continue
                if member.burst_at >= now - RECENT_S and unsent <= recent + member.burst_bytes:
                    continue
                for effect in member.outbox.step(Measured(unsent, recent), now):
                    if isinstance(effect, DropMedia):
                        self._dry(member)

    def close(self) -> None:
        """Nothing is sent from here on."""
        self._air.close()

    # ---- upstream's side ---------------------------------------------------------------------------------------

    def source_up(self, source: str) -> None:
        """A source is there, or there again under a new session."""
        self._air.tell(SourceUp(source))

    def source_down(self, source: str) -> None:
        """A source is gone."""
        self._air.tell(SourceDown(source))

    def framed(self, reel: Reel, frame: Frame) -> None:
        """A frame of one of the room's feeds came."""
        if frame.key and self._air.changes_at(reel):
            self._offer(reel)
            return
        sending = self.sending
        if reel.source != sending.source or reel.kind not in sending.kinds:
            return
        if self._shown != (reel.source, reel.session):
            self._recut((reel.source, reel.session))
        number = self._numbers.of(reel)
        cache = Cache(frame, number)
        for group in list(self._groups.values()):
            if group.takes(reel):
                group.send(reel, number, frame, cache)
            elif group.taste.wants(reel.kind) and number not in group.begun:
                group.begun.add(number)
                group.audience.send(unsupported(reel, group.wire))
        if self._thirsty and (frame.key or reel.kind is Kind.AUDIO):
            self._offer(reel)

    # ---- what is on air ----------------------------------------------------------------------------------------

    def _show(self, send: Send) -> None:
        if self._shown is not None and self._shown[0] != send.source:
            self._shown = None
        self._stop_all_but(send.kinds)
        self._begin_all()

    def _stop_all_but(self, kinds: frozenset[Kind]) -> None:
        over = self._numbers.of_kinds(frozenset(Kind) - kinds)
        for group in self._groups.values():
            group.started = {number: form for number, form in group.started.items() if number not in over}

    def _begin_all(self) -> None:
        """Begin what is on air for everyone at once, where there is a key frame to begin with; leave what goes on."""
        reels = [(reel, number) for reel, number in self._on_air() if reel.frames]
        if not reels:
            return
        shown = (reels[0][0].source, reels[0][0].session)
        if self._shown != shown:
            self._recut(shown)
        for group in self._groups.values():
            fresh = [(reel, number) for reel, number in reels if group.takes(reel) and number not in group.started]
            data = self._beginnings.of(fresh, group.wire, group.cut, group.begun)
            if data:
                group.audience.send(data)
                self._mark(group, fresh)

    def _recut(self, shown: tuple[str, str]) -> None:
        """From here on a new cut number for everyone."""
        self._shown = shown
        regrouped: dict[tuple[Wire, Taste, int], Group] = {}
        for group in self._groups.values():
            group.recut()
            regrouped[group.wire, group.taste, group.cut] = group
            for member in group.audience:
                member.cut = group.cut
        self._groups = regrouped
        for member in self._thirsty:
            member.cut += 1

    # ---- seats -------------------------------------------------------------------------------------------------

    def _seat(self, member: Member, kinds: frozenset[Kind], *, begun: Collection[int]) -> None:
        wire = member.socket.wire
        place = (wire, member.taste, member.cut)
        group = self._groups.get(place)
        if group is None:
            group = self._groups[place] = Group(wire, member.taste, member.cut, Audience(self._pace, self._loop))
        group.audience.add(member)
        self._seats[member] = group
        self._begin(member, group, kinds, begun=begun)

    def _begin(self, member: Member, group: Group, kinds: frozenset[Kind], *, begun: Collection[int]) -> None:
        """Send the member what it needs to join its group where the group is."""
        on_air = [(reel, number) for reel, number in self._on_air() if group.taste.wants(reel.kind)]
        for reel, number in on_air:
            if reel.kind in kinds and not group.takes(reel):
                member.write(unsupported(reel, group.wire))
                group.begun.add(number)
        wanted = [(reel, number) for reel, number in on_air if group.takes(reel)]
        if any(not reel.frames and number in group.started for reel, number in wanted):
            self._dry(member)
            return
        fresh = [(reel, number) for reel, number in wanted if reel.kind in kinds]
        data = self._beginnings.of(fresh, group.wire, group.cut, begun)
        if data:
            member.write(data)
            member.burst_at, member.burst_bytes = self._loop.time(), len(data)
            member.sent_at = member.burst_at
        self._mark(group, wanted)

    def _mark(self, group: Group, reels: Iterable[tuple[Reel, int]]) -> None:
        for reel, number in reels:
            if reel.frames:
                group.started[number] = reel.format
                group.begun.add(number)

    def _dry(self, member: Member) -> None:
        self.dismiss(member)
        self._thirsty.add(member)
        metrics.DROPS.labels("media").inc()

    def _offer(self, reel: Reel) -> None:
        """A key frame (or, where there is no picture, a sound) has come: who was dry may begin with it."""
        now = self._loop.time()
        pictured = any(other.kind is Kind.VIDEO and other.frames for other, _ in self._on_air())
        for member in list(self._thirsty):
            if reel.kind is Kind.AUDIO and pictured and member.taste.wants(Kind.VIDEO):
                continue
            effects = member.outbox.step(KeyCame(member.socket.unsent_bytes), now)
            never_dry = member.outbox.phase is OutboxPhase.FLOWING
            if any(isinstance(effect, TakeMedia) for effect in effects) or never_dry:
                self._thirsty.discard(member)
                self._seat(member, frozenset(Kind), begun=self._numbers.all())

    def _on_air(self) -> list[tuple[Reel, int]]:
        sending = self.sending
        if sending.source is None:
            return []
        found = (self._feeds.reel(self._room, sending.source, kind) for kind in Kind if kind in sending.kinds)
        return [(reel, self._numbers.of(reel)) for reel in found if reel is not None and reel.config]
