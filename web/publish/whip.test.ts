import { afterEach, describe, expect, it, vi } from "vitest";
import { preferred, refusedBy, resend, sender } from "./whip";

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

describe("a connection", () => {
  interface Sender {
    replaceTrack(track: MediaStreamTrack | null): Promise<void>;
  }
  interface Line {
    readonly sender: Sender;
    readonly receiver: { readonly track: { readonly kind: string } };
    readonly sent: { value: MediaStreamTrack | null };
    readonly direction: string;
  }

  class Connection {
    readonly lines: Line[] = [];
    addTransceiver(given: MediaStreamTrack | string, { direction }: { direction: string }): Line {
      const sent = { value: typeof given === "string" ? null : given };
      const line = {
        sender: {
          replaceTrack: async (track: MediaStreamTrack | null) => {
            sent.value = track;
          },
        },
        receiver: { track: { kind: typeof given === "string" ? given : given.kind } },
        sent,
        direction,
      };
      this.lines.push(line);
      return line;
    }
    getTransceivers(): Line[] {
      return this.lines;
    }
    seen() {
      return this.lines.map(({ receiver, sent, direction }) => [receiver.track.kind, direction, sent.value]);
    }
  }

  const track = (kind: string) => ({ kind }) as MediaStreamTrack;
  const streamOf = (...tracks: MediaStreamTrack[]) => ({ getTracks: () => tracks }) as unknown as MediaStream;
  const begun = (stream: MediaStream) => {
    vi.stubGlobal("RTCPeerConnection", Connection);
    vi.stubGlobal("RTCRtpSender", { getCapabilities: () => ({ codecs: [] }) });
    const connection = sender(stream);
    return { connection, seen: () => (connection as unknown as Connection).seen() };
  };
  afterEach(() => vi.unstubAllGlobals());

  it("offers a picture and a sound even where there is only one of them yet", () => {
    const voice = track("audio");
    expect(begun(streamOf(voice)).seen()).toEqual([
      ["audio", "sendonly", voice],
      ["video", "sendonly", null],
    ]);
  });

  it("stays the same one when the picture goes, comes back, and leaves the sound behind", async () => {
    const [picture, voice, screen] = [track("video"), track("audio"), track("video")];
    const { connection, seen } = begun(streamOf(picture, voice));
    const sent = () => seen().map(([, , what]) => what);
    expect(sent()).toEqual([voice, picture]);
    await resend(connection, streamOf(voice));
    expect(sent()).toEqual([voice, null]);
    await resend(connection, streamOf(screen));
    expect(sent()).toEqual([null, screen]);
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
