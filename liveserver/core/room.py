"""The room's state, reduced from its two logs, and what each entry asks of this gateway.

It writes nothing and sends nothing: effects say what is shown to whom, who is to go, and what the programme must hear.
One per room and gateway, driven by the venue with what `follow` shows of the room's log and of the staff's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from broadcast.core.entries import (
    Chat,
    Cut,
    Deleted,
    Entry,
    EventChanged,
    EventState,
    Moderated,
    Moved,
    Orders,
    Override,
    Question,
    RungKind,
    Settings,
    Tip,
)
from broadcast.core.errors import IllegalMove
from broadcast.core.history import Snapshot
from broadcast.core.position import EventId, MemberId, RoomId, event_of, is_room_id
from broadcast.core.programme import CutFound, CutMade, LiveChanged, OrdersGiven, ProgrammeEvent
from broadcast.core.wire import body_message
from broadcast.core.woke import Woke
from liveserver.core.acquaintance import Acquaintance, sent_away
from liveserver.core.event import Changed, Life
from liveserver.core.moderation import Removal
from liveserver.core.questions import Questions
from liveserver.core.resume import Tail

STAFF_TAIL_MAX = 1_000
_QUESTION = "question:"


# ---- events ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RoomFound:
    """The room's log as it stands (on subscribing, or again when a gap could not be filled)."""

    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class RoomSaid:
    """The next entry of the room's log."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class StaffFound:
    """The staff's log as it stands."""

    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class StaffSaid:
    """The next entry of the staff's log."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Brought:
    """The questions of the room that the audience comes from, as they stood there."""

    questions: tuple[Question, ...]


RoomEvent = RoomFound | RoomSaid | StaffFound | StaffSaid | Brought


# ---- effects --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Show:
    """Send the entry to every member, or to `staff` alone."""

    entry: Entry
    staff: bool = False


@dataclass(frozen=True, slots=True)
class ShowAnew:
    """What the members have can't be joined to the log any more: welcome each again, with `resumed` false."""


@dataclass(frozen=True, slots=True)
class Tell:
    """The programme must hear of it."""

    event: ProgrammeEvent


@dataclass(frozen=True, slots=True)
class Remove:
    """Close this member's sockets."""

    member: MemberId
    removal: Removal


@dataclass(frozen=True, slots=True)
class LookAgain:
    """Close this member's sockets, if that is how they stand: it was said a while ago, and may hold no more."""

    member: MemberId


@dataclass(frozen=True, slots=True)
class Rehome:
    """Lead the members to another room."""

    moved: Moved


RoomEffect = Show | ShowAnew | Tell | Remove | LookAgain | Rehome


class Room:
    """The machine. What it knows is for reading; only `step` changes it, and `version` with it."""

    def __init__(self, room: RoomId, state: EventState) -> None:
        self.id = room
        self.event: EventId = event_of(room)
        self.life = Life(state)
        self.state_reason = ""
        self.cut: Cut | None = None
        self.moved: Moved | None = None
        self.settings = Settings()
        self.orders: Orders | None = None
        self.override: Override | None = None
        self.tail = Tail()
        self.staff_tail = Tail(STAFF_TAIL_MAX)
        self.questions = Questions()
        self.acquaintance = Acquaintance()
        self.version = 0
        self.begun = False
        self.staff_begun = False

    def deadline(self) -> float | None:
        """Never: a room changes only by what is said in it."""
        return None

    def step(self, event: RoomEvent | Woke, now: float) -> list[RoomEffect]:
        """What follows from `event`. IllegalMove: an entry that does not follow the last one, or a deadline."""
        effects = self._step(event, now)
        self.version += 1
        return effects

    def _step(self, event: RoomEvent | Woke, now: float) -> list[RoomEffect]:
        match event:
            case Woke():
                raise IllegalMove("a room sets no deadline")
            case RoomFound(snapshot):
                return self._found(snapshot, now)
            case RoomSaid(entry):
                self.tail.add(entry)
                return [Show(entry), *self._reduce(entry, now)]
            case Brought(questions):
                self.questions.bring(questions)
                return []
            case StaffFound(snapshot):
                again, self.staff_begun = self.staff_begun, True
                self.staff_tail.begin(snapshot.entries, snapshot.position)
                self.orders, self.override = snapshot.state.get("orders"), snapshot.state.get("override")
                orders = self.orders.orders if self.orders is not None else ()
                return [Tell(OrdersGiven(orders)), *([ShowAnew()] if again else [])]
            case _:
                self.staff_tail.add(event.entry)
                return [Show(event.entry, staff=True), *self._reduce_staff(event.entry)]

    # ---- what is asked of it -----------------------------------------------------------------------------------

    @property
    def is_live(self) -> bool:
        """Whether anything is sent at all."""
        return self.life.state is EventState.LIVE

    @property
    def rung(self) -> RungKind:
        """The rung of the log's last cut; main before the first."""
        return self.cut.rung if self.cut is not None else RungKind.MAIN

    @property
    def leads_to(self) -> RoomId | None:
        """The room that the audience is being led to, where the log says so and it can be one of this deployment."""
        if self.moved is None or not is_room_id(self.moved.room) or self.moved.room == self.id:
            return None
        return RoomId(self.moved.room)

    def withdrawable(self, offset: int) -> Chat | Tip | Question | None:
        """What stands at `offset`, where it is something that can be deleted."""
        entry = self.tail.at(offset)
        return entry.body if entry is not None and isinstance(entry.body, Chat | Tip | Question) else None

    def picture(self) -> dict[str, Any]:
        """The part of `welcome.room` that the log knows."""
        cut = self.cut
        return {
            "id": self.id,
            "room": self.id,
            "event": self.event,
            "state": self.life.state.value,
            "state_reason": self.state_reason,
            "rung": self.rung.value,
            "source": (cut.source if cut is not None else "main") if self.is_live else None,
            "reason": cut.reason if cut is not None else "",
            "cause": cut.cause if cut is not None else "",
            "words": cut.words if cut is not None else "",
            "incident": cut.incident if cut is not None else None,
            "slow_mode_s": self.settings.slow_mode_s,
            "locked": self.settings.locked,
            "moved": None if self.moved is None else body_message(self.moved),
            "questions": [body_message(question) for question in self.questions.all()],
        }

    # ---- reducing ----------------------------------------------------------------------------------------------

    def _found(self, snapshot: Snapshot, now: float) -> list[RoomEffect]:
        again, self.begun = self.begun, True
        self.tail.begin(snapshot.entries, snapshot.position)
        state: Mapping[str, Any] = snapshot.state
        changed: EventChanged | None = state.get("event")
        if changed is not None:
            self.life.step(Changed(changed.state), now)
            self.state_reason = changed.reason
        was_moved, self.moved = self.moved, state.get("moved")
        self.cut = state.get("cut")
        self.settings = state.get("settings") or Settings()
        self.questions.find(value for name, value in state.items() if name.startswith(_QUESTION))
        for entry in snapshot.entries:
            self.acquaintance.meet(entry)
        judged = {entry.body.member: entry.body for entry in snapshot.entries if isinstance(entry.body, Moderated)}
        effects: list[RoomEffect] = [Tell(CutFound(self.cut)), Tell(LiveChanged(self.is_live))]
        effects += [LookAgain(member) for member, last in judged.items() if sent_away(last) is not None]
        if self.moved is not None and self.moved != was_moved:
            effects.append(Rehome(self.moved))
        return [*effects, ShowAnew()] if again else effects

    def _reduce(self, entry: Entry, now: float) -> list[RoomEffect]:
        self.acquaintance.meet(entry)
        match entry.body:
            case EventChanged(state=state, reason=reason):
                self.life.step(Changed(state), now)
                self.state_reason = reason
                return [Tell(LiveChanged(self.is_live))]
            case Cut() as cut:
                self.cut = cut
                if cut.rung is not RungKind.BACKUP_ROOM:
                    self.moved = None
                return [Tell(CutMade(cut))]
            case Moved() as moved:
                self.moved = moved
                return [Rehome(moved)]
            case Moderated() as moderated:
                removal = sent_away(moderated)
                return [Remove(moderated.member, removal)] if removal is not None else []
            case Settings() as settings:
                self.settings = settings
            case Question() as question:
                self.questions.put(question)
            case Deleted(target=target):
                self._withdraw(target)
            case _:
                pass
        return []

    def _reduce_staff(self, entry: Entry) -> list[RoomEffect]:
        match entry.body:
            case Orders() as orders:
                self.orders = orders
                return [Tell(OrdersGiven(orders.orders))]
            case Override() as override:
                self.override = override if override.action != "release" else None
            case _:
                pass
        return []

    def _withdraw(self, target: int) -> None:
        entry = self.tail.at(target)
        if entry is not None and isinstance(entry.body, Question):
            self.questions.withdraw(entry.body.id)
