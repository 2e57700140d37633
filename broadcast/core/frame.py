"""The 16-byte header of a media frame: read and written, nothing else.

The layout is the protocol's (docs/protocol.md, Media): kind, flags, feed number, cut number, presentation time in
microseconds; big-endian.
"""

import struct
from dataclasses import dataclass

HEADER = struct.Struct("!BBHIq")
MEDIA_FRAME = 1
KEY = 0x01
FIRST_OF_CUT = 0x02
MAX_FRAME_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Frame:
    """One encoded picture or one Opus packet. `time_us` is on the source's timeline, shared by its two feeds."""

    feed: int
    time_us: int
    key: bool
    payload: bytes


def pack(frame: Frame, *, cut: int = 0, first_of_cut: bool = False) -> bytes:
    """The frame as it goes on the wire: header, then payload."""
    flags = (KEY if frame.key else 0) | (FIRST_OF_CUT if first_of_cut else 0)
    return HEADER.pack(MEDIA_FRAME, flags, frame.feed, cut, frame.time_us) + frame.payload


def unpack(data: bytes) -> tuple[Frame, int, bool] | None:
    """`(frame, cut, first_of_cut)`; None for anything that is not a whole media frame, which readers ignore."""
    if len(data) <= HEADER.size or data[0] != MEDIA_FRAME:
        return None
    _, flags, feed, cut, time_us = HEADER.unpack_from(data)
    frame = Frame(feed=feed, time_us=time_us, key=bool(flags & KEY), payload=data[HEADER.size :])
    return frame, cut, bool(flags & FIRST_OF_CUT)
