"""A clip as it is in its file: encoded pictures and sound packets with their times, ready to be sent again and again.

It reads mp4, mkv and webm (H.264 or VP8, Opus), or renders a test picture with a clock and a tone; it never decodes.
`publish` plays what it gives.
"""

import io
import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.bitstream import BitStreamFilterContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from broadcast.core.entries import Kind
from broadcast.core.errors import LiveError

CLIP_MAX_BYTES: Final = 512 * 1024 * 1024
RATE: Final = 48_000
CODECS: Final = {"h264": "H264", "vp8": "VP8", "opus": "opus"}
_SOURCES: Final = {"main": 1, "standby": 2, "slate": 3, "replay": 4}


class BadClip(LiveError):
    """The file cannot be played as it is; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One encoded picture or sound packet, `at_us` microseconds after the clip's beginning."""

    at_us: int
    payload: bytes
    key: bool


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip in memory. `codecs` names what there is of each kind, as SDP does; H.264 is in Annex B form."""

    codecs: dict[Kind, str]
    pieces: dict[Kind, tuple[Piece, ...]]
    duration_us: int


def load(path: Path) -> Clip:
    """Read a file. BadClip where it is none that can be sent as it is."""
    if not path.is_file():
        raise BadClip(f"{path}: no such file")
    if path.stat().st_size > CLIP_MAX_BYTES:
        raise BadClip(f"{path}: larger than {CLIP_MAX_BYTES // 2**20} MiB; cut a shorter clip")
    try:
        with av.open(str(path)) as container:
            return _read(container, str(path))
    except av.FFmpegError as fault:
        raise BadClip(f"{path}: not a clip that can be read ({fault.strerror})") from None


def _read(container: Any, name: str) -> Clip:  # noqa: ANN401
    streams = _streams(container, name)
    codecs = {kind: CODECS[stream.codec_context.name.removeprefix("lib")] for kind, stream in streams.items()}
    found: dict[Kind, list[Piece]] = {kind: [] for kind in streams}
    video = streams.get(Kind.VIDEO)
    annexb = None
    if video is not None and codecs[Kind.VIDEO] == "H264" and (video.codec_context.extradata or b"")[:1] == b"\x01":
        annexb = BitStreamFilterContext("h264_mp4toannexb", video)
    last_us = -1
    for packet in container.demux(*streams.values()):
        if packet.pts is None or packet.size == 0:
            continue
        kind = Kind.VIDEO if packet.stream is video else Kind.AUDIO
        for out in annexb.filter(packet) if annexb is not None and kind is Kind.VIDEO else (packet,):
            at_us = round((out.pts or 0) * out.time_base * 1_000_000)
            if kind is Kind.VIDEO:
                if at_us < last_us:
                    raise BadClip(f"{name}: has B-frames, which cannot be sent live; encode it with -bf 0")
                last_us = at_us
            found[kind].append(Piece(at_us, bytes(out), out.is_keyframe))
    return _clip(codecs, found, name)


def _streams(container: Any, name: str) -> dict[Kind, Any]:  # noqa: ANN401
    streams: dict[Kind, Any] = {}
    for kind, among, wanted in (
        (Kind.VIDEO, container.streams.video, "H.264 or VP8 (ffmpeg -c:v libx264 -bf 0)"),
        (Kind.AUDIO, container.streams.audio, "Opus (ffmpeg -c:a libopus)"),
    ):
        if not among:
            continue
        codec = among[0].codec_context.name.removeprefix("lib")
        if codec not in CODECS:
            raise BadClip(f"{name}: its {kind.value} is {codec}; only {wanted} is sent")
        streams[kind] = among[0]
    if not streams:
        raise BadClip(f"{name}: has neither picture nor sound")
    return streams


def _clip(codecs: dict[Kind, str], found: dict[Kind, list[Piece]], name: str) -> Clip:
    first = min((pieces[0].at_us for pieces in found.values() if pieces), default=None)
    if first is None or any(not pieces for pieces in found.values()):
        raise BadClip(f"{name}: has no packets")
    pieces: dict[Kind, tuple[Piece, ...]] = {}
    ends: list[int] = []
    for kind, those in found.items():
        moved = tuple(Piece(piece.at_us - first, piece.payload, piece.key) for piece in those)
        step = (moved[-1].at_us - moved[0].at_us) // max(len(moved) - 1, 1) or 20_000
        ends.append(moved[-1].at_us + step)
        pieces[kind] = moved
    return Clip(codecs, pieces, max(ends))


# ---- the test picture -----------------------------------------------------------------------------------------------


def render(
    source: str = "main",
    *,
    seconds: int = 4,
    width: int = 640,
    height: int = 360,
    fps: int = 30,
    codec: str = "H264",
    black: bool = False,
    still: bool = False,
    silent: bool = False,
    bitrate_bps: int = 600_000,
) -> Clip:
    """A clip of whole seconds: the strip of docs/test-picture.md (its time is the clip's own), a hand that turns once
    a second, and at each full second a white frame and a tone for 100 ms. A key frame every second."""
    sink = io.BytesIO()
    with av.open(sink, "w", format="matroska") as container:
        video = _video_stream(container, codec, width, height, fps, bitrate_bps)
        audio = container.add_stream("libopus", rate=RATE, layout="stereo", options={"application": "audio"})
        for index in range(seconds * fps):
            at_s = 0.0 if still else index / fps
            pixels = np.zeros((height, width, 3), np.uint8) if black else _picture(source, at_s, width, height)
            frame = VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, fps)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        for packet in range(seconds * RATE // 960):
            container.mux(audio.encode(_sound(packet * 960, silent=silent)))
        container.mux(audio.encode(None))
    sink.seek(0)
    with av.open(sink) as container:
        return _trimmed(_read(container, "test picture"), seconds)


def _video_stream(container: Any, codec: str, width: int, height: int, fps: int, bitrate_bps: int) -> VideoStream:  # noqa: ANN401
    if codec == "H264":
        options = {"profile": "baseline", "preset": "veryfast", "tune": "zerolatency", "bf": "0", "sc_threshold": "0"}
        stream = container.add_stream("libx264", rate=fps, options=options)
    else:
        stream = container.add_stream("libvpx", rate=fps, options={"deadline": "realtime", "cpu-used": "8"})
    assert isinstance(stream, VideoStream)
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    stream.bit_rate = bitrate_bps
    stream.codec_context.gop_size = fps
    return stream


def _trimmed(clip: Clip, seconds: int) -> Clip:
    """Exactly so many seconds: a codec's padding would add up in a loop."""
    end = seconds * 1_000_000
    pieces = {kind: tuple(piece for piece in those if piece.at_us < end) for kind, those in clip.pieces.items()}
    return Clip(clip.codecs, pieces, end)


def strip_bits(source: str, at_ms: int) -> tuple[list[int], list[int]]:
    """The two rows of the strip (docs/test-picture.md)."""
    digits = [_SOURCES.get(source, 15), *(at_ms >> shift & 15 for shift in range(40, -1, -4))]
    check = 0
    for digit in digits:
        check = (check * 31 + digit + 7) % 4093
    digits += [check >> 8 & 15, check >> 4 & 15, check & 15]
    bits = [digit >> shift & 1 for digit in digits for shift in (3, 2, 1, 0)]
    return [1, 0, *bits[:30]], [0, 1, *bits[30:]]


def _picture(source: str, at_s: float, width: int, height: int) -> "np.ndarray[Any, np.dtype[np.uint8]]":
    hue = {"main": (30, 80, 160), "standby": (30, 130, 70)}.get(source, (110, 60, 130))
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = hue
    flash = at_s % 1.0 < 0.1
    if flash:
        picture[height // 10 :, : width // 16] = picture[height // 10 :, -width // 16 :] = 255
        picture[-height // 16 :] = 255
    rows, columns = np.ogrid[0:height, 0:width]
    across, down = columns - width / 2, rows - height * 0.55
    angle = 2 * math.pi * (at_s % 1.0) - math.pi / 2
    along = across * math.cos(angle) + down * math.sin(angle)
    aside = np.abs(across * math.sin(angle) - down * math.cos(angle))
    picture[(along > 0) & (along < height * 0.3) & (aside < height / 80)] = 240
    row_height = height / 20
    for row, bits in enumerate(strip_bits(source, round(at_s * 1000))):
        top, bottom = round(row * row_height), round((row + 1) * row_height)
        picture[top:bottom] = np.repeat(np.array(bits, np.uint8) * 255, math.ceil(width / 32))[:width, None]
    return picture


def _sound(first: int, *, silent: bool) -> AudioFrame:
    times = (np.arange(first, first + 960)) / RATE
    loud = np.zeros(960) if silent else 0.25 * np.sin(2 * math.pi * 1000 * times) * (times % 1.0 < 0.1)
    samples = np.repeat((loud * 32767).astype(np.int16), 2)[None, :]
    frame = AudioFrame.from_ndarray(samples, format="s16", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = RATE, first, Fraction(1, RATE)
    return frame
