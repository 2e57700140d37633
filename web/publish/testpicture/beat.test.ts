import { describe, expect, it } from "vitest";
import { CHUNK_SAMPLES, chunkSamples, chunksDue, flashes, frameDue, frameTime, sleepFor } from "./beat";

const SECOND_MS = 1_795_173_128_000;

describe("the beat", () => {
  it("draws a picture at each full second, and thirty until the next", () => {
    const first = frameDue(SECOND_MS);
    expect(frameTime(first)).toBeCloseTo(SECOND_MS, 3);
    expect(frameDue(SECOND_MS + 33)).toBe(first);
    expect(frameDue(SECOND_MS + 34)).toBe(first + 1);
    expect(frameDue(SECOND_MS + 1_000)).toBe(first + 30);
  });

  it("flashes for three pictures while it sounds", () => {
    const first = frameDue(SECOND_MS);
    const seen = Array.from({ length: 30 }, (_, step) => flashes(first + step));
    expect(seen.filter(Boolean)).toHaveLength(3);
    expect(seen.slice(0, 3)).toEqual([true, true, true]);
  });

  it("sounds for the first ten chunks of a second only, and begins softly", () => {
    const loud = Array.from({ length: 100 }, (_, step) => {
      const samples = new Float32Array(CHUNK_SAMPLES);
      chunkSamples(SECOND_MS / 10 + step, samples);
      return Math.max(...samples);
    });
    expect(loud.slice(0, 10).every((level) => level > 0.2)).toBe(true);
    expect(loud.slice(10).every((level) => level === 0)).toBe(true);
    const samples = new Float32Array(CHUNK_SAMPLES);
    chunkSamples(SECOND_MS / 10, samples);
    expect(samples[0]).toBe(0);
  });

  it("writes every chunk once, and leaves out what a long sleep missed", () => {
    const now = SECOND_MS / 10;
    expect(chunksDue(SECOND_MS + 4, null)).toEqual([now]);
    expect(chunksDue(SECOND_MS + 4, now)).toEqual([]);
    expect(chunksDue(SECOND_MS + 31, now)).toEqual([now + 1, now + 2, now + 3]);
    expect(chunksDue(SECOND_MS + 60_000, now)).toHaveLength(11);
  });

  it("never sleeps past the next thing due", () => {
    expect(sleepFor(SECOND_MS)).toBeLessThanOrEqual(10);
    expect(sleepFor(SECOND_MS + 32)).toBeLessThanOrEqual(2);
    expect(sleepFor(SECOND_MS + 9.5)).toBeCloseTo(0.5, 3);
  });
});
