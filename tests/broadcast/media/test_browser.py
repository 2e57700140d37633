"""A real browser publishes: its picture grows, its sound and picture stay together, and it is killed."""

import asyncio
import base64
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, async_playwright

from broadcast.core.entries import Role
from tests.broadcast.media.conftest import Node, reading, running, token
from tests.waiting import until

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream=fps=30",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
]

PUBLISH = """async ([url, token]) => {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 1280, height: 720 }, audio: true });
  const peer = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  (window.peers ??= []).push(peer);
  for (const track of stream.getTracks()) peer.addTransceiver(track, { direction: "sendonly", streams: [stream] });
  await peer.setLocalDescription(await peer.createOffer());
  const headers = { "content-type": "application/sdp", authorization: `Bearer ${token}` };
  const response = await fetch(url, { method: "POST", headers, body: peer.localDescription.sdp });
  if (response.status !== 201) return { status: response.status, told: await response.json() };
  await peer.setRemoteDescription({ type: "answer", sdp: await response.text() });
  return { status: 201 };
}"""

DECODE = """async ([config, frames]) => {
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const sizes = [];
  let fault = null;
  const decoder = new VideoDecoder({
    output: (frame) => { sizes.push([frame.displayWidth, frame.displayHeight]); frame.close(); },
    error: (error) => { fault = String(error); },
  });
  const { description, ...rest } = config;
  decoder.configure({ ...rest, ...(description ? { description: bytes(description) } : {}), optimizeForLatency: true });
  for (const [timestamp, key, data] of frames)
    decoder.decode(new EncodedVideoChunk({ type: key ? "key" : "delta", timestamp, data: bytes(data) }));
  await decoder.flush();
  return { fault, pictures: sizes.length, size: sizes[0] };
}"""


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        try:
            yield await browser.new_page()
        finally:
            await browser.close()


async def publish(page: Page, node: Node) -> dict:
    """Publish from a page of another origin than the node's, so that CORS is asked."""
    origin = node.base.replace("127.0.0.1", "localhost")
    if not page.url.startswith(origin):
        await page.goto(f"{origin}/healthz")
    return await page.evaluate(PUBLISH, [node.whip(), token(Role.HOST)])


@pytest.mark.browser
async def test_a_browsers_camera_arrives_and_another_decoder_can_show_it(page):
    async with running(WATCH="off") as node, reading(node) as reader:
        await reader.say(type="watch")
        await reader.say(type="pull", room="demo", source="main")
        assert await publish(page, node) == {"status": 201}
        await until(lambda: len(reader.frames_of("video")) > 20 and len(reader.frames_of("audio")) > 20, within_s=20)
        feed, *_ = reader.of("feed", kind="video")
        assert feed["config"]["codec"].startswith("avc1.42")
        again = await publish(page, node)
        assert (again["status"], again["told"]["code"]) == (409, "source_taken")
        frames = []
        for one in reader.order[reader.order.index(feed) + 1 :]:
            if isinstance(one, dict) and one["type"] == "feed" and one["kind"] == "video":
                break
            if not isinstance(one, dict) and one.feed == feed["feed"]:
                frames.append([one.time_us, one.key, base64_of(one.payload)])
        assert frames[0][1]
        shown = await page.evaluate(DECODE, [feed["config"], frames])
        size = [feed["config"]["codedWidth"], feed["config"]["codedHeight"]]
        assert shown["fault"] is None
        assert shown["pictures"] == len(frames)
        assert shown["size"] == size
        keys = [frame.time_us for frame in reader.frames_of("video") if frame.key]
        await until(lambda: reader.frames_of("video")[-1].time_us > keys[-1] + 2_500_000, within_s=20)
        assert len([frame for frame in reader.frames_of("video") if frame.key]) > len(keys)
        publication = node.node.ingest.publications[("demo", "main")]
        tracks = publication._timeline._tracks
        await until(lambda: all(track.report for track in tracks.values()), within_s=20)
        await until(lambda: abs(publication._timeline.off_us()) < 5_000, within_s=20)
        await page.reload()
        await until(lambda: reader.of("source", state="down", reason="left"))
        assert await publish(page, node) == {"status": 201}
        await until(lambda: len(reader.of("source", state="up")) == 2, within_s=20)


def base64_of(payload: bytes) -> str:
    return base64.b64encode(payload).decode()


@pytest.mark.browser
async def test_a_page_that_is_killed_is_seen_to_be_silent_within_half_a_second(page):
    async with running(WATCH="off") as node, reading(node) as reader:
        await reader.say(type="watch")
        assert await publish(page, node) == {"status": 201}
        await until(
            lambda: any(sample["video"] and sample["video"]["frames_per_s"] > 20 for sample in reader.of("sample")),
            within_s=20,
        )
        await page.close(run_before_unload=False)
        began = asyncio.get_running_loop().time()
        await until(
            lambda: reader.of("source", state="down") or reader.of("sample")[-1]["video"]["silent_ms"] > 150, within_s=5
        )
        assert asyncio.get_running_loop().time() - began < 1.5
