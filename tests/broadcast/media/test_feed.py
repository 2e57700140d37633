"""A feed begins with a configuration and a key frame, and after a loss with a key frame again."""

import base64

import av
import pytest
from aiortc.codecs.h264 import H264Encoder

from broadcast.core.entries import Kind
from broadcast.core.frame import MAX_FRAME_BYTES
from broadcast.media import clip
from broadcast.media.assembly import Picture
from broadcast.media.feed import OPUS, PictureFeed, SoundFeed


def pictures_of(what: clip.Clip) -> list[Picture]:
    """The clip's pictures as they come over RTP."""
    pictures = []
    for piece in what.pieces[Kind.VIDEO]:
        if what.codecs[Kind.VIDEO] == "H264":
            payloads = H264Encoder._packetize(H264Encoder._split_bitstream(piece.payload))
        else:
            payloads = [b"\x10" + piece.payload[:700], b"\x00" + piece.payload[700:]]
        pictures.append(Picture(piece.at_us, tuple(payloads), lost=False))
    return pictures


@pytest.mark.parametrize(("codec", "name"), [("H264", "avc1.42c0"), ("VP8", "vp8")])
def test_a_feed_begins_with_a_key_frame_and_its_configuration(codec, name):
    feed = PictureFeed(codec)
    pictures = pictures_of(clip.render(seconds=1, width=320, height=180, codec=codec))
    assert feed.take(pictures[1]) is None
    assert feed.wants_key
    first = feed.take(pictures[0])
    assert first is not None
    assert (first.key, first.fresh, feed.size) == (True, True, (320, 180))
    assert feed.config is not None
    assert feed.config["codec"].startswith(name)
    assert (feed.config["codedWidth"], feed.config["codedHeight"]) == (320, 180)
    assert ("description" in feed.config) == (codec == "H264")
    second = feed.take(pictures[1])
    assert second is not None
    assert (second.key, second.fresh) == (False, False)
    assert not feed.wants_key


def test_every_frame_can_be_decoded_with_the_description_alone():
    feed = PictureFeed("H264")
    taken = [feed.take(picture) for picture in pictures_of(clip.render(seconds=2, width=320, height=180))]
    codec = av.CodecContext.create("h264", "r")
    assert feed.config is not None
    codec.extradata = base64.b64decode(feed.config["description"])
    decoded = [frame for one in taken if one is not None for frame in codec.decode(av.Packet(one.payload))]
    decoded += codec.decode(None)
    assert len(decoded) == len(taken) == 60


@pytest.mark.parametrize("codec", ["H264", "VP8"])
def test_a_picture_that_changes_its_size_is_configured_anew_and_the_same_size_is_not(codec):
    feed = PictureFeed(codec)
    small = pictures_of(clip.render(seconds=2, width=320, height=180, codec=codec))
    large = pictures_of(clip.render(seconds=1, width=640, height=360, codec=codec))
    taken = [feed.take(picture) for picture in small + large]
    assert [number for number, one in enumerate(taken) if one is not None and one.fresh] == [0, 60]
    assert all(one.key for one in taken if one is not None and one.fresh)
    assert feed.size == (640, 360)


def test_parameter_sets_sent_before_their_key_frame_hold_from_it_on():
    feed = PictureFeed("H264")
    small, large = (clip.render(seconds=1, width=width, height=180) for width in (320, 640))
    for picture in pictures_of(small):
        feed.take(picture)
    units = list(H264Encoder._split_bitstream(large.pieces[Kind.VIDEO][0].payload))
    sets = tuple(unit for unit in units if unit[0] & 0x1F in (7, 8))
    rest = tuple(H264Encoder._packetize(iter(unit for unit in units if unit[0] & 0x1F not in (7, 8))))
    assert feed.take(Picture(1, sets, lost=False)) is None
    assert feed.size == (320, 180)
    one = feed.take(Picture(2, rest, lost=False))
    assert one is not None
    assert one.fresh
    assert feed.size == (640, 180)


@pytest.mark.parametrize("codec", ["H264", "VP8"])
def test_after_a_loss_nothing_goes_before_the_next_key_frame(codec):
    feed = PictureFeed(codec)
    pictures = pictures_of(clip.render(seconds=2, width=320, height=180, codec=codec))
    taken = []
    for number, picture in enumerate(pictures):
        taken.append(feed.take(Picture(picture.timestamp, picture.payloads, lost=number == 10)))
        assert feed.wants_key == (10 <= number < 30)
    assert [number for number, one in enumerate(taken) if one is None] == list(range(10, 30))


@pytest.mark.parametrize(
    "payloads", [(b"\x7c\x05middle of a unit",), (b"\x41\x9a" + b"x" * (MAX_FRAME_BYTES + 1),), (b"\x65no sets",)]
)
def test_a_picture_that_makes_no_sense_is_left_out(payloads):
    feed = PictureFeed("H264")
    assert feed.take(Picture(0, payloads, lost=False)) is None
    assert feed.wants_key


def test_a_key_frame_without_its_parameter_sets_begins_nothing():
    feed = PictureFeed("H264")
    units = list(
        H264Encoder._split_bitstream(clip.render(seconds=1, width=64, height=36).pieces[Kind.VIDEO][0].payload)
    )
    without = tuple(unit for unit in units if unit[0] & 0x1F not in (8,))
    assert feed.take(Picture(0, without, lost=False)) is None
    assert (feed.wants_key, feed.config) == (True, None)


def test_sound_is_passed_on_as_it_comes():
    feed = SoundFeed()
    first, second = (feed.take(Picture(number, (b"opus",), lost=True)) for number in range(2))
    assert first is not None
    assert second is not None
    assert (first.payload, first.key, first.fresh, second.fresh) == (b"opus", True, True, False)
    assert feed.config == OPUS
    assert not feed.wants_key
    assert feed.take(Picture(2, (b"",), lost=False)) is None
