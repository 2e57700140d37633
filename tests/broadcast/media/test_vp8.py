"""VP8 is read as far as passing it on needs."""

import pytest
from aiortc.codecs.vpx import VpxPayloadDescriptor
from hypothesis import given
from hypothesis import strategies as st

from broadcast.media import vp8

KEY = b"\x10\x00\x00\x9d\x01\x2a" + (640 | 1 << 14).to_bytes(2, "little") + (360).to_bytes(2, "little") + b"rest"


@pytest.mark.parametrize(
    "extensions",
    [
        {},
        {"picture_id": 5},
        {"picture_id": 4711, "tl0picidx": 3, "tid": (1, 1), "keyidx": 2},
        {"tl0picidx": 3},
        {"keyidx": 7},
    ],
)
def test_a_frame_is_what_lies_behind_the_descriptors(extensions):
    first = bytes(VpxPayloadDescriptor(partition_start=1, partition_id=0, **extensions))
    later = bytes(VpxPayloadDescriptor(partition_start=0, partition_id=0, **extensions))
    assert vp8.frame_of([first + b"one ", later + b"two", b""]) == b"one two"


def test_a_short_picture_id_takes_one_byte():
    assert vp8.frame_of([b"\x90\x80\x11frame"]) == b"frame"


@pytest.mark.parametrize("payload", [b"\x00frame", b"\x11frame", b"\x90", b"\x90\x80", b"\x90\xf0\x80\x01"])
def test_a_frame_without_its_beginning_is_none(payload):
    with pytest.raises(ValueError, match="VP8"):
        vp8.frame_of([payload])


def test_a_key_frame_tells_its_size_without_the_scale():
    assert vp8.is_key(KEY)
    assert vp8.size_of(KEY) == (640, 360)
    assert not vp8.is_key(b"\x11rest")
    assert not vp8.is_key(b"")


@pytest.mark.parametrize("frame", [KEY[:9], KEY.replace(b"\x9d", b"\x9e"), KEY[:6] + b"\0\0\0\0"])
def test_a_key_frame_that_makes_no_sense_is_refused(frame):
    with pytest.raises(ValueError, match="VP8"):
        vp8.size_of(frame)


@given(st.lists(st.binary(max_size=40), max_size=4))
def test_no_bytes_make_it_fail_in_another_way(payloads):
    try:
        frame = vp8.frame_of(payloads)
        if vp8.is_key(frame):
            vp8.size_of(frame)
    except ValueError:
        pass
