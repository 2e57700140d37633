import { expect, test } from "vitest";
import { Arrivals } from "./arrivals";

test("the base is the fastest path, jitter what all but the latest few need beyond it", () => {
  const arrivals = new Arrivals(0.9);
  for (let at = 0; at < 100; at += 1) arrivals.add(at * 33, at * 33 + 10 + (at % 10));
  expect(arrivals.base_ms).toBe(10);
  expect(arrivals.jitter_ms).toBe(9);
});

test("a backlog says nothing about the path", () => {
  const arrivals = new Arrivals(0.9);
  for (let at = 0; at < 30; at += 1) arrivals.add(at * 33, 1_000);
  expect(arrivals.base_ms).toBe(1_000 - 29 * 33);
  expect(arrivals.jitter_ms).toBe(0);
});

test("what lies more than a window back is forgotten, so clocks may drift", () => {
  const arrivals = new Arrivals(0.9);
  arrivals.add(0, 5);
  for (let at = 1; at < 300; at += 1) arrivals.add(at * 33, at * 33 + 20);
  expect(arrivals.base_ms).toBe(20);
});

test("before anything came there is no path", () => {
  const arrivals = new Arrivals(0.9);
  expect([arrivals.base_ms, arrivals.jitter_ms]).toEqual([null, 0]);
  arrivals.add(0, 7);
  arrivals.clear();
  expect(arrivals.base_ms).toBeNull();
});
