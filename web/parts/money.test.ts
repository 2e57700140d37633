import { expect, test } from "vitest";
import { minorOf, money } from "./money";

test("any currency that a tip may name is shown, known or not, well-formed or not", () => {
  expect(money(550, "EUR")).toBe("€5.50");
  for (const currency of ["QQZ", "XXX", "eur", "E1", ""]) expect(money(500, currency)).toContain("5");
});

test("an amount is read with a point or a comma, and nothing else is one", () => {
  expect(["5", "7.50", "7,5", " 12 "].map(minorOf)).toEqual([500, 750, 750, 1_200]);
  for (const text of ["", "-5", "1e3", "5.123", "1234567", "five"]) expect(minorOf(text)).toBeNull();
});
