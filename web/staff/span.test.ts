import { expect, it } from "vitest";
import { afterOf, spanOf, timeOf } from "./span";

it("writes spans as clocks do", () => {
  expect([0, 7_400, 750_000, 3_723_000, -5].map(spanOf)).toEqual(["0:00", "0:07", "12:30", "1:02:03", "0:00"]);
});

it("writes how long after the beginning something came", () => {
  const from = "2030-05-01T18:00:00Z";
  expect(afterOf("2030-05-01T18:00:00.400Z", from)).toBe("+0.40 s");
  expect(afterOf("2030-05-01T18:00:12.345Z", from)).toBe("+12.3 s");
  expect(afterOf("2030-05-01T18:03:20Z", from)).toBe("+3:20");
  expect(afterOf("2030-05-01T17:59:59Z", from)).toBe("+0.00 s");
  expect(afterOf("never", from)).toBe("");
});

it("writes no time for what is none", () => {
  expect(timeOf("never")).toBe("");
  expect(timeOf("2030-05-01T18:00:05Z", true)).toMatch(/^\d\d:\d\d:05$/);
});
