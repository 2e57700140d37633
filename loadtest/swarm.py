"""Ten thousand members of one room in one process: brings them in, lets them stay and come back, sends them home.

Judges nothing itself: every seat counts, and the sample's ledger checks. Driven by `cli` and `bench`; speaks the public
protocol in JSON.
"""

import asyncio
import random
import secrets
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import msgspec

from loadtest.figures import tally_to_json
from loadtest.ledger import Ledger
from loadtest.mark import Mark
from loadtest.member import Acked, Fact, Heard, Held, Member, Rejected, Welcomed
from loadtest.seat import Glance, Seat, Tally
from loadtest.wire import Wire, request

_SWEEP_S = 0.5
_LOOK_S = 0.1
_CONNECT_S = 10.0
_RETURNS_MAX = 60
_QUIET_S = 0.5
_QUIET_MAX_S = 10.0
_PORTS_PER_ADDRESS = 20_000
_CLOSE_CODES = range(4300, 4400)


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked of a swarm. `bases` are `ws://host:port`; `senders` of the sample say `rate` messages a second."""

    bases: tuple[str, ...]
    room: str
    members: int
    sample: int = 100
    ramp_per_s: float = 1_000.0
    hold_s: float = 20.0
    senders: int = 0
    rate: float = 0.0
    media: str = "none"
    seed: int = 1


class Swarm:
    """The whole crowd. `run` brings it in, lets it stay, and sends it home."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.tally = Tally()
        self.ledger = Ledger()
        self.glance = Glance()
        self.seats: list[Seat] = []
        self._loop = asyncio.get_running_loop()
        self._dice = random.Random(order.seed)
        self._run = secrets.token_hex(4)
        self._hosts = [request(f"{base}/live/{order.room}", subprotocol="live.v1.json") for base in order.bases]
        self._tasks: set[asyncio.Task[object]] = set()
        self._speakers: list[asyncio.Task[object]] = []
        self._absent = 0
        self._removed = 0
        self._said: Counter[str] = Counter()
        self._closing = False

    def now(self) -> float:
        """The loop's time, in seconds."""
        return self._loop.time()

    @property
    def present(self) -> int:
        """Who is in the room now."""
        return sum(1 for seat in self.seats if seat.in_room)

    @property
    def received(self) -> int:
        """Messages and media frames so far."""
        return self.tally.messages + self.tally.media_frames

    async def gather(self) -> float:
        """Bring everyone in at the order's pace; seconds until the last one was welcomed (or given up)."""
        began = self.now()
        sample = min(self.order.sample, self.order.members)
        for n in range(self.order.members):
            member = None
            if n < sample:
                member = Member(
                    f"s{n}", self.order.room, self.order.bases, self.ledger, self._dice, media=self.order.media
                )
            hello = {"type": "hello", "token": None, "name": f"m{n}", "position": None, "media": self.order.media}
            seat = Seat(self, n, member, hello)
            self.seats.append(seat)
            due = began + n / self.order.ramp_per_s
            if due > self.now():
                await asyncio.sleep(due - self.now())
            self._spawn(self._arrive(seat))
        end = self.now() + _CONNECT_S
        while self.tally.joined + self._absent < self.order.members and self.now() < end:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        return self.now() - began

    async def stay(self, hold_s: float) -> None:
        """Remain for `hold_s`, senders writing at the order's rate, silent sockets taken for dead."""
        self._spawn(self._sweep())
        for n in range(self.order.senders):
            self._speakers.append(self._spawn(self._speak(self.seats[n], n)))
        await asyncio.sleep(hold_s)

    async def leave(self) -> int:
        """Fall silent, let what and who is under way arrive, settle the ledger, close every socket; who was there."""
        for speaker in self._speakers:
            speaker.cancel()
        await self._quiet()
        present = self.present
        self._closing = True
        for task in list(self._tasks):
            task.cancel()
        self.ledger.settle()
        for seat in self.seats:
            if seat.wire is not None:
                self.tally.bytes_total += seat.wire.received_bytes
                seat.wire.close()
        await asyncio.sleep(0.1)
        return present

    async def _quiet(self) -> None:
        """Wait until no entry has come for a moment, and nobody is on the way back."""
        end, before = self.now() + _QUIET_MAX_S, -1
        while self.now() < end and (self.tally.entries != before or self.ledger.behind() or self._someone_is_away()):
            before = self.tally.entries
            await asyncio.sleep(_QUIET_S)

    def _someone_is_away(self) -> bool:
        return self.present + self._removed < self.tally.joined

    def hear(self, seat: Seat, member: Member, payload: bytes) -> None:
        """A sampled member's message."""
        for fact in member.hear(msgspec.json.decode(payload), self.now()):
            self._note(seat, member, fact)

    def lost(self, seat: Seat, code: int | None, reason: str) -> None:
        """A socket ended: say why, and have the member come back if it may."""
        if self._closing:
            return
        self.tally.closes[str(code or reason or "no word")] += 1
        if code in _CLOSE_CODES:
            self._removed += 1
            if seat.member is not None:
                seat.member.lost(code, self.now())
            return
        back_s = self._dice.uniform(0.2, 4.0)
        if seat.member is not None:
            back = seat.member.lost(code, self.now())
            back_s = back.after_s if back else back_s
        self._spawn(self._return(seat, back_s))

    def _note(self, seat: Seat, member: Member, fact: Fact) -> None:
        match fact:
            case Heard(mark=Mark(run=run, at_us=at_us), live=True) if run == self._run:
                self.tally.latency.add(time.time() * 1000 - at_us / 1000)
            case Acked():
                self.tally.answers["acked"] += 1
            case Rejected(code=code):
                self.tally.answers[f"rejected: {code}"] += 1
            case Held():
                self.tally.answers["held"] += 1
            case Welcomed() if seat.wire is not None:
                for message in member.unanswered_again():
                    seat.wire.send_text(msgspec.json.encode(message))

    async def _arrive(self, seat: Seat) -> None:
        if not await self._connect(seat):
            self._absent += 1
            await self._return(seat, self._dice.uniform(0.2, 4.0))
            self._absent -= 1

    async def _connect(self, seat: Seat) -> bool:
        host, port, head = self._hosts[seat.turn % len(self._hosts)]
        seat.turn += 1
        local = None
        if self.order.members > _PORTS_PER_ADDRESS and host.startswith("127."):
            local = (f"127.0.0.{2 + seat.number // _PORTS_PER_ADDRESS}", 0)
        seat.begin()
        try:
            async with asyncio.timeout(_CONNECT_S):
                await self._loop.create_connection(lambda: Wire(head, seat), host, port, local_addr=local)
        except (OSError, TimeoutError) as fault:
            self.tally.failed += 1
            self.tally.closes[f"no connection: {getattr(fault, 'strerror', None) or type(fault).__name__}"] += 1
            return False
        return True

    async def _return(self, seat: Seat, after_s: float) -> None:
        await asyncio.sleep(after_s)
        for _ in range(_RETURNS_MAX):
            self.tally.returns += 1
            if self._closing or await self._connect(seat):
                return
            await asyncio.sleep(self._dice.uniform(0.5, 4.0))

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_S)
            now = self.now()
            for seat in self.seats:
                if seat.wire is not None and seat.is_dead(now):
                    seat.wire.abort()

    async def _speak(self, seat: Seat, n: int) -> None:
        gap_s = self.order.senders / self.order.rate
        await asyncio.sleep(gap_s * n / self.order.senders)
        due = self.now()
        while True:
            if seat.wire is not None and seat.member is not None and seat.member.in_room:
                self._say(seat.wire, seat.member)
            due += gap_s
            await asyncio.sleep(max(0.0, due - self.now()))

    def _say(self, wire: Wire, member: Member) -> None:
        self._said[member.name] += 1
        self.tally.sent += 1
        mark = Mark(self._run, member.name, self._said[member.name], int(time.time() * 1e6))
        message = member.command("chat.send", self.now(), mark=mark, text=f"Can everyone hear this? {mark}")
        wire.send_text(msgspec.json.encode(message))

    def beside(self, look: Callable[[], None]) -> None:
        """Have `look` called several times a second, for as long as the swarm is there."""

        async def looking() -> None:
            while True:
                look()
                await asyncio.sleep(_LOOK_S)

        self._spawn(looking())

    def _spawn(self, work: Coroutine[Any, Any, object]) -> asyncio.Task[object]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def run(order: Order, look: Callable[[], None], figures: dict[str, Any]) -> None:
    """One swarm from the first socket to the last. `look` is called all the while. Fills in `figures`, fit for JSON;
    where it is cancelled, with what there is."""
    swarm = Swarm(order)
    swarm.beside(look)
    cpu = busy = time.process_time()
    began, received, gathered_s = swarm.now(), 0, 0.0
    try:
        gathered_s = await swarm.gather()
        received, busy, began = swarm.received, time.process_time(), swarm.now()
        if swarm.tally.joined:
            await swarm.stay(order.hold_s)
    finally:
        received = swarm.received - received
        busy, held_s = time.process_time() - busy, swarm.now() - began
        client = {
            "held_s": round(held_s, 3),
            "received": received,
            "cpu_us_per_received": round(busy / received * 1e6, 3) if received else None,
            "cores": round(busy / held_s, 4) if held_s else None,
        }
        figures |= _figures(swarm, swarm.present, gathered_s, {"cpu_s": round(time.process_time() - cpu, 3), **client})
    present = await swarm.leave()
    figures |= _figures(swarm, present, gathered_s, {"cpu_s": round(time.process_time() - cpu, 3), **client})


def _figures(swarm: Swarm, present: int, gathered_s: float, client: dict[str, Any]) -> dict[str, Any]:
    order = swarm.order
    return {
        "asked": {"members": order.members, "room": order.room, "bases": list(order.bases), "media": order.media},
        "joined": swarm.tally.joined,
        "gathered_s": round(gathered_s, 3),
        "present": present,
        **tally_to_json(swarm.tally),
        "checked": swarm.ledger.summary(),
        "client": client,
    }
