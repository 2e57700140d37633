import { expect, it } from "vitest";
import { levelWord, share } from "./level";

it("places the loudest sample on a scale of sixty decibels", () => {
  expect(share([0, 0])).toBe(0);
  expect(share([0.1, -1])).toBe(1);
  expect(share([0.001])).toBeCloseTo(0, 5);
  expect(share([-0.03162])).toBeCloseTo(0.5, 3);
  expect(share([0.0001])).toBe(0);
});

it("tells whispering from speaking from clipping", () => {
  expect([null, 0.05, 0.5, 1].map(levelWord)).toEqual(["quiet", "quiet", "good", "loud"]);
});
