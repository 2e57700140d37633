"""What one viewer wants, and can decode."""

from broadcast.log.memory import MemoryLog
from tests.liveserver.gateway.feeds import feeding, feeds, pictures, text, viewing
from tests.liveserver.gateway.node import serving
from tests.waiting import until


async def test_a_viewer_who_wants_sound_only_gets_no_picture_until_it_wants_one() -> None:
    async with feeding() as media, serving(MemoryLog(), media_nodes=(media.url,)) as node:
        media.up("main", gop=1000)
        async with viewing(node) as viewer:
            await viewer.framed(10)
            assert (await viewer.do("media.select", "s-1", media="audio"))["type"] == "ack"
            seen = len(viewer.frames)
            await viewer.framed(seen + 20)
            kinds = feeds(viewer)
            assert {kinds[frame.feed]["kind"] for _, frame, _, _ in viewer.frames[seen:]} == {"audio"}
            await viewer.do("media.select", "s-2", media="video")
            await until(lambda: kinds[viewer.frames[-1][1].feed]["kind"] == "video")
            again = [f for _, f, _, _ in viewer.frames[seen:] if kinds[f.feed]["kind"] == "video"]
            assert again[0].key
            await viewer.do("media.select", "s-3", media="none")
            seen = len(viewer.frames)
            await viewer.do("chat.send", "c", text="dark")
            assert len(viewer.frames) == seen


async def test_a_refresh_sends_again_from_the_newest_key_frame_and_asks_the_source_for_a_new_one() -> None:
    async with feeding() as media, serving(MemoryLog(), media_nodes=(media.url,)) as node:
        main = media.up("main", interval_s=10)
        async with viewing(node) as viewer:
            await viewer.framed(2)
            main.picture()
            await viewer.framed(4)
            await viewer.do("media.refresh", "r-1", kind="video")
            await viewer.framed(6)
            one, two, *again = [text(f)[2] for _, f, _, _ in pictures(viewer)]
            assert again == [one, two]
            await until(lambda: media.refreshed == ["main"])


async def test_who_cannot_decode_what_there_is_is_told_so() -> None:
    async with feeding() as media, serving(MemoryLog(), media_nodes=(media.url,)) as node:
        media.up("main")
        async with viewing(node, accept=["vp8", "opus"]) as viewer, viewing(node, accept=["avc1.640028", "opus"]) as ok:
            told = await viewer.hear("unsupported")
            assert (told["kind"], told["codec"]) == ("video", "avc1.42e01f")
            await viewer.framed(10)
            assert {feeds(viewer)[f.feed]["kind"] for _, f, _, _ in viewer.frames} == {"audio"}
            await ok.framed(10)
            assert pictures(ok)
            assert sum(m["type"] == "unsupported" for m in viewer.messages) == 1
