import { expect, test } from "vitest";
import { Ring } from "./ring";

const RATE = 48_000;
const PACKET = 960;

/** Samples that say where they are: a ramp over the packet's time. */
function packet(index: number): Float32Array[] {
  return [new Float32Array(PACKET).fill((index + 1) / 1_000)];
}

function filled(count: number, from = 0): Ring {
  const ring = new Ring(RATE);
  for (let at = from; at < from + count; at += 1) ring.push(at * 20_000, packet(at));
  return ring;
}

function pull(ring: Ring, context_ms: number, frames = 128): Float32Array {
  const out = [new Float32Array(frames), new Float32Array(frames)];
  ring.pull(out, context_ms);
  expect(out[1]).toEqual(out[0]);
  return out[0] as Float32Array;
}

test("what is scheduled leaves at its time", () => {
  const ring = filled(5);
  ring.schedule(100);
  expect(pull(ring, 90).every((sample) => sample === 0)).toBe(true);
  pull(ring, 100);
  const heard = pull(ring, 102.67);
  expect(heard[100]).toBeCloseTo(1 / 1_000, 5);
});

test("without a schedule it is silent", () => {
  expect(pull(filled(5), 50).every((sample) => sample === 0)).toBe(true);
});

test("it begins softly, so that it does not click", () => {
  const ring = filled(5);
  ring.schedule(0);
  const heard = pull(ring, 20);
  expect(heard[0]).toBe(0);
  expect(heard[127]).toBeCloseTo(2 / 1_000, 6);
});

test("an empty store is one underrun, let down softly, and what comes later is heard again", () => {
  const ring = filled(1);
  ring.schedule(0);
  for (let at = 0; at < 10; at += 1) pull(ring, at * 2.667);
  expect(ring.report().underruns).toBe(1);
  ring.push(20_000, packet(1));
  const heard = pull(ring, 26.67);
  expect(heard[127]).toBeCloseTo(2 / 1_000, 5);
  expect(ring.report().underruns).toBe(0);
});

test("far off its schedule it jumps, near it plays a little faster", () => {
  const ring = filled(50);
  ring.schedule(0);
  pull(ring, 0);
  ring.schedule(-500);
  pull(ring, 2.667);
  const jumped = pull(ring, 5.33);
  expect(jumped[127]).toBeCloseTo(26 / 1_000, 5);
  // 20 ms behind: at 1.5 % it has caught up after about 1.3 s.
  ring.schedule(-520);
  let at = 8;
  for (; at < 300; at += 2.667) pull(ring, at);
  ring.report();
  pull(ring, at);
  expect(ring.report().slack_ms).toBeLessThan(1_000 - 520 - at + 20);
});

test("a hole in the source is silence of its length", () => {
  const ring = new Ring(RATE);
  ring.push(0, packet(0));
  ring.push(40_000, packet(2));
  ring.schedule(0);
  for (let at = 0; at < 8; at += 1) pull(ring, at * 2.667);
  expect(pull(ring, 25)[127]).toBe(0);
  for (let at = 10; at < 16; at += 1) pull(ring, at * 2.667);
  expect(pull(ring, 45)[127]).toBeCloseTo(3 / 1_000, 5);
});

test("what is of the past is not taken twice, a timeline that starts over is", () => {
  const ring = filled(3);
  ring.push(0, [new Float32Array(PACKET).fill(0.9)]);
  ring.schedule(0);
  expect(Math.max(...pull(ring, 5))).toBeLessThan(0.01);
  const other = filled(3, 1_000_000);
  other.push(0, packet(7));
  other.schedule(0);
  pull(other, 1);
  expect(pull(other, 3.6)[127]).toBeCloseTo(8 / 1_000, 5);
});

test("after a cut nothing of the old source is heard", () => {
  const ring = filled(5);
  ring.schedule(0);
  pull(ring, 10);
  ring.clear();
  pull(ring, 12.67);
  expect(pull(ring, 15.33).every((sample) => sample === 0)).toBe(true);
});

test("it keeps two seconds, whatever is pushed", () => {
  const ring = filled(400);
  ring.schedule(0);
  expect(pull(ring, 100).every((sample) => sample === 0)).toBe(true);
  pull(ring, 7_000);
  expect(pull(ring, 7_002.67)[127]).toBeCloseTo(351 / 1_000, 4);
  ring.push(9_000_000_000, packet(0));
  ring.push(0, []);
});

test("two channels stay two", () => {
  const ring = new Ring(RATE);
  ring.push(0, [new Float32Array(PACKET).fill(0.1), new Float32Array(PACKET).fill(0.2)]);
  ring.schedule(0);
  const out = [new Float32Array(128), new Float32Array(128)];
  ring.pull(out, 5);
  expect([out[0]?.[127], out[1]?.[127]].map((sample) => Math.round((sample ?? 0) * 10))).toEqual([1, 2]);
  expect(new Ring(RATE).report()).toEqual({ slack_ms: 0, underruns: 0 });
});
