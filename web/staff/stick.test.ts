import { expect, test } from "vitest";
import { freshSince } from "./stick";

test("what has come is counted from the line seen last, also in a list that is full", () => {
  expect(freshSince(["a", "b"], "b")).toBe(0);
  expect(freshSince(["a", "b", "c", "d"], "b")).toBe(2);
  // As many lines as before; two have come, two were forgotten.
  expect(freshSince(["c", "d"], "b")).toBe(2);
  expect(freshSince(["b", "c", "d"], "b")).toBe(2);
  expect(freshSince(["a", "b"], null)).toBe(2);
  expect(freshSince([], null)).toBe(0);
  expect(freshSince([], "b")).toBe(0);
});
