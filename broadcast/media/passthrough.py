"""The seam in aiortc where media is taken encoded: a receiver that hands on pictures and sound packets as they came.

It stands in for `RTCRtpReceiver` from the moment the transport is up, so aiortc's decoder thread, queue and jitter
buffer are never started; it decodes nothing and judges nothing. aiortc's DTLS transport drives it with packets, and
`publication` with the time, for what goes back to the publisher: reports, NACK, PLI, REMB.
"""

from collections.abc import Callable
from typing import Protocol

from aiortc.codecs import is_rtx
from aiortc.rtcrtpparameters import RTCRtpCodecParameters, RTCRtpReceiveParameters
from aiortc.rtcrtpreceiver import StreamStatistics
from aiortc.rtcrtptransceiver import RTCRtpTransceiver
from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    AnyRtcpPacket,
    RtcpByePacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSrPacket,
    RtpPacket,
    pack_remb_fci,
    unwrap_rtx,
)

from broadcast.core.entries import Kind
from broadcast.media.assembly import Packet, Picture, PictureBuffer, SoundOrder


class Sink(Protocol):
    """Who is told of what arrives. `now` is the loop's time."""

    def heard(self, kind: Kind, size_bytes: int, now: float) -> None:
        """A packet of media has come."""
        ...

    def picture(self, kind: Kind, codec: str, rate: int, picture: Picture, now: float) -> None:
        """A picture or sound packet is whole. `codec` as in SDP (`H264`, `VP8`, `opus`), `rate` in ticks a second."""
        ...

    def reported(self, kind: Kind, ntp: int, timestamp: int) -> None:
        """A sender report has come."""
        ...

    def left(self, reason: str) -> None:
        """The publisher has gone."""
        ...


class EncodedReceiver:
    """One track's receiver, as aiortc's transport wants it. `attach` puts it in place before the connection stands."""

    def __init__(self, kind: Kind, sink: Sink, clock: Callable[[], float]) -> None:
        self.kind = kind
        self._sink = sink
        self._clock = clock
        self._buffer: PictureBuffer | SoundOrder = PictureBuffer() if kind is Kind.VIDEO else SoundOrder()
        self._codecs: dict[int, RTCRtpCodecParameters] = {}
        self._statistics: dict[int, StreamStatistics] = {}
        self._reports: dict[int, tuple[int, float]] = {}
        self._transceiver: RTCRtpTransceiver | None = None
        self._own_ssrc = 0
        self.ssrc: int | None = None

    def attach(self, transceiver: RTCRtpTransceiver) -> None:
        """Take the place of the transceiver's own receiver: aiortc starts it through this one method."""
        self._transceiver = transceiver
        self._own_ssrc = transceiver.sender._ssrc  # noqa: SLF001
        setattr(transceiver.receiver, "receive", self._receive)  # noqa: B010

    async def _receive(self, parameters: RTCRtpReceiveParameters) -> None:
        if self._transceiver is None or self._codecs:
            return
        self._codecs = {codec.payloadType: codec for codec in parameters.codecs if codec.payloadType is not None}
        self._transceiver.receiver.transport._register_rtp_receiver(self, parameters)  # noqa: SLF001

    def counts(self) -> tuple[int, int]:
        """`(expected, received)` packets of the media stream since its beginning."""
        stream = self._statistics.get(self.ssrc) if self.ssrc is not None else None
        return (0, 0) if stream is None else (stream.packets_expected, stream.packets_received)

    def wants_key(self, now: float) -> bool:
        """Whether a gap is old enough that a new key frame should be under way."""
        return self._buffer.wants_key(now)

    # ---- what aiortc's transport calls ------------------------------------------------------------------------------

    def _handle_disconnect(self) -> None:
        self._sink.left("left")

    async def _handle_rtcp_packet(self, packet: AnyRtcpPacket) -> None:
        if isinstance(packet, RtcpSrPacket):
            info = packet.sender_info
            self._reports[packet.ssrc] = ((info.ntp_timestamp >> 16) & 0xFFFFFFFF, self._clock())
            if packet.ssrc == self.ssrc:
                self._sink.reported(self.kind, info.ntp_timestamp, info.rtp_timestamp)
        elif isinstance(packet, RtcpByePacket) and self.ssrc in packet.sources:
            self._sink.left("left")

    async def _handle_rtp_packet(self, packet: RtpPacket, arrival_time_ms: int) -> None:
        now = self._clock()
        codec = self._codecs.get(packet.payload_type)
        if codec is None:
            return
        if packet.ssrc not in self._statistics:
            if len(self._statistics) >= 8:
                return
            self._statistics[packet.ssrc] = StreamStatistics(codec.clockRate)
        self._statistics[packet.ssrc].add(packet)
        if is_rtx(codec):
            apt = codec.parameters.get("apt")
            if not isinstance(apt, int) or apt not in self._codecs or self.ssrc is None or len(packet.payload) < 2:
                return
            packet, codec = unwrap_rtx(packet, apt, self.ssrc), self._codecs[apt]
        elif packet.ssrc != self.ssrc:
            self._begin_stream(packet.ssrc)
        self._sink.heard(self.kind, len(packet.payload), now)
        pictures = self._buffer.add(
            Packet(packet.sequence_number, packet.timestamp, bool(packet.marker), packet.payload), now
        )
        for picture in pictures:
            self._sink.picture(self.kind, codec.name, codec.clockRate, picture, now)
        await self.ask_again(now)

    def _begin_stream(self, ssrc: int) -> None:
        """A publisher may go on under another SSRC (RFC 3550, 8.2): its numbers have nothing to do with the old."""
        if self.ssrc is not None:
            self._buffer = PictureBuffer() if self.kind is Kind.VIDEO else SoundOrder()
        self.ssrc = ssrc

    # ---- what goes back to the publisher ----------------------------------------------------------------------------

    async def ask_again(self, now: float) -> None:
        """NACK (RFC 4585, 6.2.1) what is missing and due."""
        lost = self._buffer.nacks(now)
        if lost and self.ssrc is not None:
            packet = RtcpRtpfbPacket(fmt=RTCP_RTPFB_NACK, ssrc=self._own_ssrc, media_ssrc=self.ssrc)
            packet.lost = sorted(lost)
            await self._send(packet)

    async def ask_key(self) -> None:
        """PLI (RFC 4585, 6.3.1): send a key frame, please."""
        if self.ssrc is not None:
            await self._send(RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=self._own_ssrc, media_ssrc=self.ssrc))

    async def allow(self, bitrate_bps: int) -> None:
        """REMB (draft-alvestrand-rmcat-remb-03): send no more than this."""
        if self.ssrc is not None:
            fci = pack_remb_fci(bitrate_bps, [self.ssrc])
            await self._send(RtcpPsfbPacket(fmt=RTCP_PSFB_APP, ssrc=self._own_ssrc, media_ssrc=0, fci=fci))

    async def report(self) -> None:
        """A receiver report (RFC 3550, 6.4.2) on every stream of the track."""
        now = self._clock()
        reports = []
        for ssrc, stream in self._statistics.items():
            lsr, heard_at = self._reports.get(ssrc, (0, now))
            reports.append(
                RtcpReceiverInfo(
                    ssrc=ssrc,
                    fraction_lost=stream.fraction_lost,
                    packets_lost=stream.packets_lost,
                    highest_sequence=(stream.cycles + (stream.max_seq or 0)) & 0xFFFFFFFF,
                    jitter=stream.jitter & 0xFFFFFFFF,
                    lsr=lsr,
                    dlsr=min(int((now - heard_at) * 65536), 0xFFFFFFFF) if lsr else 0,
                )
            )
        if reports:
            await self._send(RtcpRrPacket(ssrc=self._own_ssrc, reports=reports))

    async def _send(self, packet: AnyRtcpPacket) -> None:
        if self._transceiver is None:
            return
        try:
            await self._transceiver.receiver.transport._send_rtp(bytes(packet))  # noqa: SLF001
        except ConnectionError:
            # The transport is closing under us: who ends the publication learns of it by itself.
            return
