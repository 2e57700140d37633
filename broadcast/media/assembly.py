"""Puts RTP packets back in order: a picture goes the moment its last packet is there, a sound packet at once.

It decides which pictures are whole, which packets to ask for again, and when to stop waiting for one; it knows no
clock, no codec and no socket. `passthrough` drives it with packets and the time.
"""

from dataclasses import dataclass
from typing import Final

NACK_AGAIN_S: Final = 0.05
NACK_TRIES: Final = 5
NACK_MAX: Final = 128
KEY_WANTED_S: Final = 0.1
GIVE_UP_S: Final = 0.25
HELD_MAX: Final = 1024
# More than comes in `GIVE_UP_S` at any bitrate that is allowed: a wider gap can't be mended in time.
MISSING_MAX: Final = 256
_FAR: Final = 3000


@dataclass(frozen=True, slots=True)
class Packet:
    """One RTP packet: its 16-bit sequence number, 32-bit timestamp, marker and payload."""

    sequence: int
    timestamp: int
    marker: bool
    payload: bytes


@dataclass(frozen=True, slots=True)
class Picture:
    """One whole picture's payloads. `lost`: something between it and the picture before it never came."""

    timestamp: int
    payloads: tuple[bytes, ...]
    lost: bool


@dataclass(slots=True)
class _Miss:
    since: float
    asked: float
    tries: int


class PictureBuffer:
    """Gives out pictures in order, each when its marker bit and everything before it has come (or when the next
    picture has begun, for senders that set no marker)."""

    def __init__(self) -> None:
        self._begun = False
        self._next = 0
        self._highest = 0
        self._packets: dict[int, Packet] = {}
        self._missing: dict[int, _Miss] = {}
        self._parts: list[Packet] = []
        self._lost = False
        self._skipping: int | None = None
        self.abandoned = 0

    def add(self, packet: Packet, now: float) -> list[Picture]:
        """Take one packet; the pictures that are whole now. Copies and packets given up on are passed over."""
        sequence = self._unwrap(packet.sequence)
        ahead = sequence - self._highest
        if not self._begun or abs(ahead) > _FAR:
            self._begin_at(sequence, within_a_picture=False)
        elif ahead > MISSING_MAX:
            self._begin_at(sequence, within_a_picture=True)
        if sequence < self._next or sequence in self._packets:
            return []
        self._missing.pop(sequence, None)
        for number in range(max(self._highest + 1, self._next), sequence):
            self._missing[number] = _Miss(since=now, asked=-1.0, tries=0)
        self._highest = max(self._highest, sequence)
        self._packets[sequence] = packet
        if self._has_waited_enough(now):
            self._jump_the_gap(now)
        return self._whole()

    def nacks(self, now: float) -> list[int]:
        """The sequence numbers (16 bits) to ask for now; each a few times, some time apart."""
        asked = []
        for number, miss in self._missing.items():
            if miss.tries < NACK_TRIES and now - miss.asked >= NACK_AGAIN_S:
                miss.asked = now
                miss.tries += 1
                asked.append(number & 0xFFFF)
                if len(asked) == NACK_MAX:
                    break
        return asked

    def wants_key(self, now: float) -> bool:
        """Whether a gap is old enough that a new key frame should be under way."""
        return self._waited_for_s(now) >= KEY_WANTED_S

    def _unwrap(self, sequence: int) -> int:
        if not self._begun:
            return sequence
        delta = (sequence - self._highest) & 0xFFFF
        return self._highest + (delta - 0x10000 if delta >= 0x8000 else delta)

    def _begin_at(self, sequence: int, *, within_a_picture: bool) -> None:
        self._lost = self._begun
        self.abandoned += self._begun
        self._begun = True
        self._next = sequence
        self._highest = sequence - 1
        self._packets.clear()
        self._missing.clear()
        self._parts.clear()
        self._skipping = -1 if within_a_picture else None

    @property
    def _is_full(self) -> bool:
        return len(self._packets) >= HELD_MAX or len(self._missing) >= MISSING_MAX

    def _waited_for_s(self, now: float) -> float:
        """How long the oldest gap has been there: those that were found first stand first."""
        return max(0.0, now - next(iter(self._missing.values())).since) if self._missing else 0.0

    def _has_waited_enough(self, now: float) -> bool:
        return self._is_full or self._waited_for_s(now) >= GIVE_UP_S

    def _jump_the_gap(self, now: float) -> None:
        """Go on behind the newest gap that has been waited for; what is left of the picture there is no use."""
        full = self._is_full
        hopeless = [number for number, miss in self._missing.items() if full or now - miss.since >= GIVE_UP_S]
        behind = hopeless[-1]
        for number in [number for number in self._missing if number <= behind]:
            del self._missing[number]
        for number in [number for number in self._packets if number <= behind]:
            del self._packets[number]
        self._parts.clear()
        self._next = behind + 1
        self._lost = True
        self._skipping = -1
        self.abandoned += 1

    def _whole(self) -> list[Picture]:
        pictures: list[Picture] = []
        while (packet := self._packets.pop(self._next, None)) is not None:
            self._next += 1
            if self._skipping is not None and self._skips(packet):
                continue
            if not packet.payload:
                continue
            if self._parts and self._parts[0].timestamp != packet.timestamp:
                pictures.append(self._finish())
            self._parts.append(packet)
            if packet.marker:
                pictures.append(self._finish())
        return pictures

    def _skips(self, packet: Packet) -> bool:
        """Whether `packet` belongs to the picture that lost its beginning."""
        if self._skipping == -1:
            self._skipping = packet.timestamp
        if packet.timestamp != self._skipping:
            self._skipping = None
            return False
        if packet.marker:
            self._skipping = None
        return True

    def _finish(self) -> Picture:
        picture = Picture(self._parts[0].timestamp, tuple(part.payload for part in self._parts), self._lost)
        self._parts.clear()
        self._lost = False
        return picture


class SoundOrder:
    """Lets a sound packet go at once, unless a later one has gone already: waiting costs more than a packet."""

    def __init__(self) -> None:
        self._highest: int | None = None

    def add(self, packet: Packet, now: float) -> list[Picture]:
        """The packet, or nothing where it comes too late or twice. `now` is not looked at."""
        if self._highest is None:
            lost = False
        else:
            ahead = (packet.sequence - self._highest) & 0xFFFF
            if ahead == 0 or ahead >= 0x10000 - _FAR:
                return []
            lost = ahead != 1
        self._highest = packet.sequence
        return [Picture(packet.timestamp, (packet.payload,), lost)] if packet.payload else []

    def nacks(self, now: float) -> list[int]:
        """None: a sound packet asked for again would come too late."""
        return []

    def wants_key(self, now: float) -> bool:
        """Never: every packet is a beginning."""
        return False
