"""Reads VP8 as far as passing it on needs: the frame out of RTP payloads, and a key frame's size.

It never decodes a picture and keeps nothing. `feed` drives it; RFC 7741 says how frames travel, RFC 6386 (9.1) what
their headers hold.
"""

from collections.abc import Sequence

_START_CODE = b"\x9d\x01\x2a"
_FIRST = 0x10


def frame_of(payloads: Sequence[bytes]) -> bytes:
    """The frame in one picture's RTP payloads. ValueError where they break the rules."""
    if payloads and payloads[0] and (payloads[0][0] & 0x1F) != _FIRST:
        raise ValueError("a VP8 frame's first packet is missing")
    return b"".join(_without_descriptor(payload) for payload in payloads if payload)


def _without_descriptor(payload: bytes) -> bytes:
    """RFC 7741, 4.2: one byte, and extensions as the bits say."""
    at = 1
    if payload[0] & 0x80:
        if len(payload) < 2:
            raise ValueError("a VP8 descriptor is truncated")
        extensions = payload[1]
        at = 2
        if extensions & 0x80:
            at += 2 if len(payload) > at and payload[at] & 0x80 else 1
        if extensions & 0x40:
            at += 1
        if extensions & 0x30:
            at += 1
    if len(payload) < at:
        raise ValueError("a VP8 descriptor is truncated")
    return payload[at:]


def is_key(frame: bytes) -> bool:
    """Whether decoding can begin here."""
    return bool(frame) and not frame[0] & 0x01


def size_of(frame: bytes) -> tuple[int, int]:
    """A key frame's width and height in pixels. ValueError where its header makes no sense."""
    if len(frame) < 10 or frame[3:6] != _START_CODE:
        raise ValueError("a VP8 key frame has no start code")
    width = int.from_bytes(frame[6:8], "little") & 0x3FFF
    height = int.from_bytes(frame[8:10], "little") & 0x3FFF
    if not width or not height:
        raise ValueError("a VP8 key frame has no size")
    return width, height
