"""From a publisher to a reader: the same bytes, in order, in time, and nothing is decoded on the way."""

import ctypes
import gc
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import av
import pytest
from aiortc.rtp import RTCP_PSFB_APP, RtcpPsfbPacket, unpack_remb_fci

from broadcast.core.entries import Kind, Role
from broadcast.media import clip, h264
from broadcast.media.passthrough import EncodedReceiver
from broadcast.media.publish import Publisher
from tests.broadcast.media.conftest import publishing, reading, running, token
from tests.waiting import until


@contextmanager
def decoding_counted() -> Iterator[list[str]]:
    """Every call of libav's decoders from Python, in this process, is written down. The classes are compiled, so
    their method tables are changed by hand."""
    calls: list[str] = []
    restored = []
    for owner in (av.CodecContext, av.VideoCodecContext, av.AudioCodecContext):
        table = gc.get_referents(owner.__dict__)[0]
        original = table.get("decode")
        if original is None:
            continue

        def counted(self, *args, _original=original, **kwargs):
            calls.append(self.name)
            return _original(self, *args, **kwargs)

        table["decode"] = counted
        ctypes.pythonapi.PyType_Modified(ctypes.py_object(owner))
        restored.append((owner, table, original))
    try:
        yield calls
    finally:
        for owner, table, original in restored:
            table["decode"] = original
            ctypes.pythonapi.PyType_Modified(ctypes.py_object(owner))


async def received(node, what: clip.Clip, pictures: int, **options):
    async with reading(node) as reader:
        await reader.say(type="pull", room="demo", source="main")
        async with publishing(node, what, **options):
            await until(lambda: len(reader.frames_of("video")) >= pictures, within_s=20)
    return reader


@pytest.mark.parametrize("codec", ["H264", "VP8"])
async def test_pictures_and_sound_arrive_as_they_were_sent(node, codec):
    what = clip.render(seconds=2, width=320, height=180, codec=codec)
    reader = await received(node, what, 70)
    sent = [piece.payload for piece in what.pieces[Kind.VIDEO]]
    if codec == "H264":
        sent = [h264.prefixed(list(annexb_units(payload))) for payload in sent]
    got = [frame.payload for frame in reader.frames_of("video")]
    begin = sent.index(got[0])
    assert got == [sent[(begin + number) % len(sent)] for number in range(len(got))]
    assert [frame.key for frame in reader.frames_of("video")[:60]].count(True) == 2
    heard = [frame.payload for frame in reader.frames_of("audio")]
    packets = [piece.payload for piece in what.pieces[Kind.AUDIO]]
    begin = packets.index(heard[0])
    assert heard == [packets[(begin + number) % len(packets)] for number in range(len(heard))]
    (video,) = reader.of("feed", kind="video")
    (audio,) = reader.of("feed", kind="audio")
    assert video["config"]["codec"].startswith({"H264": "avc1.42c0", "VP8": "vp8"}[codec])
    assert audio["config"] == {"codec": "opus", "sampleRate": 48000, "numberOfChannels": 2}


def annexb_units(payload: bytes) -> list[bytes]:
    return [unit.rstrip(b"\0") for unit in payload.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1") if unit]


async def test_a_media_node_decodes_nothing_on_the_way_to_a_viewer(node, h264_clip):
    with decoding_counted() as calls:
        await received(node, h264_clip, 40)
        assert calls == []


async def test_decoding_would_have_been_counted_for_the_watcher_that_does_is():
    what = clip.render(seconds=2, width=320, height=180)
    with decoding_counted() as calls:
        async with running() as node:
            await received(node, what, 40)
            await until(lambda: "h264" in calls)


async def test_time_goes_on_evenly_and_sound_comes_together_with_its_picture(node, h264_clip):
    heard = Counter(piece.payload for piece in h264_clip.pieces[Kind.AUDIO])
    at_us = {piece.payload: piece.at_us for piece in h264_clip.pieces[Kind.AUDIO] if heard[piece.payload] == 1}
    sent = {h264.prefixed(annexb_units(piece.payload)): piece.at_us for piece in h264_clip.pieces[Kind.VIDEO]}

    def together(reader) -> bool:
        sounds = [frame for frame in reader.frames_of("audio") if frame.payload in at_us]
        if len(reader.frames_of("video")) < 60 or not sounds:
            return False
        picture, sound = reader.frames_of("video")[-1], sounds[-1]
        off = (picture.time_us - sent[picture.payload]) - (sound.time_us - at_us[sound.payload])
        return abs((off + 1_000_000) % 2_000_000 - 1_000_000) < 20_000

    async with reading(node) as reader:
        await reader.say(type="pull", room="demo", source="main")
        async with publishing(node, h264_clip):
            await until(lambda: together(reader), within_s=20)
    pictures = [frame.time_us for frame in reader.frames_of("video")]
    sounds = [frame.time_us for frame in reader.frames_of("audio")]
    assert all(25_000 < after - before < 42_000 for before, after in pairwise(pictures))
    assert all(18_000 < after - before < 22_000 for before, after in pairwise(sounds))


async def test_lost_packets_are_asked_for_again_and_every_picture_arrives(node, monkeypatch):
    roll = random.Random(7)
    handle = EncodedReceiver._handle_rtp_packet
    dropped = 0

    async def lossy(self, packet, arrival_time_ms):
        nonlocal dropped
        is_first_copy = self._codecs[packet.payload_type].name != "rtx"
        if self.kind is Kind.VIDEO and is_first_copy and roll.random() < 0.05:
            dropped += 1
            return
        await handle(self, packet, arrival_time_ms)

    monkeypatch.setattr(EncodedReceiver, "_handle_rtp_packet", lossy)
    what = clip.render(seconds=2, width=640, height=360, bitrate_bps=2_000_000)
    async with reading(node) as reader:
        await reader.say(type="watch")
        await reader.say(type="pull", room="demo", source="main")
        async with publishing(node, what):
            await until(lambda: len(reader.frames_of("video")) >= 90, within_s=20)
        losses = [message["video"]["loss"] for message in reader.of("sample") if message["video"]]
    times = [frame.time_us for frame in reader.frames_of("video")]
    assert dropped >= 5
    assert all(25_000 < after - before < 42_000 for before, after in pairwise(times))
    assert max(losses) > 0.01


async def test_a_path_that_loses_for_good_goes_on_with_the_next_key_frame(node, monkeypatch):
    handle = EncodedReceiver._handle_rtp_packet
    seen = 0

    async def cut(self, packet, arrival_time_ms):
        nonlocal seen
        seen += self.kind is Kind.VIDEO
        if self.kind is Kind.VIDEO and 40 < seen < 50:
            return
        await handle(self, packet, arrival_time_ms)

    monkeypatch.setattr(EncodedReceiver, "_handle_rtp_packet", cut)
    monkeypatch.setattr("broadcast.media.assembly.NACK_TRIES", 0)
    reader = await received(node, clip.render(seconds=2, width=320, height=180), 70)
    frames = reader.frames_of("video")
    gaps = [
        number for number, (before, after) in enumerate(pairwise(frames)) if after.time_us - before.time_us > 45_000
    ]
    assert len(gaps) == 1
    assert frames[gaps[0] + 1].key


async def test_a_picture_that_grows_is_announced_before_its_key_frame(node):
    small, large = (clip.render(seconds=1, width=width, height=180) for width in (320, 640))
    pieces = [*small.pieces[Kind.VIDEO]]
    pieces += [clip.Piece(piece.at_us + 1_000_000, piece.payload, piece.key) for piece in large.pieces[Kind.VIDEO]]
    grown = clip.Clip({Kind.VIDEO: "H264"}, {Kind.VIDEO: tuple(pieces)}, 2_000_000)
    reader = await received(node, grown, 45)
    configs = reader.of("feed", kind="video")
    assert [message["config"]["codedWidth"] for message in configs] == [320, 640]
    assert len({message["feed"] for message in configs}) == 1
    after = reader.order[reader.order.index(configs[1]) + 1 :]
    frames = [frame for frame in after if not isinstance(frame, dict)]
    assert frames[0].key


async def test_a_publisher_is_told_how_much_it_may_send_and_asked_for_key_frames(node, monkeypatch):
    sent = []
    send = EncodedReceiver._send

    async def noted(self, packet):
        sent.append(packet)
        await send(self, packet)

    monkeypatch.setattr(EncodedReceiver, "_send", noted)
    slow = clip.render(seconds=6, width=320, height=180)
    one_key = tuple(piece for number, piece in enumerate(slow.pieces[Kind.VIDEO]) if number == 0 or not piece.key)
    await received(node, clip.Clip({Kind.VIDEO: "H264"}, {Kind.VIDEO: one_key}, 6_000_000), 100, loop=False)
    rembs = [packet for packet in sent if isinstance(packet, RtcpPsfbPacket) and packet.fmt == RTCP_PSFB_APP]
    plis = [packet for packet in sent if isinstance(packet, RtcpPsfbPacket) and packet.fmt != RTCP_PSFB_APP]
    assert rembs
    assert all(3_900_000 < unpack_remb_fci(packet.fci)[0] <= 4_000_000 for packet in rembs)
    assert 1 <= len(plis) <= 3


async def test_a_sound_without_a_picture_is_a_source_too(node, h264_clip):
    only = clip.Clip({Kind.AUDIO: "opus"}, {Kind.AUDIO: h264_clip.pieces[Kind.AUDIO]}, h264_clip.duration_us)
    async with reading(node) as reader:
        await reader.say(type="watch")
        await reader.say(type="pull", room="demo", source="main")
        async with publishing(node, only):
            await until(lambda: len(reader.frames_of("audio")) > 10)
            await until(lambda: reader.of("sample"))
        assert reader.of("sample")[-1]["video"] is None
        assert reader.of("feed", kind="video") == []


async def test_a_picture_that_is_offered_and_does_not_come_is_said_not_to_be_there(node, h264_clip):
    only = clip.Clip({Kind.AUDIO: "opus"}, {Kind.AUDIO: h264_clip.pieces[Kind.AUDIO]}, h264_clip.duration_us)
    publisher = Publisher(only, node.whip(), token(Role.PUBLISHER, source="main"), loop=True)
    publisher._connection.addTransceiver("video", direction="sendonly")
    async with reading(node) as reader:
        await reader.say(type="watch")
        try:
            await publisher.start()
            await until(lambda: len(reader.of("sample")) > 3)
        finally:
            await publisher.close()
    assert reader.of("source", state="up")
    assert all(sample["video"] is None and sample["audio"]["packets_per_s"] > 0 for sample in reader.of("sample"))


async def test_a_publisher_that_says_goodbye_is_down_at_once(node, h264_clip):
    async with reading(node) as reader:
        async with publishing(node, h264_clip):
            await until(lambda: reader.of("source", state="up"))
        await until(lambda: reader.of("source", state="down", reason="ended"))
        async with publishing(node, h264_clip) as publisher:
            await until(lambda: len(reader.of("source", state="up")) == 2)
            publisher.resource = None
        await until(lambda: reader.of("source", state="down", reason="left"))
    await until(lambda: not node.node.ingest.publications and not node.node.ingest._closing)
