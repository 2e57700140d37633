"""Asks the gateways which events there are and whom to tell, and keeps their newest answer for when they are gone. It
judges nothing but whether a gateway answers. The guard keeps one.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import httpx
import msgspec
import structlog
from msgspec import Struct

EVERY_S = 2.0
DEADLINE_S = 2.0
ANSWERS_FOR_S = 6.0
ANSWER_MAX_BYTES = 32 * 1024 * 1024
ETAG_MAX = 200

log = structlog.get_logger(__name__)


class EventInfo(Struct, frozen=True):
    """An event, as its gateway tells it; `plan` is TOML, `starts_at_ms` Unix milliseconds."""

    id: str
    title: str
    room: str
    plan: str
    host: str = ""
    backup_room: str | None = None
    base_url: str = ""
    starts_at_ms: int | None = None

    @property
    def grounds(self) -> tuple[object, ...]:
        """What its guarding rests on: another controller is needed where this changes."""
        return self.plan, self.backup_room, self.starts_at_ms


class Contact(Struct, frozen=True):
    """Somebody who left an address. The links are theirs alone."""

    id: str
    address: str
    confirmed: bool
    confirm_url: str = ""
    backup_url: str = ""
    name: str = ""
    language: str | None = None


class Room(Struct, frozen=True):
    """What a gateway says of a room. `there`: the gateway knows it."""

    state: str = ""
    there: bool = True


class _Events(Struct, frozen=True):
    events: list[EventInfo]


class _Contacts(Struct, frozen=True):
    contacts: tuple[Contact, ...]


_Answer = TypeVar("_Answer", _Events, _Contacts, Room)


@dataclass(frozen=True, slots=True)
class _Heard(Generic[_Answer]):
    """An answer, and the name that its gateway gave to it (RFC 9110, ETag); empty: none."""

    answer: _Answer
    etag: str = ""


class Directory:
    """What the gateways know. `changed` is called after every answer that differs from the one before."""

    def __init__(self, gateways: Sequence[str], token: Callable[[], str], changed: Callable[[], None]) -> None:
        self._gateways = list(gateways)
        self._token = token
        self._changed = changed
        self._client = httpx.AsyncClient(timeout=DEADLINE_S, trust_env=False, follow_redirects=False)
        self._loop = asyncio.get_running_loop()
        self._answered_at: float | None = None
        self._task: asyncio.Task[None] | None = None
        self._said = True
        self.events: dict[str, EventInfo] = {}
        self._contacts: dict[str, _Heard[_Contacts]] = {}

    def start(self) -> None:
        """Begin to ask, in the background."""
        self._task = asyncio.create_task(self._ask_on(), name="directory")

    async def close(self) -> None:
        """Ask no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        await self._client.aclose()

    def answers(self) -> bool:
        """Whether any gateway has answered lately."""
        return self._answered_at is not None and self._loop.time() - self._answered_at < ANSWERS_FOR_S

    def contacts(self, event: str) -> Sequence[Contact]:
        """Everyone to be told, as last heard."""
        heard = self._contacts.get(event)
        return () if heard is None else heard.answer.contacts

    async def refresh_contacts(self, event: str) -> Sequence[Contact]:
        """Everyone to be told, asked just now; as last heard where no gateway answers. A list that has not changed
        is not sent again."""
        path = f"/api/v1/node/events/{event}/contacts"
        heard = await self._get(path, _Contacts, had=self._contacts.get(event))
        if heard is not None:
            self._contacts[event] = heard
        return self.contacts(event)

    def forget(self, event: str) -> None:
        """Nobody of this event is to be told anything more."""
        self._contacts.pop(event, None)

    async def look(self, room: str) -> Room | None:
        """How a room is that the audience may be led to; None where no gateway answers."""
        heard = await self._get(f"/api/v1/events/{room}", Room, nothing=Room(there=False))
        return None if heard is None else heard.answer

    async def _ask_on(self) -> None:
        while True:
            found = await self._get("/api/v1/node/events", _Events)
            if found is not None:
                events = {info.id: info for info in found.answer.events}
                if events != self.events:
                    self.events = events
                    self._changed()
            elif self._said:
                log.warning("no gateway answers; going on with what was known")
            self._said = found is not None
            await asyncio.sleep(EVERY_S * (0.75 + random.random() / 2))  # noqa: S311  # jitter

    async def _get(
        self, path: str, kind: type[_Answer], *, nothing: _Answer | None = None, had: _Heard[_Answer] | None = None
    ) -> _Heard[_Answer] | None:
        """The first gateway's answer: `nothing` where it knows no such thing, `had` where it says that this holds."""
        known = {"If-None-Match": had.etag} if had is not None and had.etag else {}
        for gateway in list(self._gateways):
            try:
                async with asyncio.timeout(DEADLINE_S):
                    answer = await self._client.get(
                        gateway + path, headers={"Authorization": f"Bearer {self._token()}", **known}
                    )
                heard = _heard(answer, kind, nothing, had if known else None)
                if heard is not None:
                    self._answered_at = self._loop.time()
                    return heard
                fault = f"answered {answer.status_code}"
            except (httpx.HTTPError, OSError, msgspec.DecodeError) as failed:
                fault = str(failed)[:200] or type(failed).__name__
            log.debug("a gateway did not answer", gateway=gateway, path=path, why=fault)
            # The next question begins with another one.
            self._gateways.append(self._gateways.pop(0))
        return None


def _heard(
    answer: httpx.Response, kind: type[_Answer], nothing: _Answer | None, had: _Heard[_Answer] | None
) -> _Heard[_Answer] | None:
    match answer.status_code:
        case httpx.codes.OK if len(answer.content) <= ANSWER_MAX_BYTES:
            etag = answer.headers.get("ETag", "")
            # What cannot be said back is not kept.
            sayable = etag.isascii() and etag.isprintable() and len(etag) <= ETAG_MAX
            return _Heard(msgspec.json.decode(answer.content, type=kind), etag if sayable else "")
        case httpx.codes.NOT_FOUND if nothing is not None:
            return _Heard(nothing)
        case httpx.codes.NOT_MODIFIED:
            return had
        case _:
            return None
