import { expect, test } from "vitest";
import { parse } from "./parse";

test("a map with a type is a message", () => {
  expect(parse('{"type":"tick"}')).toEqual({ type: "tick" });
});

test("anything else is none", () => {
  for (const text of ["", "{", "null", "[]", '"tick"', "{}", '{"type":7}']) expect(parse(text)).toBeNull();
});
