"""One publisher of one source, from its offer to its end: frames to the hub, reports and requests back to the browser.

It carries out what `life` decides, and decides nothing about media: `assembly`, `feed`, `timeline` and `bandwidth`
do. `ingest` opens and closes it; the node ticks it four times a second.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final, Protocol

import structlog

from broadcast.core.entries import Kind
from broadcast.driver import Driver
from broadcast.media import life
from broadcast.media.assembly import Picture
from broadcast.media.bandwidth import Allowance
from broadcast.media.feed import PictureFeed, SoundFeed
from broadcast.media.gauge import Gauge, Reading
from broadcast.media.hub import Hub, Live
from broadcast.media.peer import Peer
from broadcast.media.sdp import Offer
from broadcast.media.timeline import Timeline

KEY_EVERY_S: Final = 1.0
KEY_AT_MOST_EVERY_S: Final = 0.5
REPORT_EVERY_S: Final = 1.0
FLOOD_FACTOR: Final = 5

log = structlog.get_logger(__name__)
Verdict = dict[str, bool | None]


class Watcher(Protocol):
    """Who looks at a source's pictures and listens to its sound, off the viewer path."""

    def see(self, session: str, config: dict[str, Any], payload: bytes, now: float) -> None:
        """A key frame has come."""
        ...

    def hear(self, session: str, payload: bytes, now: float) -> None:
        """An Opus packet has come."""
        ...

    def verdict(self, session: str) -> Verdict:
        """`black`, `frozen` and `silence`, None while unknown."""
        ...

    def forget(self, session: str) -> None:
        """The publication is over."""
        ...


class Publication:
    """One publication. `on_over` is called once, when it has ended."""

    def __init__(
        self,
        live: Live,
        hub: Hub,
        watcher: Watcher,
        *,
        bitrate_max_bps: int,
        clock: Callable[[], float],
        on_over: Callable[["Publication", str], None],
    ) -> None:
        self.live = live
        self._hub = hub
        self._watcher = watcher
        self._clock = clock
        self._on_over = on_over
        self._began = clock()
        self._peer = Peer(self, clock, self._connected)
        self._timeline = Timeline()
        self._bitrate_max_bps = bitrate_max_bps
        self._allowance = Allowance(bitrate_max_bps)
        self._feeds: dict[Kind, SoundFeed | PictureFeed] = {}
        self._codecs: dict[Kind, str] = {}
        self._gauges: dict[Kind, Gauge] = {}
        self._driver: Driver[life.Event, life.Effect] | None = None
        self._key_at = self._asked_at = self._reported_at = float("-inf")
        self._key_wanted = False
        self._asking: asyncio.Task[None] | None = None
        self.frames = 0
        live.refresh = self.refresh

    async def open(self, offer: Offer, address: str | None) -> str:
        """Answer the offer; the SDP answer. BadOffer where it cannot be answered."""
        await self._peer.open(offer, address)
        now = self._clock()
        self._gauges = {kind: Gauge(now) for kind in offer.kinds}
        self._driver = Driver(life.Life(picture=Kind.VIDEO in offer.kinds, now=now), self._act, clock=self._clock)
        return self._peer.answer

    def end(self, reason: str) -> None:
        """End it for this reason, in one word. Nothing where it is over."""
        if self._driver is not None:
            self._driver.feed(life.Left(reason))

    async def close(self) -> None:
        """Close the peer; bounded in time."""
        if self._driver is not None:
            self._driver.close()
        if self._asking is not None:
            self._asking.cancel()
        await self._peer.close()

    def heard_at(self) -> float:
        """When the newest packet of media came; before the first one, when it began."""
        return max((gauge.heard_at for gauge in self._gauges.values()), default=self._began)

    def refresh(self) -> None:
        """Ask for a key frame; not more often than twice a second, and then as soon as that allows."""
        self._key_wanted = True
        if self._may_ask(self._clock()) and self._asking is None:
            self._asking = asyncio.create_task(self._ask_key(), name="ask for a key frame")
            self._asking.add_done_callback(self._asked)

    # ---- what passthrough tells -------------------------------------------------------------------------------------

    def heard(self, kind: Kind, size_bytes: int, now: float) -> None:
        """A packet has come."""
        gauge = self._gauges.get(kind)
        if gauge is not None:
            gauge.heard(size_bytes, now)

    def picture(self, kind: Kind, codec: str, rate: int, picture: Picture, now: float) -> None:
        """A picture or packet is whole: on with it."""
        feed = self._feed(kind, codec)
        encoded = feed.take(picture)
        time_us = self._timeline.time_us(kind, rate, picture.timestamp, now)
        if feed.wants_key:
            self.refresh()
        if encoded is None or feed.config is None:
            return
        if encoded.fresh:
            self._hub.configure(self.live, kind, feed.config)
        self._hub.frame(self.live, kind, time_us, encoded.payload, now, key=encoded.key)
        self._gauges[kind].gave()
        self.frames += 1
        if kind is Kind.AUDIO:
            self._watcher.hear(self.live.session, encoded.payload, now)
        elif encoded.key:
            self._key_at = now
            self._watcher.see(self.live.session, feed.config, encoded.payload, now)
        if encoded.fresh and self._driver is not None:
            self._driver.feed(life.Connected())
            self._driver.feed(life.Flowed(kind))

    def reported(self, kind: Kind, ntp: int, timestamp: int) -> None:
        """A sender report has come."""
        self._timeline.report(kind, ntp, timestamp)

    def left(self, reason: str) -> None:
        """The publisher has gone."""
        self.end(reason)

    # ---- four times a second ----------------------------------------------------------------------------------------

    async def tick(self, now: float) -> None:
        """Say how it is doing, and send back what is due."""
        if self._driver is None:
            return
        readings = {kind: gauge.read(*self._peer.receivers[kind].counts(), now) for kind, gauge in self._gauges.items()}
        if self._hub.live.get(self.live.name) is self.live:
            verdict = self._watcher.verdict(self.live.session)
            self._hub.sample(self.live, self._video(readings, verdict, now), self._audio(readings, verdict))
        flood = sum(reading.bitrate_bps for reading in readings.values()) > FLOOD_FACTOR * self._bitrate_max_bps
        self._driver.feed(life.Sampled(self.heard_at(), flood))
        await self._answer(readings, now)

    async def _answer(self, readings: dict[Kind, Reading], now: float) -> None:
        picture = self._peer.receivers.get(Kind.VIDEO)
        if now - self._reported_at >= REPORT_EVERY_S:
            self._reported_at = now
            for receiver in self._peer.receivers.values():
                await receiver.report()
            if picture is not None:
                reading = readings[Kind.VIDEO]
                await picture.allow(self._allowance.see(reading.loss, reading.bitrate_bps))
        if picture is None:
            return
        await picture.ask_again(now)
        is_due = now - max(self._key_at, self._asked_at) >= KEY_EVERY_S
        if self._key_wanted or is_due or picture.wants_key(now):
            self.refresh()

    def _video(
        self, readings: dict[Kind, Reading], verdict: dict[str, bool | None], now: float
    ) -> dict[str, Any] | None:
        reading, feed = readings.get(Kind.VIDEO), self._feeds.get(Kind.VIDEO)
        if reading is None or feed is None:
            return None
        width, height = feed.size or (None, None)
        return {
            "silent_ms": reading.silent_ms,
            "frames_per_s": reading.frames_per_s,
            "bitrate_bps": reading.bitrate_bps,
            "loss": reading.loss,
            "key_age_ms": None if self._key_at < 0 else round((now - self._key_at) * 1000),
            "width": width,
            "height": height,
            "black": verdict.get("black"),
            "frozen": verdict.get("frozen"),
        }

    def _audio(self, readings: dict[Kind, Reading], verdict: Verdict) -> dict[str, Any] | None:
        reading = readings.get(Kind.AUDIO)
        if reading is None or Kind.AUDIO not in self._feeds:
            return None
        return {
            "silent_ms": reading.silent_ms,
            "packets_per_s": reading.packets_per_s,
            "bitrate_bps": reading.bitrate_bps,
            "loss": reading.loss,
            "silence": verdict.get("silence"),
        }

    # ---- within -----------------------------------------------------------------------------------------------------

    def _may_ask(self, now: float) -> bool:
        picture = self._peer.receivers.get(Kind.VIDEO)
        return picture is not None and picture.ssrc is not None and now - self._asked_at >= KEY_AT_MOST_EVERY_S

    async def _ask_key(self) -> None:
        self._asked_at = self._clock()
        self._key_wanted = False
        await self._peer.receivers[Kind.VIDEO].ask_key()

    def _asked(self, task: "asyncio.Task[None]") -> None:
        self._asking = None
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("no key frame could be asked for", session=self.live.session, fault=repr(fault))

    def _feed(self, kind: Kind, codec: str) -> SoundFeed | PictureFeed:
        """The track's feed; a new one where the publisher changes the codec."""
        if self._codecs.get(kind) != codec:
            self._codecs[kind] = codec
            self._feeds[kind] = SoundFeed() if kind is Kind.AUDIO else PictureFeed(codec)
        return self._feeds[kind]

    def _connected(self) -> None:
        if self._driver is not None:
            self._driver.feed(life.Connected())

    def _act(self, effect: life.Effect) -> None:
        match effect:
            case life.Announce():
                log.info("source up", room=self.live.room, source=self.live.source, session=self.live.session)
                self._hub.announce(self.live)
            case life.End(reason, announced):
                log.info("source over", room=self.live.room, source=self.live.source, reason=reason, was_up=announced)
                self._hub.retire(self.live, reason)
                self._watcher.forget(self.live.session)
                self._on_over(self, reason)
