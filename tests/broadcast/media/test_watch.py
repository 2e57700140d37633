"""Black, frozen and silent are seen and heard on few frames, off the viewer path."""

import asyncio

import numpy as np
import pytest

from broadcast.core.entries import Kind
from broadcast.media import clip
from broadcast.media.feed import PictureFeed
from broadcast.media.watch import Blind, Seen, Watch, decode_picture, decode_sound, is_black, is_same, is_silent
from tests.broadcast.media.conftest import publishing, reading, running
from tests.broadcast.media.test_feed import pictures_of
from tests.waiting import until


def thumb(level: float) -> np.ndarray:
    return np.full((36, 64), level, np.float32)


def test_a_dark_room_with_a_lamp_is_not_black():
    assert is_black(thumb(16))
    assert not is_black(thumb(60))
    lamp = thumb(16)
    lamp[:4, :4] = 200
    lamp[:, :2] = 200
    assert not is_black(lamp)


def test_a_cameras_noise_alone_is_not_frozen():
    noise = np.random.default_rng(1).normal(0, 1.5, (36, 64)).astype(np.float32)
    assert is_same(thumb(80), thumb(80))
    assert not is_same(thumb(80), thumb(80) + noise)
    assert not is_same(thumb(80), np.zeros((2, 2), np.float32))


def test_verdicts_need_more_than_one_look():
    seen = Seen()
    seen.look(thumb(80))
    assert (seen.black, seen.frozen) == (False, None)
    seen.look(thumb(80))
    assert seen.frozen is False
    seen.look(thumb(80))
    assert seen.frozen is True
    seen.look(thumb(90))
    assert seen.frozen is False
    for _ in range(2):
        seen.listen(silent=True)
        assert seen.silence is False
    seen.listen(silent=True)
    assert seen.silence is True
    seen.listen(silent=False)
    assert seen.silence is False


def test_nothing_is_not_silent():
    assert not is_silent(np.zeros(0, np.float32))
    assert is_silent(np.zeros(100, np.float32))
    assert not is_silent(np.full(100, 0.1, np.float32))


@pytest.mark.parametrize("codec", ["H264", "VP8"])
def test_a_key_frame_is_decoded_with_its_configuration_alone(codec):
    feed = PictureFeed(codec)
    one = feed.take(pictures_of(clip.render(seconds=1, width=320, height=180, codec=codec, black=True))[0])
    assert one is not None
    assert feed.config is not None
    picture = decode_picture(feed.config, one.payload)
    assert picture is not None
    assert picture.shape == (36, 64)
    assert is_black(picture)


@pytest.mark.parametrize("silent", [True, False])
def test_a_second_of_sound_is_decoded(silent):
    packets = [piece.payload for piece in clip.render(seconds=1, width=64, height=36, silent=silent).pieces[Kind.AUDIO]]
    samples = decode_sound(packets)
    assert abs(samples.size - 2 * 48_000) < 4_000
    assert np.abs(samples).max() <= 1.0
    assert is_silent(samples) == silent
    assert decode_sound([]).size == 0


async def test_a_frame_that_cannot_be_decoded_leaves_the_verdict_open():
    watch = Watch()
    watch.see("s", {"codec": "vp8"}, b"nonsense", 0.0)
    watch.see("s", {"codec": "vp8"}, b"nonsense", 0.1)
    await until(lambda: not watch._waiting)
    assert watch.verdict("s") == {"black": None, "frozen": None, "silence": None}
    watch.forget("s")
    watch.forget("s")
    assert watch.verdict("s") == {}
    await watch.close()


async def test_more_work_than_the_thread_can_do_is_left_undone(monkeypatch):
    monkeypatch.setattr("broadcast.media.watch.WAITING_MAX", 2)
    watch = Watch()
    for number in range(10):
        watch.see(str(number), {"codec": "vp8"}, b"nonsense", 0.0)
    assert watch._waiting == 2
    await watch.close()
    await until(lambda: watch._waiting == 0)


async def test_who_watches_nothing_knows_nothing():
    blind = Blind()
    blind.see("s", {}, b"", 0.0)
    blind.hear("s", b"", 0.0)
    blind.forget("s")
    assert blind.verdict("s") == {}
    await blind.close()


@pytest.mark.parametrize(
    ("looks", "wanted"),
    [
        ({}, {"black": False, "frozen": False, "silence": False}),
        ({"black": True, "silent": True}, {"black": True, "frozen": True, "silence": True}),
        ({"still": True}, {"black": False, "frozen": True, "silence": False}),
    ],
)
async def test_the_samples_say_what_is_seen_and_heard(monkeypatch, looks, wanted):
    monkeypatch.setattr("broadcast.media.watch.SEE_EVERY_S", 0.9)
    what = clip.render(seconds=4, width=320, height=180, **looks)
    async with running() as node, reading(node) as reader, publishing(node, what):
        await reader.say(type="watch")

        def verdict() -> dict:
            sample = reader.of("sample")[-1] if reader.of("sample") else {}
            picture, sound = sample.get("video") or {}, sample.get("audio") or {}
            return {
                "black": picture.get("black"),
                "frozen": picture.get("frozen"),
                "silence": sound.get("silence"),
            }

        await until(lambda: verdict() == wanted, within_s=15)
        if not looks:
            count = len(reader.of("sample"))
            await until(lambda: len(reader.of("sample")) > count + 16, within_s=10)
            assert all(message["audio"]["silence"] is False for message in reader.of("sample")[count:])
    await asyncio.sleep(0)
