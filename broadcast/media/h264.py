"""Reads H.264 as far as passing it on needs: units out of RTP payloads, parameter sets, a decoder's description.

It never decodes a picture and keeps nothing between calls but the parameter sets a `Sets` has been given. `feed` drives
it; RFC 6184 says how units travel, ISO/IEC 14496-10 and -15 what they hold.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

IDR, SPS, PPS, DELIMITER, FILLER = 5, 7, 8, 9, 12
_STRIPPED = frozenset((SPS, PPS, DELIMITER, FILLER))
_STAP_A, _FU_A = 24, 28
_SETS_MAX = 16
_SET_MAX_BYTES = 1024
_HIGH_PROFILES = frozenset((100, 110, 122, 244, 44, 83, 86, 118, 128))


def units_of(payloads: Sequence[bytes]) -> list[bytes]:
    """The NAL units in one picture's RTP payloads (RFC 6184, packetization mode 1). ValueError where they break the
    rules: a picture is then no picture."""
    units: list[bytes] = []
    parts: list[bytes] = []
    for payload in payloads:
        if not payload:
            continue
        kind = payload[0] & 0x1F
        if kind == _FU_A:
            _take_fragment(payload, parts, units)
            continue
        if parts:
            raise ValueError("a unit's last fragment is missing")
        if 1 <= kind <= 23:
            units.append(payload)
        elif kind == _STAP_A:
            units.extend(_aggregated(payload))
        else:
            raise ValueError(f"unit type {kind} is not of packetization mode 1")
    if parts:
        raise ValueError("a unit's last fragment is missing")
    return units


def _take_fragment(payload: bytes, parts: list[bytes], units: list[bytes]) -> None:
    if len(payload) < 2:
        raise ValueError("a fragment is too short")
    header = payload[1]
    if header & 0x80:
        if parts:
            raise ValueError("a fragment begins inside another unit")
        parts.append(bytes([(payload[0] & 0xE0) | (header & 0x1F)]))
    elif not parts:
        raise ValueError("a unit's first fragment is missing")
    parts.append(payload[2:])
    if header & 0x40:
        units.append(b"".join(parts))
        parts.clear()


def _aggregated(payload: bytes) -> Iterator[bytes]:
    at = 1
    while at < len(payload):
        size = int.from_bytes(payload[at : at + 2], "big")
        unit = payload[at + 2 : at + 2 + size]
        if not size or len(unit) != size:
            raise ValueError("an aggregated unit is truncated")
        yield unit
        at += 2 + size


def prefixed(units: Sequence[bytes]) -> bytes:
    """The picture as a decoder with a description wants it: every unit behind its length in four bytes; parameter
    sets, delimiters and filler left out. Empty when nothing remains."""
    parts: list[bytes] = []
    for unit in units:
        if unit[0] & 0x1F not in _STRIPPED:
            parts.append(len(unit).to_bytes(4, "big"))
            parts.append(unit)
    return b"".join(parts)


def is_key(units: Sequence[bytes]) -> bool:
    """Whether decoding can begin here: the picture is an IDR."""
    return any(unit[0] & 0x1F == IDR for unit in units)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a sequence parameter set says: the codec's name for WebCodecs, and the picture's size in pixels."""

    codec: str
    width: int
    height: int
    chroma: int
    luma_bits: int
    chroma_bits: int


class _Bits:
    """Reads a unit bit by bit, without its emulation prevention bytes. ValueError past the end."""

    def __init__(self, unit: bytes) -> None:
        data = unit[:_SET_MAX_BYTES].replace(b"\x00\x00\x03", b"\x00\x00")
        self._value = int.from_bytes(data, "big")
        self._left = len(data) * 8

    def take(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise ValueError("a parameter set is truncated")
        return (self._value >> self._left) & ((1 << count) - 1)

    def ue(self) -> int:
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > 31:
                raise ValueError("a parameter set holds an endless number")
        return (1 << zeros) - 1 + self.take(zeros)

    def se(self) -> int:
        value = self.ue()
        return (value + 1) // 2 if value & 1 else -(value // 2)


def shape_of(sps: bytes) -> Shape:
    """Reads a sequence parameter set (ISO/IEC 14496-10, 7.3.2.1.1). ValueError where it makes no sense."""
    if len(sps) < 4:
        raise ValueError("a parameter set is truncated")
    bits = _Bits(sps)
    bits.take(8)
    profile, constraints, level = bits.take(8), bits.take(8), bits.take(8)
    bits.ue()
    chroma, luma_bits, chroma_bits, separate = 1, 8, 8, 0
    if profile in _HIGH_PROFILES:
        chroma = bits.ue()
        separate = bits.take(1) if chroma == 3 else 0
        luma_bits, chroma_bits = 8 + bits.ue(), 8 + bits.ue()
        bits.take(1)
        if bits.take(1):
            _skip_scaling(bits, 12 if chroma == 3 else 8)
    bits.ue()
    _skip_order(bits)
    bits.ue()
    bits.take(1)
    columns, rows = bits.ue() + 1, bits.ue() + 1
    frames_only = bits.take(1)
    if not frames_only:
        bits.take(1)
    bits.take(1)
    width, height = columns * 16, rows * 16 * (2 - frames_only)
    if bits.take(1):
        left, right, top, bottom = bits.ue(), bits.ue(), bits.ue(), bits.ue()
        across = 2 if chroma in (1, 2) and not separate else 1
        down = (2 if chroma == 1 and not separate else 1) * (2 - frames_only)
        width -= (left + right) * across
        height -= (top + bottom) * down
    if not (0 < width <= 16_384 and 0 < height <= 16_384):
        raise ValueError("a picture's size makes no sense")
    return Shape(f"avc1.{profile:02x}{constraints:02x}{level:02x}", width, height, chroma, luma_bits, chroma_bits)


def _skip_scaling(bits: _Bits, lists: int) -> None:
    for index in range(lists):
        if not bits.take(1):
            continue
        last = following = 8
        for _ in range(16 if index < 6 else 64):
            if following:
                following = (last + bits.se()) % 256
            last = following or last


def _skip_order(bits: _Bits) -> None:
    kind = bits.ue()
    if kind == 0:
        bits.ue()
    elif kind == 1:
        bits.take(1)
        bits.se()
        bits.se()
        cycle = bits.ue()
        if cycle > 255:
            raise ValueError("a parameter set makes no sense")
        for _ in range(cycle):
            bits.se()
    elif kind != 2:
        raise ValueError("a parameter set makes no sense")


@dataclass(slots=True)
class Sets:
    """The parameter sets in force. What changes here holds from the next key frame on."""

    _sps: dict[int, bytes] = field(default_factory=dict)
    _pps: dict[int, bytes] = field(default_factory=dict)

    def learn(self, units: Sequence[bytes]) -> bool:
        """Take the sets among `units`; whether anything is new. Sets beyond all bounds are passed over."""
        changed = False
        for unit in units:
            kind = unit[0] & 0x1F
            if kind not in (SPS, PPS) or len(unit) > _SET_MAX_BYTES:
                continue
            known, number = (self._sps, _number(unit, 32)) if kind == SPS else (self._pps, _number(unit, 8))
            if known.get(number) == unit or number < 0:
                continue
            if kind == SPS:
                self._pps.clear()
            if number in known or len(known) < _SETS_MAX:
                known[number] = unit
                changed = True
        return changed

    def shape(self) -> Shape | None:
        """What the newest sequence parameter set says; None before there is one (and a picture's set)."""
        if not self._sps or not self._pps:
            return None
        return shape_of(next(reversed(self._sps.values())))

    def description(self, shape: Shape) -> bytes:
        """The AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1) for lengths of four bytes."""
        newest = next(reversed(self._sps.values()))
        sps = [newest, *(unit for unit in self._sps.values() if unit is not newest)]
        parts = [b"\x01", newest[1:4], b"\xff", bytes([0xE0 | len(sps)])]
        parts += [len(unit).to_bytes(2, "big") + unit for unit in sps]
        parts.append(bytes([len(self._pps)]))
        parts += [len(unit).to_bytes(2, "big") + unit for unit in self._pps.values()]
        if newest[1] in (100, 110, 122, 144):
            bits = (0xFC | shape.chroma, 0xF8 | (shape.luma_bits - 8), 0xF8 | (shape.chroma_bits - 8), 0)
            parts.append(bytes(value & 0xFF for value in bits))
        return b"".join(parts)


def _number(unit: bytes, skipped_bits: int) -> int:
    """The set's own number; -1 where it cannot be read."""
    try:
        bits = _Bits(unit)
        bits.take(skipped_bits)
        return bits.ue()
    except ValueError:
        return -1
