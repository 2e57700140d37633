"""H.264 is read as far as passing it on needs, and what breaks the rules is no picture."""

import io
import struct

import av
import numpy as np
import pytest
from aiortc.codecs.h264 import H264Encoder
from hypothesis import given
from hypothesis import strategies as st

from broadcast.media import h264

SPS_UNIT, PPS_UNIT, IDR_UNIT, SLICE_UNIT = bytes([0x67]), bytes([0x68]), bytes([0x65]), bytes([0x41])


def encoded(width: int, height: int, **options: str) -> bytes:
    """One key frame in Annex B form."""
    codec = av.CodecContext.create("libx264", "w")
    codec.width, codec.height, codec.pix_fmt = width, height, options.pop("pix_fmt", "yuv420p")
    codec.framerate, codec.options = 30, {"tune": "zerolatency", **options}
    frame = av.VideoFrame.from_ndarray(np.zeros((height, width, 3), np.uint8), format="rgb24").reformat(
        format=codec.pix_fmt
    )
    frame.pts = 0
    return b"".join(bytes(packet) for packet in [*codec.encode(frame), *codec.encode(None)])


def units(annexb: bytes) -> list[bytes]:
    return list(H264Encoder._split_bitstream(annexb))


@pytest.mark.parametrize(
    ("width", "height", "options"),
    [
        (1280, 720, {"profile": "baseline"}),
        (640, 360, {"profile": "main"}),
        (1920, 1080, {"profile": "high"}),
        (322, 182, {"profile": "high"}),
        (320, 180, {"profile": "high444", "pix_fmt": "yuv444p"}),
        (320, 240, {"profile": "high422", "pix_fmt": "yuv422p"}),
        (720, 576, {"profile": "high", "x264-params": "interlaced=1:cqm=jvt"}),
    ],
)
def test_a_parameter_set_tells_the_size_and_the_codec(width, height, options):
    sps = next(unit for unit in units(encoded(width, height, **options)) if unit[0] & 0x1F == h264.SPS)
    shape = h264.shape_of(sps)
    assert (shape.width, shape.height) == (width, height)
    assert shape.codec == f"avc1.{sps[1]:02x}{sps[2]:02x}{sps[3]:02x}"


def test_a_parameter_set_cut_anywhere_is_refused_or_read_but_never_hangs():
    sps = next(unit for unit in units(encoded(640, 360)) if unit[0] & 0x1F == h264.SPS)
    for end in range(8):
        with pytest.raises(ValueError, match=r"truncated|sense"):
            h264.shape_of(sps[:end])


@given(st.binary(min_size=1, max_size=200))
def test_no_bytes_make_the_readers_fail_in_another_way(data):
    for read in (h264.shape_of, lambda unit: h264.units_of([unit]), lambda unit: h264.Sets().learn([unit])):
        try:
            read(data)
        except ValueError:
            continue


@pytest.mark.parametrize("poc", [0, 1, 2])
def test_every_order_of_pictures_is_skipped_over(poc):
    bits = "01000010000000000001111011"
    bits += {0: "11", 1: "0100110101", 2: "011"}[poc]
    bits += "1000010100010010001"
    bits += "0" * (-len(bits) % 8)
    sps = b"\x67" + int(bits, 2).to_bytes(len(bits) // 8, "big")
    shape = h264.shape_of(sps)
    assert (shape.width, shape.height) == (160, 64)


SENSELESS = {
    "an order of pictures that there is not": "1100100",
    "a number without end": "1" + "0" * 40 + "1",
    "a cycle of 300": "1101001100000000100101101",
    "nothing behind it": "1011000",
}


@pytest.mark.parametrize("bits", SENSELESS.values(), ids=SENSELESS)
def test_a_parameter_set_that_makes_no_sense_is_refused(bits):
    bits = "010000100000000000011110" + bits
    bits += "0" * (-len(bits) % 8)
    with pytest.raises(ValueError, match=r"sense|truncated|endless"):
        h264.shape_of(b"\x67" + int(bits, 2).to_bytes(len(bits) // 8, "big"))


def test_scaling_lists_are_skipped_over():
    lists = "1" + "1" * 16 + "1" + "000010001" + "0" * 6
    bits = "01100100000000000001111010101101" + lists
    bits += "1111000010100010011001"
    bits += "0" * (-len(bits) % 8)
    shape = h264.shape_of(b"\x67" + int(bits, 2).to_bytes(len(bits) // 8, "big"))
    assert (shape.codec, shape.width, shape.height) == ("avc1.64001e", 160, 64)


def test_units_travel_single_aggregated_and_in_fragments():
    whole = [SPS_UNIT + b"s" * 10, PPS_UNIT + b"p" * 4, IDR_UNIT + bytes(range(256)) * 20, SLICE_UNIT + b"x"]
    payloads = H264Encoder._packetize(iter(whole))
    assert {payload[0] & 0x1F for payload in payloads} >= {24, 28}
    assert h264.units_of([*payloads, b""]) == whole


@pytest.mark.parametrize(
    "payloads",
    [
        [b"\x7c\x05later"],
        [b"\x7c\x85first"],
        [b"\x7c\x85first", b"\x7c\x85again"],
        [b"\x7c\x85first", b"\x41single"],
        [b"\x7c"],
        [b"\x78\x00\x09short"],
        [b"\x78\x00\x00"],
        [b"\x79aggregate of another mode"],
        [b"\x00nothing"],
    ],
)
def test_a_picture_with_a_hole_is_no_picture(payloads):
    with pytest.raises(ValueError, match=r"fragment|truncated|mode"):
        h264.units_of(payloads)


def test_what_a_decoder_is_given_has_lengths_and_no_parameter_sets():
    picture = [bytes([9, 0xF0]), SPS_UNIT, PPS_UNIT, b"\x06sei", IDR_UNIT + b"slice", bytes([12, 0xFF])]
    assert h264.prefixed(picture) == struct.pack("!I", 4) + b"\x06sei" + struct.pack("!I", 6) + IDR_UNIT + b"slice"
    assert h264.is_key(picture)
    assert not h264.is_key([SLICE_UNIT])
    assert h264.prefixed([SPS_UNIT, PPS_UNIT]) == b""


def test_the_description_lets_a_decoder_read_frames_without_parameter_sets():
    for profile in ("baseline", "high"):
        picture = units(encoded(320, 180, profile=profile))
        sets = h264.Sets()
        assert sets.shape() is None
        assert sets.learn(picture)
        assert not sets.learn(picture)
        shape = sets.shape()
        assert shape is not None
        codec = av.CodecContext.create("h264", "r")
        codec.extradata = sets.description(shape)
        frames = [*codec.decode(av.Packet(h264.prefixed(picture))), *codec.decode(None)]
        assert [(frame.width, frame.height) for frame in frames] == [(320, 180)]


def test_a_new_sequence_set_puts_away_the_old_picture_sets():
    sets = h264.Sets()
    first, second = units(encoded(320, 180)), units(encoded(640, 360))
    sets.learn(first)
    assert sets.learn(second)
    shape = sets.shape()
    assert shape is not None
    assert (shape.width, shape.height) == (640, 360)
    old_pps = next(unit for unit in first if unit[0] & 0x1F == h264.PPS)
    new_pps = next(unit for unit in second if unit[0] & 0x1F == h264.PPS)
    description = sets.description(shape)
    assert new_pps in description
    assert old_pps == new_pps or old_pps not in description


def test_a_flood_of_parameter_sets_stays_within_bounds():
    sets = h264.Sets()
    sets.learn([unit for unit in units(encoded(320, 180)) if unit[0] & 0x1F == h264.SPS])
    for number in range(200):
        bits = "0" * (number + 1).bit_length() + bin(number + 1)[2:].zfill((number + 1).bit_length())
        bits = bits[1:] + "0" * (-len(bits[1:]) % 8)
        sets.learn([PPS_UNIT + int(bits, 2).to_bytes(len(bits) // 8, "big") + b"x" * 100])
    sets.learn([PPS_UNIT + b"\x80" + b"y" * 5000, PPS_UNIT])
    shape = sets.shape()
    assert shape is not None
    assert len(sets.description(shape)) < 16 * 200


def test_a_clip_in_a_file_has_the_same_description_as_its_container():
    sink = io.BytesIO()
    with av.open(sink, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=30, options={"profile": "baseline"})
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.zeros((180, 320, 3), np.uint8), format="rgb24")
        container.mux([*stream.encode(frame), *stream.encode(None)])
    sink.seek(0)
    with av.open(sink) as container:
        avcc = container.streams.video[0].codec_context.extradata
    size = int.from_bytes(avcc[6:8], "big")
    sps = avcc[8 : 8 + size]
    pps = avcc[8 + size + 3 :][: int.from_bytes(avcc[8 + size + 1 : 8 + size + 3], "big")]
    sets = h264.Sets()
    sets.learn([sps, pps])
    shape = sets.shape()
    assert shape is not None
    assert sets.description(shape) == avcc
