"""One publisher's WebRTC connection: answers its offer, and puts our receivers in the place of aiortc's.

It never looks at media and decides nothing about the source's life. `ingest` opens it, `publication` closes it.
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from aioice.ice import get_host_addresses
from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.codecs import get_capabilities
from aiortc.rtcrtpparameters import RTCRtpCodecCapability
from aiortc.rtcrtptransceiver import RTCRtpTransceiver

from broadcast.core.entries import Kind
from broadcast.media.passthrough import EncodedReceiver, Sink
from broadcast.media.sdp import BadOffer, Offer, with_address, with_start_bitrate

ANSWER_S: Final = 5.0
CLOSE_S: Final = 5.0
START_BITRATE_BPS: Final = 2_500_000
LOOPBACK: Final = "127.0.0.1"


def addresses_for(wanted: str | None) -> tuple[list[str], str | None]:
    """`(addresses to bind, address to offer instead)`. `wanted` None: every address but loopback, and loopback where
    there is no other; one of ours: that one; not ours (a NAT's): all of ours, offered as `wanted`."""
    own = get_host_addresses(use_ipv4=True, use_ipv6=True) or [LOOPBACK]
    if wanted is None:
        return own, None
    return ([wanted], None) if _is_own(wanted) else (own, wanted)


def _is_own(address: str) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True


def _preferred(kind: Kind) -> list[RTCRtpCodecCapability]:
    """What is taken, best first: constrained baseline before baseline before VP8, and Opus alone."""
    offered = get_capabilities(kind.value).codecs

    def rank(codec: RTCRtpCodecCapability) -> int:
        name = codec.mimeType.lower()
        if name == "video/h264":
            return 0 if codec.parameters.get("profile-level-id") == "42e01f" else 1
        return {"video/vp8": 2, "video/rtx": 3, "audio/opus": 0}.get(name, -1)

    return sorted((codec for codec in offered if rank(codec) >= 0), key=rank)


class Peer:
    """An answered publisher. `receivers` has one of each kind that it sends."""

    def __init__(self, sink: Sink, clock: Callable[[], float], on_connected: Callable[[], None]) -> None:
        self.answer = ""
        self.receivers: dict[Kind, EncodedReceiver] = {}
        self._sink = sink
        self._clock = clock
        self._on_connected = on_connected
        # No STUN server: aiortc's default would ask a stranger for our address.
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))

    async def open(self, offer: Offer, address: str | None) -> None:
        """Answer `offer`. BadOffer where it cannot be answered; the peer is closed then."""
        try:
            async with asyncio.timeout(ANSWER_S):
                self.answer = await self._negotiate(offer, address)
        except BadOffer:
            await self.close()
            raise
        except Exception as fault:
            # A foreign parser on a stranger's text: whatever it stumbles over, the offer is to blame.
            await self.close()
            raise BadOffer("The offer cannot be answered: its session description is not complete") from fault

    async def close(self) -> None:
        """Close the connection; bounded in time."""
        self._connection.remove_all_listeners()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await self._connection.close()

    async def _negotiate(self, offer: Offer, address: str | None) -> str:
        for kind in offer.kinds:
            transceiver = self._connection.addTransceiver(kind.value, direction="recvonly")
            transceiver.setCodecPreferences(_preferred(kind))
            receiver = self.receivers[kind] = EncodedReceiver(kind, self._sink, self._clock)
            receiver.attach(transceiver)
        bound, offered = addresses_for(address)
        await self._connection.setRemoteDescription(RTCSessionDescription(offer.text, "offer"))
        for transceiver in self._connection.getTransceivers():
            gather_on(transceiver, bound)
        self._connection.on("connectionstatechange", self._state_changed)
        await self._connection.setLocalDescription(await self._connection.createAnswer())
        answer = with_start_bitrate(self._connection.localDescription.sdp, START_BITRATE_BPS)
        return answer if offered is None else with_address(answer, offered)

    def _state_changed(self) -> None:
        state = self._connection.connectionState
        if state == "connected":
            self._on_connected()
        elif state in ("failed", "closed"):
            self._sink.left("left" if state == "closed" else "failed")


def gather_on(transceiver: RTCRtpTransceiver, addresses: list[str]) -> None:
    """Have aioice gather on `addresses`: by itself it takes every address but loopback."""
    ice = transceiver.receiver.transport.transport.iceGatherer._connection  # noqa: SLF001
    gather = type(ice).get_component_candidates

    async def on_these(component: int, addresses: list[str] = addresses, timeout: int = 5) -> object:
        return await gather(ice, component=component, addresses=chosen, timeout=timeout)

    chosen = list(addresses)
    setattr(ice, "get_component_candidates", on_these)  # noqa: B010
