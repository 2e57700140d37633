import { describe, expect, test } from "vitest";
import { Decoding, type DecodingEffect, type DecodingEvent } from "./decoding";

const decode = (frame: number, fresh = false): DecodingEffect => ({ type: "decode", frame, fresh });
const skip = (frame: number): DecodingEffect => ({ type: "skip", frame });
const refresh: DecodingEffect = { type: "refresh" };

/** Frames numbered as they arrive. */
class Tape {
  readonly decoding = new Decoding();
  #frame = 0;

  arrive(now_ms: number, key = false): DecodingEffect[] {
    this.#frame += 1;
    return this.decoding.step({ type: "arrived", frame: this.#frame, key }, now_ms);
  }

  step(event: DecodingEvent, now_ms = 0): DecodingEffect[] {
    return this.decoding.step(event, now_ms);
  }
}

describe("where it begins", () => {
  test("with a key frame and a new decoder; it asks for one where there is none, now and then", () => {
    const tape = new Tape();
    expect(tape.arrive(0)).toEqual([skip(1), refresh]);
    expect(tape.arrive(33)).toEqual([skip(2)]);
    expect(tape.arrive(66, true)).toEqual([decode(3, true)]);
    expect(tape.arrive(99)).toEqual([decode(4)]);
  });

  test("a change of format takes a new decoder at the next key frame", () => {
    const tape = new Tape();
    tape.arrive(0, true);
    tape.step({ type: "feed" });
    expect(tape.arrive(33, true)).toEqual([decode(2, true)]);
  });

  test("a decoder that fails is replaced, once there is a key frame", () => {
    const tape = new Tape();
    tape.arrive(0, true);
    expect(tape.step({ type: "failed" })).toEqual([refresh]);
    expect(tape.step({ type: "failed" })).toEqual([]);
    expect(tape.arrive(33)).toEqual([skip(2)]);
    expect(tape.arrive(1_066)).toEqual([skip(3), refresh]);
    expect(tape.arrive(1_099, true)).toEqual([decode(4, true)]);
  });

  test("after a cut, whatever waited is let go", () => {
    const tape = new Tape();
    for (let n = 0; n < 5; n += 1) tape.arrive(0, n === 0);
    expect(tape.step({ type: "cut" })).toEqual([skip(4), skip(5)]);
    expect(tape.arrive(10, true)).toEqual([decode(6, true)]);
  });
});

describe("how much at once", () => {
  test("three frames lie in its queue, and each that it takes makes room for one", () => {
    const tape = new Tape();
    const handed = [0, 1, 2, 3, 4].flatMap((n) => tape.arrive(0, n === 0));
    expect(handed).toEqual([decode(1, true), decode(2), decode(3)]);
    expect(tape.step({ type: "dequeued", left: 2 })).toEqual([decode(4)]);
    expect(tape.step({ type: "dequeued", left: 0 })).toEqual([decode(5)]);
    expect(tape.decoding.waiting).toBe(0);
  });

  test("a key frame makes needless what waits before it", () => {
    const tape = new Tape();
    for (let n = 0; n < 7; n += 1) tape.arrive(0, n === 0);
    expect(tape.arrive(5, true)).toEqual([skip(4), skip(5), skip(6), skip(7)]);
    expect(tape.step({ type: "dequeued", left: 2 })).toEqual([decode(8)]);
  });

  test("a frame or two are decoded all the same", () => {
    const tape = new Tape();
    for (let n = 0; n < 5; n += 1) tape.arrive(0, n === 0);
    expect(tape.arrive(5, true)).toEqual([]);
    expect(tape.step({ type: "dequeued", left: 0 })).toEqual([decode(4), decode(5), decode(6)]);
  });

  test("a new decoder that was to begin with what is let go begins with the key frame instead", () => {
    const tape = new Tape();
    for (let n = 0; n < 4; n += 1) tape.arrive(0, n === 0);
    tape.step({ type: "feed" });
    expect(tape.arrive(1, true)).toEqual([]);
    for (let n = 0; n < 3; n += 1) tape.arrive(2);
    expect(tape.arrive(3, true)).toEqual([skip(4), skip(5), skip(6), skip(7), skip(8), decode(9, true)]);
  });

  test("a decoder that takes nothing is replaced at the next key frame, and then given its time", () => {
    const tape = new Tape();
    for (let n = 0; n < 4; n += 1) tape.arrive(0, n === 0);
    expect(tape.arrive(1_600)).toEqual([skip(4), skip(5), refresh]);
    expect(tape.arrive(1_700, true)).toEqual([decode(6, true)]);
    for (let n = 0; n < 3; n += 1) tape.arrive(1_700);
    expect(tape.arrive(3_300)).toEqual([]);
    expect(tape.arrive(5_700)).toContainEqual(refresh);
  });
});

test("an exhaustive walk: every frame is decoded or let go once, in order, and each decoder begins with a key frame", () => {
  const events: readonly ((key: boolean) => DecodingEvent | null)[] = [
    () => null,
    () => null,
    () => ({ type: "cut" }),
    () => ({ type: "feed" }),
    () => ({ type: "failed" }),
    () => ({ type: "dequeued", left: 0 }),
    () => ({ type: "dequeued", left: 2 }),
  ];
  let walked = 0;
  const walk = (path: readonly number[]) => {
    const decoding = new Decoding();
    const keys = new Set<number>();
    const settled: number[] = [];
    let frames = 0;
    let decoded = 0;
    const take = (effects: DecodingEffect[]) => {
      for (const effect of effects) {
        if (effect.type === "refresh") continue;
        settled.push(effect.frame);
        if (effect.type === "skip") continue;
        if (effect.fresh && !keys.has(effect.frame)) throw new Error(`no key frame: ${path}`);
        if (effect.frame <= decoded) throw new Error(`went back: ${path}`);
        decoded = effect.frame;
      }
    };
    path.forEach((which, index) => {
      const event = events[which]?.(false);
      if (event) take(decoding.step(event, index * 900));
      else {
        frames += 1;
        if (which === 0) keys.add(frames);
        take(decoding.step({ type: "arrived", frame: frames, key: which === 0 }, index * 900));
      }
    });
    if (new Set(settled).size !== settled.length) throw new Error(`twice: ${path}`);
    if (settled.length + decoding.waiting !== frames) throw new Error(`lost: ${path}`);
    walked += 1;
    if (path.length < 6) for (let which = 0; which < events.length; which += 1) walk([...path, which]);
  };
  walk([]);
  expect(walked).toBeGreaterThan(100_000);
}, 60_000);
