import { describe, expect, it } from "vitest";
import type { Flow } from "../publish/flow";
import type { Health } from "../wire/message";
import { audienceLamp, judgedOf, pictureLamp, soundLamp } from "./lamp";

const FLOW: Flow = {
  bitrate_bps: 2_400_000,
  frames_per_s: 29.8,
  width: 1280,
  height: 720,
  loss: 0,
  round_trip_ms: 5,
  limited_by: null,
};
const HEALTH: Health = {
  type: "health",
  leader: "f1",
  rung: "main",
  source: "main",
  rungs: [],
  armed: true,
  viewers: 212,
  stalled: 0,
};

describe("the picture's lamp", () => {
  it("says what goes out", () => {
    expect(pictureLamp("live", FLOW, true, null, 60_000)).toMatchObject({
      tone: "good",
      detail: "720p, 30 a second, 2.4 Mbit/s",
    });
  });
  it("says what is wrong, the worst first", () => {
    expect(pictureLamp("live", { ...FLOW, frames_per_s: 3, loss: 0.2 }, true, null, 60_000).tone).toBe("bad");
    expect(pictureLamp("live", { ...FLOW, loss: 0.2 }, true, null, 60_000).word).toContain("20 %");
    expect(pictureLamp("live", { ...FLOW, limited_by: "cpu" }, true, null, 60_000).tone).toBe("warn");
    expect(pictureLamp("live", FLOW, false, null, 60_000).tone).toBe("warn");
    expect(pictureLamp("live", null, true, null, 60_000).tone).toBe("idle");
  });
  it("lets the encoder feel its way up before it calls a line narrow", () => {
    expect(pictureLamp("live", { ...FLOW, limited_by: "bandwidth" }, true, null, 5_000).tone).toBe("good");
    expect(pictureLamp("live", { ...FLOW, limited_by: "bandwidth" }, true, null, 20_000).tone).toBe("warn");
  });
  it("says what the guards think of it", () => {
    const judged = (verdict: "healthy" | "suspect" | "failed") =>
      judgedOf({ ...HEALTH, rungs: [{ rung: "main", verdict, why: "black" }] }, "main");
    expect(pictureLamp("live", FLOW, true, judged("failed"), 60_000)).toMatchObject({ tone: "bad", detail: "black" });
    expect(pictureLamp("live", FLOW, true, judged("suspect"), 60_000).tone).toBe("warn");
    expect(pictureLamp("live", FLOW, true, judged("healthy"), 60_000).tone).toBe("good");
    expect(judgedOf(null, "main")).toBeNull();
    expect(judgedOf(HEALTH, "standby")).toBeNull();
  });
  it("is red when nothing arrives, grey when nothing is sent", () => {
    expect(pictureLamp("retrying", FLOW, true, null, 60_000).tone).toBe("bad");
    expect(pictureLamp("refused", FLOW, true, null, 60_000).word).toBe("Not accepted");
    expect(pictureLamp("lost", FLOW, true, null, 60_000).tone).toBe("bad");
    expect(pictureLamp("connecting", null, true, null, 60_000).tone).toBe("idle");
    expect(pictureLamp("idle", null, true, null, 60_000).tone).toBe("idle");
  });
});

describe("the sound's lamp", () => {
  const heard = { present: true, muted: false, heard_at_ms: 5_000 };
  it("is good while something is heard", () => {
    expect(soundLamp("live", heard, 0, 9_000).tone).toBe("good");
  });
  it("warns after ten seconds of silence, and not before the first ten are over", () => {
    expect(soundLamp("live", heard, 0, 16_000)).toMatchObject({ tone: "warn", detail: "For 11 s." });
    expect(soundLamp("live", { ...heard, heard_at_ms: null }, 20_000, 25_000).tone).toBe("idle");
    expect(soundLamp("live", { ...heard, heard_at_ms: null }, 20_000, 31_000).tone).toBe("warn");
  });
  it("says that the microphone is off, or not there, before all else", () => {
    expect(soundLamp("lost", { ...heard, muted: true }, 0, 0).tone).toBe("warn");
    expect(soundLamp("idle", { ...heard, present: false }, 0, 0).tone).toBe("warn");
    expect(soundLamp("lost", heard, 0, 0).tone).toBe("bad");
  });
});

describe("the audience's lamp", () => {
  it("says how many watch and that all is fine", () => {
    expect(audienceLamp(215, HEALTH)).toMatchObject({ tone: "good", word: "212 watching, all fine" });
  });
  it("says how many have trouble", () => {
    expect(audienceLamp(215, { ...HEALTH, stalled: 14 })).toMatchObject({ tone: "warn" });
    expect(audienceLamp(215, { ...HEALTH, stalled: 150 })).toMatchObject({ tone: "bad" });
    expect(audienceLamp(3, { ...HEALTH, viewers: 1, stalled: 9 }).word).toBe("1 watching, 1 has trouble");
  });
  it("does not call an empty room fine, nor an unknown one empty", () => {
    expect(audienceLamp(1, { ...HEALTH, viewers: 0 }).tone).toBe("idle");
    expect(audienceLamp(null, null).tone).toBe("idle");
    expect(audienceLamp(4, null).word).toBe("4 watching, all fine");
  });
});
