import { expect, test } from "vitest";
import { Attempt, FIRST_WAIT_MS, LONGEST_WAIT_MS, TRY_WITHIN_MS } from "./attempt";

/** Fail each try when it begins, until `span_ms` has passed: when they began. */
function tries(span_ms: number, dice: number): number[] {
  const attempt = new Attempt();
  const began: number[] = [];
  for (let now_ms = 0; now_ms <= span_ms; now_ms += 500) {
    if (!attempt.begins(now_ms)) continue;
    began.push(now_ms);
    attempt.failed(now_ms, dice);
  }
  return began;
}

test("what fails is tried again, waiting longer each time up to a bound, and not by all pages at once", () => {
  const waits = (began: number[]) => began.slice(1).map((at, index) => at - (began[index] ?? 0));
  expect(waits(tries(125_000, 0))).toEqual([
    1_000,
    2_000,
    4_000,
    8_000,
    16_000,
    LONGEST_WAIT_MS,
    LONGEST_WAIT_MS,
    LONGEST_WAIT_MS,
  ]);
  expect(waits(tries(11_000, 1))).toEqual([1.5 * FIRST_WAIT_MS, 3 * FIRST_WAIT_MS, 6 * FIRST_WAIT_MS]);
});

test("one failure is nobody's business; it is said from the second on, until it has been loaded", () => {
  const attempt = new Attempt();
  attempt.begins(0);
  attempt.failed(0, 0);
  expect(attempt.away).toBe(false);
  attempt.begins(1_000);
  attempt.failed(1_000, 0);
  expect(attempt.away).toBe(true);
  attempt.begins(3_000);
  expect(attempt.away).toBe(true);
  attempt.succeeded();
  expect(attempt.away).toBe(false);
  expect(attempt.begins(1e9)).toBe(false);
});

test("while one is under way no other begins, unless it takes too long: then it counts as failed", () => {
  const attempt = new Attempt();
  for (const at of [0, TRY_WITHIN_MS, 2 * TRY_WITHIN_MS]) {
    expect([attempt.begins(at), attempt.begins(at + TRY_WITHIN_MS - 1)]).toEqual([true, false]);
  }
  expect(attempt.away).toBe(true);
});
