"""Turns one track's pictures or packets into what WebCodecs wants: a decoder configuration, then encoded frames.

It decides where decoding can begin and when the configuration has changed; it decodes nothing and knows no clock.
`publication` drives it with what `assembly` found whole.
"""

import base64
from dataclasses import dataclass
from typing import Any, Final

from broadcast.core.entries import Kind
from broadcast.core.frame import MAX_FRAME_BYTES
from broadcast.media import h264, vp8
from broadcast.media.assembly import Picture

OPUS: Final[dict[str, Any]] = {"codec": "opus", "sampleRate": 48000, "numberOfChannels": 2}


@dataclass(frozen=True, slots=True)
class Encoded:
    """One frame for a decoder. `fresh`: the configuration is new with this frame (which then is a key frame)."""

    payload: bytes
    key: bool
    fresh: bool = False


class SoundFeed:
    """Opus as it comes: every packet is a beginning."""

    kind: Final = Kind.AUDIO

    def __init__(self) -> None:
        self.config: dict[str, Any] | None = None
        self.wants_key = False
        self.size: tuple[int, int] | None = None

    def take(self, picture: Picture) -> Encoded | None:
        """The packet; None for an empty one."""
        payload = picture.payloads[0]
        if not payload or len(payload) > MAX_FRAME_BYTES:
            return None
        fresh, self.config = self.config is None, OPUS
        return Encoded(payload, key=True, fresh=fresh)


class PictureFeed:
    """H.264 or VP8. Nothing goes out before the first key frame, nor between a loss and the next one."""

    kind: Final = Kind.VIDEO

    def __init__(self, codec: str) -> None:
        """`codec` is `H264` or `VP8`, as SDP names them."""
        self.config: dict[str, Any] | None = None
        self.wants_key = True
        self.size: tuple[int, int] | None = None
        self._read = self._read_h264 if codec.upper() == "H264" else self._read_vp8
        self._sets = h264.Sets()
        self._renewed = False

    def take(self, picture: Picture) -> Encoded | None:
        """The picture as a decoder wants it; None where it cannot be decoded, and `wants_key` says whether a key
        frame is needed before anything else can."""
        if picture.lost:
            self.wants_key = True
        try:
            payload, key, config = self._read(picture.payloads)
        except ValueError:
            self.wants_key = True
            return None
        if not payload or len(payload) > MAX_FRAME_BYTES or (self.wants_key and not key):
            return None
        if not key:
            return Encoded(payload, key=False)
        if config is None:
            return None
        self.wants_key = False
        fresh = config != self.config
        self.config = config
        self.size = (config["codedWidth"], config["codedHeight"])
        return Encoded(payload, key=True, fresh=fresh)

    def _read_h264(self, payloads: tuple[bytes, ...]) -> tuple[bytes, bool, dict[str, Any] | None]:
        units = h264.units_of(payloads)
        if self._sets.learn(units):
            self._renewed = True
        key = h264.is_key(units)
        return h264.prefixed(units), key, self._h264_config() if key else None

    def _h264_config(self) -> dict[str, Any] | None:
        if not self._renewed:
            return self.config
        shape = self._sets.shape()
        if shape is None:
            return None
        self._renewed = False
        return {
            "codec": shape.codec,
            "codedWidth": shape.width,
            "codedHeight": shape.height,
            "description": base64.b64encode(self._sets.description(shape)).decode(),
        }

    @staticmethod
    def _read_vp8(payloads: tuple[bytes, ...]) -> tuple[bytes, bool, dict[str, Any] | None]:
        frame = vp8.frame_of(payloads)
        if not vp8.is_key(frame):
            return frame, False, None
        width, height = vp8.size_of(frame)
        return frame, True, {"codec": "vp8", "codedWidth": width, "codedHeight": height}
