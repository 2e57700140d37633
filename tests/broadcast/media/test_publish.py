"""`broadcast publish` plays clips to a WHIP server, and says in one line why it cannot."""

import asyncio
import subprocess
import sys

import pytest

from broadcast.core.entries import Kind, Role
from broadcast.media import clip, publish
from broadcast.media.publish import Failed, Publisher
from tests.broadcast.media.conftest import publishing, reading, token
from tests.waiting import until


def ffmpeg(*arguments: str) -> None:
    subprocess.run(["ffmpeg", "-loglevel", "error", "-y", *arguments], check=True)


PICTURE = ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30:duration=2")
SOUND = ("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=2")
H264 = ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "30", "-bf", "0")
OPUS = ("-c:a", "libopus")


@pytest.mark.parametrize(
    ("name", "options", "codecs"),
    [
        ("a.mp4", (*PICTURE, *SOUND, *H264, *OPUS), {Kind.VIDEO: "H264", Kind.AUDIO: "opus"}),
        ("a.mkv", (*PICTURE, *SOUND, *H264, *OPUS), {Kind.VIDEO: "H264", Kind.AUDIO: "opus"}),
        ("a.webm", (*PICTURE, *SOUND, "-c:v", "libvpx", "-g", "30", *OPUS), {Kind.VIDEO: "VP8", Kind.AUDIO: "opus"}),
        ("b.mp4", (*PICTURE, *H264), {Kind.VIDEO: "H264"}),
        ("b.mkv", (*SOUND, *OPUS), {Kind.AUDIO: "opus"}),
    ],
)
async def test_a_file_is_played_as_it_is(node, tmp_path, name, options, codecs):
    path = tmp_path / name
    ffmpeg(*options, str(path))
    what = clip.load(path)
    assert what.codecs == codecs
    assert 1_900_000 < what.duration_us < 2_100_000
    async with reading(node) as reader:
        await reader.say(type="pull", room="demo", source="main")
        async with publishing(node, what):
            for kind in codecs:
                await until(lambda kind=kind: len(reader.frames_of(kind.value)) > 20)


@pytest.mark.parametrize(
    ("name", "options", "why"),
    [
        ("a.mp4", (*PICTURE, "-c:v", "libx264", "-pix_fmt", "yuv420p", "-bf", "3"), "B-frames"),
        ("b.mp4", (*PICTURE, "-c:v", "mpeg4"), "video is mpeg4"),
        ("c.mp4", (*SOUND, "-c:a", "aac"), "audio is aac"),
    ],
)
def test_a_file_that_cannot_be_sent_as_it_is_says_why(tmp_path, name, options, why):
    path = tmp_path / name
    ffmpeg(*options, str(path))
    with pytest.raises(clip.BadClip, match=why):
        clip.load(path)


def test_what_is_no_clip_says_so(tmp_path, monkeypatch):
    text = tmp_path / "a.txt"
    text.write_text("hello")
    with pytest.raises(clip.BadClip, match="not a clip"):
        clip.load(text)
    with pytest.raises(clip.BadClip, match="no such file"):
        clip.load(tmp_path / "none.mp4")
    monkeypatch.setattr(clip, "CLIP_MAX_BYTES", 2)
    with pytest.raises(clip.BadClip, match="larger"):
        clip.load(text)


def test_the_strip_of_the_test_picture_is_that_of_the_browsers():
    """The example of docs/test-picture.md's layout: sync blocks, sixty bits, a check that holds."""
    upper, lower = clip.strip_bits("main", 1_795_173_128_457)
    assert (upper[:2], lower[:2], len(upper), len(lower)) == ([1, 0], [0, 1], 32, 32)
    bits = upper[2:] + lower[2:]
    digits = [int("".join(map(str, bits[at : at + 4])), 2) for at in range(0, 60, 4)]
    assert digits[0] == 1
    assert int("".join(f"{digit:x}" for digit in digits[1:12]), 16) == 1_795_173_128_457
    check = 0
    for digit in digits[:12]:
        check = (check * 31 + digit + 7) % 4093
    assert digits[12] * 256 + digits[13] * 16 + digits[14] == check
    assert clip.strip_bits("elsewhere", 0)[0][2:6] == [1, 1, 1, 1]


async def test_a_clip_that_is_not_looped_ends_by_itself(node, h264_clip):
    grant = token(Role.PUBLISHER, source="main")
    sent = await publish.run(h264_clip, node.whip(), grant)
    assert (sent.pictures, sent.sounds) == (60, 100)
    assert not node.node.ingest.publications


async def test_a_clip_can_be_played_for_some_seconds(node, h264_clip):
    grant = token(Role.PUBLISHER, source="main")
    sent = await publish.run(h264_clip, node.whip(), grant, loop=True, for_s=0.5)
    assert 5 < sent.pictures < 40


async def test_after_a_pause_the_past_is_not_sent(node, h264_clip):
    async with reading(node) as reader, publishing(node, h264_clip) as publisher:
        await reader.say(type="pull", room="demo", source="main")
        await until(lambda: len(reader.frames_of("video")) > 5)
        publisher.freeze()
        await until(lambda: publisher._pace.behind_s(reader.frames_of("video")[-1].time_us) > 1.2)
        count = len(reader.frames_of("video"))
        publisher.thaw()
        await until(lambda: len(reader.frames_of("video")) > count + 3)
        before, after = reader.frames_of("video")[count - 1 : count + 1]
        assert after.key
        assert after.time_us - before.time_us > 900_000


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://127.0.0.1:1/whip/demo/main", "cannot be reached"),
        ("not a url", "cannot be reached"),
        ("{base}/whip/demo/third", "404"),
        ("{base}/healthz", "refused with 405"),
    ],
)
async def test_a_server_that_does_not_take_it_is_told_of_in_one_line(node, h264_clip, url, why):
    publisher = Publisher(h264_clip, url.format(base=node.base), token(Role.HOST))
    with pytest.raises(Failed, match=why) as caught:
        await publisher.start()
    assert "\n" not in str(caught.value)
    await publisher.close()


async def cli(*arguments: str) -> tuple[int, str, str]:
    """`broadcast …` as a process of its own."""
    command = [sys.executable, "-c", "from broadcast.cli import main; main()", *arguments]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_the_command_plays_the_test_picture(node):
    grant = token(Role.PUBLISHER, source="main")
    async with reading(node) as reader:
        await reader.say(type="pull", room="demo", source="main")
        code, out, err = await cli("publish", "--test-picture", "--url", node.whip(), "--token", grant, "--for", "1")
        assert (code, err) == (0, "")
        assert out.startswith("sent ")
        assert len(reader.frames_of("video")) > 10
        await until(lambda: reader.of("source", state="down", reason="ended"))


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (("--url", "http://127.0.0.1:1/whip/demo/main"), 2, "name a clip, or ask for --test-picture"),
        (("none.mp4", "--url", "http://127.0.0.1:1/whip/demo/main"), 1, "no such file"),
        (("--test-picture", "--url", "http://127.0.0.1:1/whip/demo/main"), 1, "cannot be reached"),
    ],
)
async def test_the_command_says_in_one_line_what_is_wrong(arguments, code, why):
    got, out, err = await cli("publish", *arguments)
    assert (got, out) == (code, "")
    assert err.startswith("broadcast: ")
    assert why in err
    assert err.count("\n") == 1
