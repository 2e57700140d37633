import { describe, expect, it } from "vitest";
import { preferred, refusedBy } from "./whip";

const CODECS = [
  { mimeType: "video/VP8" },
  { mimeType: "video/rtx" },
  { mimeType: "video/VP9" },
  { mimeType: "video/H264", sdpFmtpLine: "packetization-mode=0;profile-level-id=42e01f" },
  { mimeType: "video/H264", sdpFmtpLine: "packetization-mode=1;profile-level-id=640c1f" },
  { mimeType: "video/H264", sdpFmtpLine: "packetization-mode=1;profile-level-id=42e01f" },
  { mimeType: "video/AV1" },
];

describe("what is offered", () => {
  it("is H.264 baseline in whole frames, then VP8, and nothing viewers may lack", () => {
    expect(preferred("video", CODECS).map((codec) => codec.mimeType)).toEqual(["video/H264", "video/VP8", "video/rtx"]);
    expect(preferred("video", CODECS)[0]?.sdpFmtpLine).toBe("packetization-mode=1;profile-level-id=42e01f");
  });

  it("is Opus alone for sound", () => {
    expect(preferred("audio", [{ mimeType: "audio/PCMU" }, { mimeType: "audio/opus" }])).toHaveLength(1);
  });
});

describe("a refusal", () => {
  it("carries the code that was answered", async () => {
    const answer = new Response('{"code":"source_taken","field":"source","reason":"Somebody is on it"}', {
      status: 409,
    });
    const refused = await refusedBy(answer);
    expect(refused.refusal).toEqual({ code: "source_taken", status: 409 });
    expect(refused.message).toBe("Somebody is on it");
  });

  it("falls back to the status where something else answered", async () => {
    expect((await refusedBy(new Response("<html>", { status: 502 }))).refusal).toEqual({
      code: "http_502",
      status: 502,
    });
    expect((await refusedBy(new Response('"no"', { status: 500 }))).refusal.code).toBe("http_500");
    expect((await refusedBy(new Response('{"code":7}', { status: 500 }))).refusal.code).toBe("http_500");
  });
});
