import { expect, test } from "vitest";
import { Quality } from "./quality";

test("gaps and stalls are counted, and reported once", () => {
  const quality = new Quality();
  for (const at of [0, 33, 66, 766, 800]) quality.paint(at);
  expect(quality.longestGap_ms(810)).toBe(700);
  expect(quality.report(810)).toEqual({ stalls: 1, longest_gap_ms: 700, frames: 5 });
  expect(quality.report(820)).toEqual({ stalls: 0, longest_gap_ms: 20, frames: 0 });
});

test("a stall that lasts is said now, and not again when it ends", () => {
  const quality = new Quality();
  quality.paint(0);
  expect(quality.report(2_000).stalls).toBe(1);
  quality.paint(2_100);
  expect(quality.report(2_200)).toEqual({ stalls: 0, longest_gap_ms: 2_100, frames: 1 });
  expect(quality.stalls).toBe(1);
});

test("a gap that nobody could fill is excused", () => {
  const quality = new Quality();
  quality.paint(0);
  quality.excuse();
  quality.paint(60_000);
  expect(quality.report(60_000)).toEqual({ stalls: 0, longest_gap_ms: 0, frames: 2 });
});

test("only the last ten seconds' gaps are the longest", () => {
  const quality = new Quality();
  quality.paint(0);
  quality.paint(900);
  for (let at = 933; at < 13_000; at += 33) quality.paint(at);
  expect(quality.longestGap_ms(13_000)).toBeLessThan(100);
});
