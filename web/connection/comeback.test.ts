import { describe, expect, test } from "vitest";
import { Comeback } from "./comeback";

function lost(times: number): Comeback {
  const comeback = new Comeback(["ws://a"]);
  for (let time = 0; time < times; time += 1) comeback.failed();
  return comeback;
}

describe("after how long", () => {
  test("waits lie between the least and a ceiling that doubles to the most", () => {
    const times = [1, 2, 3, 4, 5, 6, 40];
    expect(times.map((attempt) => lost(attempt).delay_ms(1))).toEqual([400, 800, 1_600, 3_200, 4_000, 4_000, 4_000]);
    expect(times.map((attempt) => lost(attempt).delay_ms(0))).toEqual(times.map(() => 200));
  });

  test("the welcome's word counts, and a ceiling below the least is none", () => {
    const comeback = lost(3);
    comeback.learn({ min_ms: 50, max_ms: 10 });
    expect([comeback.delay_ms(0), comeback.delay_ms(1), comeback.soon_ms(1)]).toEqual([50, 50, 50]);
    comeback.learn(undefined);
    expect(comeback.delay_ms(1)).toBe(50);
  });

  test("once it has held, counting begins anew", () => {
    const comeback = lost(9);
    comeback.settled();
    comeback.failed();
    expect([comeback.attempt, comeback.delay_ms(1)]).toEqual([1, 400]);
  });
});

describe("where to", () => {
  test("the welcome's other gateways are tried in turn, the one that answered first", () => {
    const comeback = new Comeback(["ws://a", "ws://b"]);
    comeback.failed();
    expect(comeback.url("demo")).toBe("ws://b/live/demo");
    comeback.learn({ min_ms: 1, max_ms: 2, urls: ["ws://b", "ws://c"] });
    const tried = ["ws://b", "ws://a", "ws://c", "ws://b"];
    for (const base of tried) {
      expect(comeback.url("demo")).toBe(`${base}/live/demo`);
      comeback.failed();
    }
  });

  test("of many addresses only some are kept", () => {
    const comeback = new Comeback(["ws://a"]);
    comeback.learn({ min_ms: 1, max_ms: 2, urls: Array.from({ length: 50 }, (_, at) => `ws://${at}`) });
    for (let at = 0; at < 16; at += 1) comeback.failed();
    expect(comeback.url("demo")).toBe("ws://a/live/demo");
  });
});
