"""The media frame's header, byte by byte and round trip."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.core.frame import HEADER, Frame, pack, unpack


def test_the_header_lies_as_the_protocol_says() -> None:
    frame = Frame(feed=0x0102, time_us=0x0A0B0C0D0E0F1011, key=True, payload=b"payload")
    data = pack(frame, cut=0x03040506, first_of_cut=True)
    assert data == bytes.fromhex("01 03 0102 03040506 0a0b0c0d0e0f1011") + b"payload"
    assert HEADER.size == 16


@given(
    st.builds(
        Frame,
        feed=st.integers(0, 2**16 - 1),
        time_us=st.integers(-(2**63), 2**63 - 1),
        key=st.booleans(),
        payload=st.binary(min_size=1, max_size=64),
    ),
    st.integers(0, 2**32 - 1),
    st.booleans(),
)
def test_what_is_packed_is_unpacked(frame: Frame, cut: int, first: bool) -> None:
    assert unpack(pack(frame, cut=cut, first_of_cut=first)) == (frame, cut, first)


@pytest.mark.parametrize(
    "data",
    [b"", b"\x01", b"\x01" * 16, b"\x02" + b"\x00" * 20, b"\x81\xa4type\xa4tick" + b"\x00" * 16],
    ids=["nothing", "one byte", "a header alone", "a reserved kind", "a msgpack map"],
)
def test_what_is_no_media_frame_is_none(data: bytes) -> None:
    assert unpack(data) is None
