import { expect, test } from "vitest";
import { minorOf, money } from "../parts/money";
import { basesOf } from "./event";
import { nameIn } from "./ticket";

test("the page's own origin is tried first, and no address twice", () => {
  expect(basesOf(["ws://a:1", "http://b:2/", "https://c"], "http://a:1")).toEqual(["ws://a:1", "ws://b:2", "wss://c"]);
  expect(basesOf([], "https://x")).toEqual(["wss://x"]);
});

test("a token's name is read for showing, and nothing is made of rubbish", () => {
  const body = Buffer.from(JSON.stringify({ name: "Zoë" })).toString("base64url");
  expect(nameIn(`x.${body}.y`)).toBe("Zoë");
  for (const token of ["", "x", "x.!!.y", `x.${Buffer.from("{}").toString("base64url")}.y`])
    expect(nameIn(token)).toBeNull();
});

test("amounts are read and written as people do", () => {
  expect(["5", "7.5", "7,50", " 12 ", "-5", "1e3", "", "1.234"].map(minorOf)).toEqual([
    500,
    750,
    750,
    1_200,
    null,
    null,
    null,
    null,
  ]);
  expect([money(500, "EUR"), money(750, "EUR"), money(100, "nonsense")]).toEqual(["€5", "€7.50", "1.00 nonsense"]);
});
