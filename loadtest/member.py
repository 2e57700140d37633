"""What one client knows and does, without a socket: hello, positions, ticks, backups, commands, what it was shown.

Never reads a clock or sends a byte: messages go in with `now`, facts come out. Driven by the swarm (asyncio) and by
the locust users (gevent), so both behave like the browser's client (docs/protocol.md).
"""

import random
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from loadtest.ledger import Ledger, Reader, Said
from loadtest.mark import Mark, mark_in

_TICKS_MISSED = 3
_VIDEO = 0x01
_BACKOFF_MAX = 6
_PENDING_MAX = 200


@dataclass(frozen=True, slots=True)
class Welcomed:
    """In the room. `resumed` None: this was a first visit."""

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


@dataclass(frozen=True, slots=True)
class Return:
    """Come back to `url` after `after_s`."""

    url: str
    after_s: float


@dataclass(slots=True)
class _Pending:
    message: dict[str, Any]
    sent_at: float
    mark: Mark | None = None


@dataclass(slots=True)
class Watch:
    """What the member saw of the media: when the first picture came, how long the longest wait since was."""

    first_at: float | None = None
    last_at: float | None = None
    longest_gap_s: float = 0.0
    frames: int = 0
    bytes_total: int = 0
    kinds: dict[int, str] = field(default_factory=dict)

    def frame(self, data: bytes | memoryview, now: float) -> float | None:
        """A media frame came; the gap before it in seconds, for pictures."""
        self.frames += 1
        self.bytes_total += len(data)
        if self.kinds.get((data[2] << 8) | data[3]) != "video":
            return None
        gap = None if self.last_at is None else now - self.last_at
        if self.first_at is None and data[1] & _VIDEO:
            self.first_at = now
        self.last_at = now
        self.longest_gap_s = max(self.longest_gap_s, gap or 0.0)
        return gap


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
        self.room = room
        self.id: str | None = None
        self.role = ""
        self.reader: Reader = ledger.reader(name)
        self.watch = Watch()
        self.in_room = False
        self.stays_away: int | None = None
        self._ledger = ledger
        self._bases = bases
        self._base = dice.randrange(len(bases))
        self._dice = dice
        self._token = token
        self._media = media
        self._asked = False
        self._tick_s = 1.0
        self._heard_at = 0.0
        self._reconnect_ms = (200, 4000)
        self._tries = 0
        self._backups: list[dict[str, Any]] = []
        self._away_since: float | None = None
        self._pending: dict[str, _Pending] = {}
        self._keys = 0
        self._position: dict[str, Any] | None = None

    @property
    def url(self) -> str:
        """Where to connect now."""
        return f"{self._bases[self._base]}/live/{self.room}"

    @property
    def unanswered(self) -> int:
        """Commands sent and neither acked nor rejected."""
        return len(self._pending)

    def hello(self, now: float) -> dict[str, Any]:
        """The first message on a new socket."""
        self._heard_at = now
        self.watch.kinds.clear()
        self._position = None
        if self.reader.epoch is not None and self.reader.room == self.room:
            self._position = {"epoch": self.reader.epoch, "offset": self.reader.last}
        self._asked = self._position is not None
        return {
            "type": "hello",
            "token": self._token,
            "name": self.name,
            "position": self._position,
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
            case str(kind) if "offset" in message and message.get("log") != "staff":
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
        self.reader.give_up_missing()
        if self._away_since is None:
            self._away_since = now
        if code is not None and 4300 <= code < 4400:
            self.stays_away = code
            self.reader.left()
            return None
        if code is not None and 4100 <= code < 4200:
            self._token = None
        self._tries += 1
        self._base = (self._base + 1) % len(self._bases)
        least, most = self._reconnect_ms
        high = min(most, least * 2 ** min(self._tries, _BACKOFF_MAX))
        return Return(self.url, self._dice.uniform(least / 1000, max(least, high) / 1000))

    def backup_url(self, now: float) -> str | None:
        """The first of the plan's backup links that is due, for a client that reaches nobody."""
        if self._away_since is None:
            return None
        away_s = now - self._away_since
        due = [str(backup["url"]) for backup in self._backups if away_s >= float(backup.get("after_s", 0))]
        return due[0] if due else None

    def follow(self, link: str) -> None:
        """Go by a backup link from now on: another deployment's page (`…/e/<room>?t=<token>`)."""
        parts = urlsplit(link)
        scheme = "wss" if parts.scheme == "https" else "ws"
        self._bases, self._base = (f"{scheme}://{parts.netloc}",), 0
        self.room = parts.path.rstrip("/").rpartition("/")[2] or self.room
        self._token = parse_qs(parts.query).get("t", [self._token])[0]
        self._away_since, self._tries = None, 0

    def come_as_new(self, name: str) -> None:
        """Begin again as somebody else (who was removed stays removed)."""
        self.name, self.stays_away, self._token = name, None, None
        self.watch = Watch()
        self._away_since = None
        self._pending.clear()

    def _welcome(self, message: dict[str, Any]) -> list[Fact]:
        you = message["you"]
        self.id, self.role = you["id"], you["role"]
        self._token = you.get("token") or self._token
        self._tick_s = max(0.2, message.get("tick_ms", 1000) / 1000)
        reconnect = message.get("reconnect") or {}
        self._reconnect_ms = (int(reconnect.get("min_ms", 200)), int(reconnect.get("max_ms", 4000)))
        self._bases += tuple(base for base in reconnect.get("urls") or () if base not in self._bases)
        self._backups = list(message.get("backups") or ())
        self._tries, self._away_since, self.in_room = 0, None, True
        facts: list[Fact] = [Welcomed(bool(message["resumed"]) if self._asked else None)]
        own, marks = [], []
        for entry in message.get("history") or ():
            mark = mark_in(entry.get("text") or "")
            if entry.get("log") == "staff":
                continue
            if "offset" not in entry:
                if mark is not None:
                    self._ledger.carried(mark.id)
                continue
            own.append(Said(entry["offset"], mark.id if mark else None))
            marks.append(Heard(str(entry.get("type")), mark, live=False, body=entry))
        position = message["position"]
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
        del self._pending[str(key)]
        if message["type"] == "reject":
            return [Rejected(kind, str(message.get("code")))]
        offset = message.get("offset")
        if pending.mark is not None and isinstance(offset, int):
            self._ledger.acked(self.name, self.room, self.reader.epoch or "", offset, pending.mark.id)
        return [Acked(kind, now - pending.sent_at)]

    def _entry(self, kind: str, message: dict[str, Any], *, live: bool) -> list[Fact]:
        mark = mark_in(message.get("text") or "") if kind == "chat" else None
        self.reader.received(Said(message["offset"], mark.id if mark else None))
        facts: list[Fact] = [Heard(kind, mark, live, message)]
        if kind == "moved":
            self.room = str(message["room"])
            self._asked = False
            facts.append(Moved(self.room))
        return facts
