"""Looks at a key frame of each source every two seconds, and listens to each second's sound: black, frozen, silent?

It decodes in a thread of its own, off the viewer path, and drops work rather than queue it; it condemns nobody, the
verdicts only stand in the samples. `publication` hands it what has come; with WATCH=off there is a `Blind` instead.
"""

import asyncio
import base64
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

import av
import numpy as np
import structlog
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame

SEE_EVERY_S: Final = 2.0
RUN_PACKETS: Final = 50
WAITING_MAX: Final = 16
BLACK_MEAN: Final = 24.0
BLACK_PEAK: Final = 48.0
FROZEN_STEP: Final = 0.4
FROZEN_LOOKS: Final = 2
SILENT_RMS: Final = 0.001
SILENT_RUNS: Final = 3
THUMB: Final = (64, 36)

log = structlog.get_logger(__name__)
Thumb = np.ndarray[Any, np.dtype[np.float32]]
Samples = np.ndarray[Any, np.dtype[np.float32]]


def is_black(thumb: Thumb) -> bool:
    """Whether a picture (brightness, 16 to 235) shows nothing: dark as a whole, and without a bright spot."""
    return float(thumb.mean()) < BLACK_MEAN and float(np.percentile(thumb, 99)) < BLACK_PEAK


def is_same(before: Thumb, after: Thumb) -> bool:
    """Whether two pictures are one: a camera's noise alone makes more difference than this."""
    return before.shape == after.shape and float(np.abs(before - after).mean()) < FROZEN_STEP


def is_silent(samples: Samples) -> bool:
    """Whether sound (-1 to 1) is below -60 dBFS."""
    return samples.size > 0 and float(np.sqrt(np.mean(np.square(samples)))) < SILENT_RMS


@dataclass(slots=True)
class Seen:
    """What is known of one publication. Verdicts need two looks that agree; one that doesn't clears them."""

    thumb: Thumb | None = None
    black: bool | None = None
    same: int = 0
    frozen: bool | None = None
    silent_runs: int = 0
    silence: bool | None = None

    def look(self, thumb: Thumb) -> None:
        """Take one picture."""
        self.black = is_black(thumb)
        if self.thumb is not None:
            self.same = self.same + 1 if is_same(self.thumb, thumb) else 0
            self.frozen = self.same >= FROZEN_LOOKS
        self.thumb = thumb

    def listen(self, *, silent: bool) -> None:
        """Take one run of sound."""
        self.silent_runs = self.silent_runs + 1 if silent else 0
        self.silence = self.silent_runs >= SILENT_RUNS


@dataclass(slots=True)
class _Source:
    seen: Seen = field(default_factory=Seen)
    looked_at: float = float("-inf")
    run: list[bytes] = field(default_factory=list)
    busy: bool = False


def decode_picture(config: dict[str, Any], payload: bytes) -> Thumb | None:
    """A key frame's brightness, small; None where it cannot be decoded. Raises av.FFmpegError."""
    codec = av.CodecContext.create("vp8" if config["codec"] == "vp8" else "h264", "r")
    if "description" in config:
        codec.extradata = base64.b64decode(config["description"])
    codec.thread_count = 1
    frames = [*codec.decode(av.Packet(payload)), *codec.decode(None)]
    for frame in frames:
        if isinstance(frame, VideoFrame):
            small = frame.reformat(width=THUMB[0], height=THUMB[1], format="gray")
            return np.asarray(small.to_ndarray(), dtype=np.float32)
    return None


def decode_sound(packets: list[bytes]) -> Samples:
    """A run of Opus packets as samples. Raises av.FFmpegError."""
    codec = av.CodecContext.create("opus", "r")
    parts: list[Samples] = []
    for packet in packets:
        for frame in codec.decode(av.Packet(packet)):
            if isinstance(frame, AudioFrame):
                scale = 1.0 if frame.format.name.startswith("flt") else 32_768.0
                parts.append(np.asarray(frame.to_ndarray().ravel() / scale, dtype=np.float32))
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.float32)


class Watch:
    """The node's watcher of all its sources. One thread decodes; at most `WAITING_MAX` jobs wait for it."""

    def __init__(self) -> None:
        self._sources: dict[str, _Source] = {}
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="watch")
        self._waiting = 0
        self._loop = asyncio.get_running_loop()

    def see(self, session: str, config: dict[str, Any], payload: bytes, now: float) -> None:
        """A key frame has come; it is looked at where the last look was long enough ago."""
        source = self._sources.setdefault(session, _Source())
        if source.busy or now - source.looked_at < SEE_EVERY_S:
            return
        source.looked_at = now
        self._work(source, lambda: self._look(source, config, payload))

    def hear(self, session: str, payload: bytes, now: float) -> None:
        """An Opus packet has come; a second of them is listened to at a time, for a tone may last a tenth of it."""
        source = self._sources.setdefault(session, _Source())
        source.run.append(payload)
        if len(source.run) < RUN_PACKETS:
            return
        run, source.run = source.run, []
        if not source.busy:
            self._work(source, lambda: self._listen(source, run))

    def verdict(self, session: str) -> dict[str, bool | None]:
        """What is known of the publication."""
        source = self._sources.get(session)
        if source is None:
            return {}
        return {"black": source.seen.black, "frozen": source.seen.frozen, "silence": source.seen.silence}

    def forget(self, session: str) -> None:
        """The publication is over."""
        self._sources.pop(session, None)

    async def close(self) -> None:
        """Stop; what is being decoded is finished, what waits is not begun."""
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)

    def _work(self, source: _Source, job: Callable[[], None]) -> None:
        if self._waiting >= WAITING_MAX:
            return
        self._waiting += 1
        source.busy = True
        future = self._loop.run_in_executor(self._pool, job)
        future.add_done_callback(lambda done: self._done(source, done))

    def _done(self, source: _Source, done: "asyncio.Future[None]") -> None:
        self._waiting -= 1
        source.busy = False
        if not done.cancelled() and (fault := done.exception()) is not None:
            log.info("a frame could not be watched", fault=str(fault)[:200])

    @staticmethod
    def _look(source: _Source, config: dict[str, Any], payload: bytes) -> None:
        thumb = decode_picture(config, payload)
        if thumb is not None:
            source.seen.look(thumb)

    @staticmethod
    def _listen(source: _Source, run: list[bytes]) -> None:
        source.seen.listen(silent=is_silent(decode_sound(run)))


class Blind:
    """Watches nothing (WATCH=off): every verdict stays unknown."""

    def see(self, session: str, config: dict[str, Any], payload: bytes, now: float) -> None:
        """Nothing is looked at."""

    def hear(self, session: str, payload: bytes, now: float) -> None:
        """Nothing is listened to."""

    def verdict(self, session: str) -> dict[str, bool | None]:
        """Nothing is known."""
        return {}

    def forget(self, session: str) -> None:
        """Nothing was kept."""

    async def close(self) -> None:
        """Nothing runs."""
