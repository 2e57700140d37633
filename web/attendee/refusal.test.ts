import { expect, test } from "vitest";
import type { Phase } from "../connection/room";
import { nameRefused } from "./refusal";

const closed = (reason: string, more: Partial<Extract<Phase, { name: "closed" }>> = {}): Phase => ({
  name: "closed",
  why: "protocol",
  code: 4303,
  reason,
  ...more,
});

test("a name that is refused is told from every other fault", () => {
  for (const reason of [
    "hello: name: control characters are not allowed",
    "hello: name: nothing but blanks",
    "hello: name: Expected `str` of length <= 40",
    "name: say who you are",
  ]) {
    expect(nameRefused({ phase: closed(reason), entered: false })).toBe(true);
  }
  expect(nameRefused({ phase: closed("hello: accept: too many"), entered: false })).toBe(false);
  expect(nameRefused({ phase: closed("name: x", { why: "forbidden" }), entered: false })).toBe(false);
  expect(nameRefused({ phase: closed("name: x"), entered: true })).toBe(false);
  expect(nameRefused({ phase: { name: "live" }, entered: false })).toBe(false);
});
