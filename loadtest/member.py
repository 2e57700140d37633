"""What one client knows and does, without a socket: hello, positions, ticks, commands, what it was shown.

Never reads a clock or sends a byte: messages go in with `now`, facts come out. Driven by the swarm (asyncio) and by
the locust users (gevent), so both behave like the browser's client (docs/protocol.md).
"""

import random
import secrets
from dataclasses import dataclass
from typing import Any

from loadtest.ledger import Ledger
from loadtest.mark import Mark, mark_in
from loadtest.reader import Reader, Said
from loadtest.route import Return, Route
from loadtest.watch import Watch

_TICKS_MISSED = 3
_PENDING_MAX = 200
_STAY_AWAY = range(4300, 4400)
_NEW_TOKEN = range(4100, 4200)


@dataclass(frozen=True, slots=True)
class Welcomed:
    """In the room. `resumed` None: a first visit; False also where the server tells the room anew by itself."""

    resumed: bool | None


@dataclass(frozen=True, slots=True)
class Heard:
    """An entry of the room's log; `mark` where a load client said it. `live`: not out of history."""

    kind: str
    mark: Mark | None
    live: bool
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Acked:
    """A command was taken, `waited_s` after it was first sent."""

    kind: str
    waited_s: float


@dataclass(frozen=True, slots=True)
class Rejected:
    """A command was turned down."""

    kind: str
    code: str


@dataclass(frozen=True, slots=True)
class Held:
    """A command waits in the server until its log can be written."""

    kind: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The audience goes to another room."""

    room: str


Fact = Welcomed | Heard | Acked | Rejected | Held | Moved


@dataclass(slots=True)
class _Pending:
    message: dict[str, Any]
    sent_at: float
    mark: Mark | None = None


class Member:
    """One client. `bases` are the gateways' WebSocket addresses (`ws://host:port`), tried in turn."""

    def __init__(
        self,
        name: str,
        room: str,
        bases: tuple[str, ...],
        ledger: Ledger,
        dice: random.Random,
        *,
        token: str | None = None,
        media: str = "none",
    ) -> None:
        self.name = name
        # Moderators share one person, whose keys the server remembers from run to run.
        self._client = secrets.token_hex(4)
        self.id: str | None = None
        self.role = ""
        self.reader: Reader = ledger.reader(name)
        self.watch = Watch()
        self.in_room = False
        self.stays_away: int | None = None
        self._ledger = ledger
        self._route = Route(room, bases, dice)
        self._token = token
        self._media = media
        self._asked = False
        self._tick_s = 1.0
        self._heard_at = 0.0
        self._pending: dict[str, _Pending] = {}
        self._keys = 0
        self._staff_offset: int | None = None

    @property
    def room(self) -> str:
        """The room it is in, or on its way to."""
        return self._route.room

    @property
    def url(self) -> str:
        """Where to connect now."""
        return self._route.url

    @property
    def unanswered(self) -> int:
        """Commands sent and neither acked nor rejected."""
        return len(self._pending)

    def hello(self, now: float) -> dict[str, Any]:
        """The first message on a new socket."""
        self._heard_at = now
        self.watch.kinds.clear()
        position: dict[str, Any] | None = None
        if self.reader.stands_in(self.room):
            position = {"epoch": self.reader.epoch, "offset": self.reader.last}
            if self._staff_offset is not None:
                position["staff_offset"] = self._staff_offset
        self._asked = position is not None
        return {
            "type": "hello",
            "token": self._token,
            "name": self.name,
            "position": position,
            "media": self._media,
        }

    def command(self, kind: str, now: float, *, mark: Mark | None = None, **fields: str | int) -> dict[str, Any]:
        """A command of this kind, remembered until it is answered."""
        self._keys += 1
        key = f"{self._client}-{self._keys}"
        message = {"type": kind, "key": key, **fields}
        if len(self._pending) < _PENDING_MAX:
            self._pending[key] = _Pending(message, now, mark)
        return message

    def unanswered_again(self) -> list[dict[str, Any]]:
        """After coming back: what was never answered, with the same keys, as the real client says it again."""
        return [pending.message for pending in self._pending.values()]

    def hear(self, message: dict[str, Any], now: float) -> list[Fact]:
        """A message came; what it means."""
        self._heard_at = now
        match message.get("type"):
            case "welcome":
                return self._welcome(message)
            case "ack" | "reject" | "held":
                return self._answer(message, now)
            case "feed":
                self.watch.kinds[message["feed"]] = message["kind"]
                return []
            case _ if message.get("log") == "staff":
                self._staff_offset = message.get("offset", self._staff_offset)
            case str(kind) if "offset" in message:
                return self._entry(kind, message, live=True)
        return []

    def media(self, data: bytes, now: float) -> float | None:
        """A media frame came; the gap before it in seconds, for pictures."""
        self._heard_at = now
        return self.watch.frame(data, now)

    def is_dead(self, now: float) -> bool:
        """Nothing came for three ticks: take the socket for dead."""
        return now - self._heard_at > _TICKS_MISSED * self._tick_s

    def lost(self, code: int | None, now: float) -> Return | None:
        """The connection is gone (`code` None: without a word). Where and when to come back; None: stay away."""
        self.in_room = False
        self.reader.parted()
        self._route.lost(now)
        if code in _STAY_AWAY:
            self.stays_away = code
            self.reader.left()
            return None
        if code in _NEW_TOKEN:
            self._token = None
        return self._route.back()

    def backup_url(self, now: float) -> str | None:
        """The first of the plan's backup links that is due, for a client that reaches nobody."""
        return self._route.backup(now)

    def follow(self, link: str) -> None:
        """Go by a backup link from now on, as whom it names."""
        self._token = self._route.follow(link) or self._token

    def come_as_new(self, name: str) -> None:
        """Begin again as somebody else (who was removed stays removed)."""
        self.name, self.stays_away, self._token = name, None, None
        self.watch = Watch()
        self._route.begin_anew()
        self._pending.clear()

    def _welcome(self, message: dict[str, Any]) -> list[Fact]:
        you = message["you"]
        self.id, self.role = you["id"], you["role"]
        self._token = you.get("token") or self._token
        self._tick_s = max(0.2, message.get("tick_ms", 1000) / 1000)
        self._route.arrived(message.get("reconnect") or {}, message.get("backups") or ())
        self.in_room = True
        whole = self._asked and bool(message["resumed"])
        facts: list[Fact] = [Welcomed(whole if self.reader.stands_in(self.room) else None)]
        own, marks = [], []
        for entry in message.get("history") or ():
            mark = _mark(entry)
            if entry.get("log") == "staff":
                continue
            if "offset" not in entry:
                if mark is not None:
                    self._ledger.carried(mark.id)
                continue
            own.append(Said(entry["offset"], mark.id if mark else None, withdrawn=entry.get("text") == ""))
            marks.append(Heard(str(entry.get("type")), mark, live=False, body=entry))
        position = message["position"]
        self._staff_offset = position.get("staff_offset")
        self.reader.welcomed(
            self.room,
            position["epoch"],
            position["offset"],
            asked=self._asked,
            resumed=bool(message["resumed"]),
            history=own,
        )
        self._asked = False
        return [*facts, *marks]

    def _answer(self, message: dict[str, Any], now: float) -> list[Fact]:
        key = message.get("key")
        pending = self._pending.get(key) if isinstance(key, str) else None
        if pending is None:
            return []
        kind = str(pending.message["type"])
        if message["type"] == "held":
            return [Held(kind)]
        if message.get("code") == "moved":
            # The room has moved on: the next welcome's room gets it.
            return []
        del self._pending[str(key)]
        if message["type"] == "reject":
            return [Rejected(kind, str(message.get("code")))]
        offset = message.get("offset")
        if pending.mark is not None:
            # No offset: it was sent again after a move, and stands in the log of the room that was left.
            stands = offset if isinstance(offset, int) else None
            self._ledger.acked(self.name, self.room, self.reader.epoch or "", stands, pending.mark.id)
        return [Acked(kind, now - pending.sent_at)]

    def _entry(self, kind: str, message: dict[str, Any], *, live: bool) -> list[Fact]:
        mark = _mark(message)
        self.reader.received(Said(message["offset"], mark.id if mark else None))
        facts: list[Fact] = [Heard(kind, mark, live, message)]
        if kind == "moved":
            self._route.room = str(message["room"])
            self._asked = False
            facts.append(Moved(self.room))
        return facts


def _mark(entry: dict[str, Any]) -> Mark | None:
    """The mark of a load client's message; nothing else carries one."""
    return mark_in(entry.get("text") or "") if entry.get("type") == "chat" else None
