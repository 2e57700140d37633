import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { unpack } from "../wire/frame";
import type { Feed } from "../wire/message";
import { type SoundEvents, Sounds } from "./sound";

/** What a browser has in its stead: its worklet's module comes only once `line` is up. */
class Context {
  static line = false;
  static open = 0;
  readonly audioWorklet = {
    addModule: () => (Context.line ? Promise.resolve() : Promise.reject(new Error("no line"))),
  };
  readonly destination = {};
  state = "running";
  constructor() {
    Context.open += 1;
  }
  close(): Promise<void> {
    this.state = "closed";
    Context.open -= 1;
    return Promise.resolve();
  }
}

class Node {
  readonly port = { postMessage: () => undefined };
  connect(to: unknown): unknown {
    return to;
  }
}

const frame = unpack(new Uint8Array([1, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 5]).buffer);
const feed: Feed = { type: "feed", feed: 1, source: "main", kind: "audio", config: { codec: "opus" } };
const nobody: SoundEvents = { ready() {}, slack() {}, running() {}, loudness() {} };

beforeEach(() => {
  Context.line = false;
  Context.open = 0;
  vi.useFakeTimers();
  for (const [name, made] of Object.entries({ AudioContext: Context, AudioWorkletNode: Node, GainNode: Node })) {
    vi.stubGlobal(name, made);
  }
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Packets as they come, for so long. */
async function listen(sounds: Sounds, span_ms: number): Promise<void> {
  for (let passed_ms = 0; passed_ms < span_ms; passed_ms += 100) {
    if (frame) sounds.decode(frame, feed);
    await vi.advanceTimersByTimeAsync(100);
  }
}

test("a worklet that did not load is tried again, on one context at a time, and then there is sound", async () => {
  const sounds = new Sounds(nobody, false);
  await listen(sounds, 500);
  expect([sounds.running, sounds.away, sounds.waitsForGesture]).toEqual([false, false, false]);
  await listen(sounds, 10_000);
  expect([sounds.running, sounds.away, Context.open]).toEqual([false, true, 0]);
  Context.line = true;
  await listen(sounds, 20_000);
  expect([sounds.running, sounds.away, Context.open]).toEqual([true, false, 1]);
  sounds.close();
  expect(Context.open).toBe(0);
});

test("what never gives sound out loads nothing", async () => {
  await listen(new Sounds(nobody, true), 500);
  expect(Context.open).toBe(0);
});
