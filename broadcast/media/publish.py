"""Publishes a clip to a WHIP server (RFC 9725): encoded pieces as they are, each when its time has come.

It never decodes or encodes, and gives up with a plain reason; `broadcast publish` runs it as a process, tests inside
one. aiortc does the WebRTC.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final
from urllib.parse import urljoin

import httpx
from aiortc import (
    MediaStreamError,
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.codecs import get_capabilities
from aiortc.rtcrtpparameters import RTCRtpCodecCapability
from av.packet import Packet

from broadcast.core.entries import Kind
from broadcast.core.errors import LiveError
from broadcast.media.clip import Clip, Piece
from broadcast.media.peer import addresses_for, gather_on

HTTP_S: Final = 10.0
CONNECT_S: Final = 10.0
CLOSE_S: Final = 5.0
LATE_S: Final = 0.2
_MICROSECOND: Final = Fraction(1, 1_000_000)


class Failed(LiveError):
    """It cannot be published, or the server has gone; the text says which."""


@dataclass(slots=True)
class Sent:
    """What went out so far."""

    pictures: int = 0
    sounds: int = 0
    seconds: float = 0.0


class _Pace:
    """When each piece goes: the tracks of one clip share a beginning. `frozen` holds both tracks where they are."""

    def __init__(self) -> None:
        self.begins_at: float | None = None
        self.flowing = asyncio.Event()
        self.flowing.set()

    def behind_s(self, at_us: int) -> float:
        """How late the piece of `at_us` is: like a camera, a publisher that was stopped does not send the past."""
        if self.begins_at is None:
            return 0.0
        return asyncio.get_running_loop().time() - self.begins_at - at_us / 1e6

    async def wait(self, at_us: int) -> None:
        """Until it is time for the piece of `at_us`."""
        now = asyncio.get_running_loop().time()
        if self.begins_at is None:
            self.begins_at = now
        await asyncio.sleep(max(0.0, self.begins_at + at_us / 1e6 - now))


class _ClipTrack(MediaStreamTrack):
    """One kind of a clip as aiortc's sender takes it: encoded packets."""

    def __init__(self, clip: Clip, kind: Kind, pace: _Pace, *, loop: bool, on_sent: Callable[[], None]) -> None:
        super().__init__()
        self.kind = kind.value
        self._pieces: tuple[Piece, ...] = clip.pieces[kind]
        self._duration_us = clip.duration_us
        self._pace = pace
        self._again = loop
        self._next = 0
        self._skipped = False
        self._on_sent = on_sent

    async def recv(self) -> "Packet[Any]":
        await self._pace.flowing.wait()
        piece, at_us = self._take()
        while self._pace.behind_s(at_us) > LATE_S:
            piece, at_us = self._take()
            self._skipped = True
        while self._skipped and not piece.key:
            piece, at_us = self._take()
        self._skipped = False
        await self._pace.wait(at_us)
        packet = Packet(piece.payload)
        packet.pts, packet.time_base = at_us, _MICROSECOND
        self._on_sent()
        return packet

    def _take(self) -> tuple[Piece, int]:
        """The next piece and its time; the track's end after the last."""
        round_number, index = divmod(self._next, len(self._pieces))
        if self.readyState != "live" or (round_number and not self._again):
            self.stop()
            raise MediaStreamError
        self._next += 1
        piece = self._pieces[index]
        return piece, piece.at_us + round_number * self._duration_us


def _capability(name: str) -> list[RTCRtpCodecCapability]:
    """The one codec that the clip has (and retransmission, for pictures)."""
    kind = "audio" if name == "opus" else "video"
    codecs = get_capabilities(kind).codecs
    mime = f"{kind}/{name}".lower()
    found = [codec for codec in codecs if codec.mimeType.lower() == mime]
    exact = [codec for codec in found if codec.parameters.get("profile-level-id") in (None, "42e01f")]
    return exact + [codec for codec in codecs if codec.mimeType.lower() == "video/rtx"]


class Publisher:
    """One clip being published. `start`; `ended` is set at its end, with `fault` where the server ended it; `close`."""

    def __init__(self, clip: Clip, url: str, token: str, *, loop: bool = False, address: str | None = None) -> None:
        self.sent = Sent()
        self.resource: str | None = None
        self.ended = asyncio.Event()
        self.fault: str | None = None
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"}
        self._address = address
        self._pace = _Pace()
        self._connected = asyncio.Event()
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        self._closing = False
        self._tracks = 0
        for kind in clip.codecs:
            count = self._count_picture if kind is Kind.VIDEO else self._count_sound
            track = _ClipTrack(clip, kind, self._pace, loop=loop, on_sent=count)
            track.add_listener("ended", self._track_ended)
            transceiver = self._connection.addTransceiver(track, direction="sendonly")
            transceiver.setCodecPreferences(_capability(clip.codecs[kind]))
            self._transport = transceiver.sender.transport
            self._tracks += 1

    async def start(self) -> None:
        """Negotiate and connect. Failed where the server refuses, or nothing connects."""
        self._connection.on("connectionstatechange", self._state_changed)
        # aiortc's connection goes on being "connected" when the other side says goodbye; its transport does not.
        self._transport.on("statechange", self._state_changed)
        bound, _ = addresses_for(self._address)
        for transceiver in self._connection.getTransceivers():
            gather_on(transceiver, bound)
        await self._connection.setLocalDescription(await self._connection.createOffer())
        answer = await self._ask(self._connection.localDescription.sdp)
        try:
            await self._connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        except Exception as fault:  # noqa: BLE001
            # A foreign parser on a stranger's text: whatever it stumbles over, the answer is to blame.
            raise Failed(f"{self._url}: its answer makes no sense ({type(fault).__name__})") from None
        try:
            async with asyncio.timeout(CONNECT_S):
                await self._connected.wait()
        except TimeoutError:
            raise Failed(f"{self._url}: no media connection within {CONNECT_S:.0f} s (is UDP blocked?)") from None

    def freeze(self) -> None:
        """Send nothing until `thaw`; the connection stays."""
        self._pace.flowing.clear()

    def thaw(self) -> None:
        """Go on."""
        self._pace.flowing.set()

    async def close(self) -> None:
        """Say goodbye (DELETE) and close; bounded in time, and no fault if the server is gone."""
        self._connection.remove_all_listeners()
        self._closing = True
        if self.resource is not None:
            with suppress(httpx.HTTPError, httpx.InvalidURL):
                async with httpx.AsyncClient(timeout=CLOSE_S, trust_env=False) as client:
                    await client.delete(self.resource, headers=self._headers)
            self.resource = None
        self._pace.flowing.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await self._connection.close()

    async def _ask(self, offer: str) -> str:
        headers = {**self._headers, "Content-Type": "application/sdp"}
        try:
            async with httpx.AsyncClient(timeout=HTTP_S, trust_env=False) as client:
                response = await client.post(self._url, content=offer, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as fault:
            raise Failed(f"{self._url}: cannot be reached ({fault or type(fault).__name__})") from None
        if response.status_code != 201:
            raise Failed(f"{self._url}: refused with {response.status_code} ({_reason(response)})")
        location = response.headers.get("location")
        if location:
            self.resource = urljoin(self._url, location)
        return response.text

    def _state_changed(self) -> None:
        state = self._connection.connectionState
        if state == "connected":
            self._connected.set()
        gone = state in ("failed", "closed") or self._transport.state in ("failed", "closed")
        if gone and not self._closing and not self.ended.is_set():
            self.fault = f"{self._url}: the server has closed the connection"
            self.ended.set()

    def _track_ended(self) -> None:
        self._tracks -= 1
        if self._tracks <= 0:
            self.ended.set()

    def _count_picture(self) -> None:
        self.sent.pictures += 1

    def _count_sound(self) -> None:
        self.sent.sounds += 1


async def run(
    clip: Clip, url: str, token: str, *, loop: bool = False, for_s: float | None = None, address: str | None = None
) -> Sent:
    """Publish until the clip's end, or for `for_s` seconds. Failed where it cannot be, or the server goes away."""
    publisher = Publisher(clip, url, token, loop=loop, address=address)
    began = asyncio.get_running_loop().time()
    try:
        await publisher.start()
        with suppress(TimeoutError):
            async with asyncio.timeout(for_s):
                await publisher.ended.wait()
    finally:
        await publisher.close()
    publisher.sent.seconds = asyncio.get_running_loop().time() - began
    if publisher.fault is not None:
        raise Failed(publisher.fault)
    return publisher.sent


def _reason(response: httpx.Response) -> str:
    try:
        told = response.json()
    except ValueError:
        return response.reason_phrase
    return str(told.get("reason", response.reason_phrase))[:200] if isinstance(told, dict) else response.reason_phrase
