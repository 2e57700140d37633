import { describe, expect, test } from "vitest";
import { FRAME_MS, median, Theatre } from "./theatre";

describe("pictures without sound", () => {
  test("on a steady path a picture is held for no longer than the screen takes", () => {
    const theatre = new Theatre();
    theatre.play(4_000, () => 15);
    expect(median(theatre.delays())).toBeLessThan(15 + 17);
    expect(theatre.dropped).toBe(0);
    expect(theatre.painted.length).toBeGreaterThan(115);
  });

  test("the delay follows the jitter, and comes down again when it ends", () => {
    const theatre = new Theatre();
    theatre.play(4_000, (index) => 15 + ((index * 7) % 5) * 8);
    expect(theatre.playout.held_ms).toBeGreaterThan(20);
    expect(theatre.playout.held_ms).toBeLessThan(45);
    theatre.play(9_000, () => 15);
    expect(theatre.playout.held_ms).toBeLessThan(2);
  });

  test("one stall is not waited for ever after", () => {
    const theatre = new Theatre();
    theatre.play(4_000, (index) => (index >= 60 && index < 66 ? 15 + (66 - index) * FRAME_MS : 15));
    expect(theatre.playout.held_ms).toBeLessThan(10);
  });

  test("joining in the middle of a group: the newest picture is painted, the old ones are raced through unseen", () => {
    const theatre = new Theatre();
    theatre.now = 2_000;
    theatre.step({ type: "cut" });
    for (let index = 0; index < 60; index += 1) theatre.arrive(index * FRAME_MS);
    for (let index = 0; index < 60; index += 1) {
      theatre.now += 0.5;
      theatre.ready(index * FRAME_MS);
      if (index % 20 === 19) theatre.step({ type: "display" });
    }
    expect(theatre.painted.map(({ time_ms }) => time_ms)).toEqual([59 * FRAME_MS]);
    expect(theatre.playout.waiting).toBe(0);
  });

  test("a decoder too slow to catch up is not waited for", () => {
    const theatre = new Theatre();
    theatre.now = 2_000;
    theatre.step({ type: "cut" });
    for (let index = 0; index < 60; index += 1) theatre.arrive(index * FRAME_MS);
    theatre.ready(0);
    theatre.now += 400;
    theatre.step({ type: "display" });
    expect(theatre.painted).toHaveLength(1);
  });

  test("a hidden page piles nothing up", () => {
    const theatre = new Theatre();
    for (let index = 0; index < 300; index += 1) {
      theatre.now = index * FRAME_MS;
      theatre.arrive(theatre.now);
      theatre.ready(index * FRAME_MS);
      expect(theatre.playout.waiting).toBeLessThanOrEqual(2);
    }
  });

  test("pictures ahead of their time are bounded too", () => {
    const theatre = new Theatre();
    theatre.arrive(0);
    theatre.ready(0);
    for (let index = 1; index < 40; index += 1) {
      theatre.arrive(index * FRAME_MS);
      theatre.ready(index * FRAME_MS);
    }
    expect(theatre.playout.waiting).toBeLessThanOrEqual(16);
  });

  test("a picture older than the painted one is dropped", () => {
    const theatre = new Theatre();
    theatre.play(500, () => 10);
    const before = theatre.dropped;
    theatre.ready(0);
    expect(theatre.dropped).toBe(before + 1);
  });

  test("a display with nothing to show paints nothing, nor does one before its time", () => {
    const theatre = new Theatre();
    expect(theatre.step({ type: "display" })).toEqual([]);
    theatre.play(300, () => 10);
    theatre.now = 300;
    theatre.arrive(600);
    theatre.playout.step({ type: "picture", time_us: 290_000 }, 305);
    theatre.step({ type: "display" });
    const painted = theatre.painted.length;
    theatre.playout.step({ type: "picture", time_us: 900_000 }, 910);
    theatre.now = 500;
    theatre.step({ type: "display" });
    expect(theatre.painted.length).toBe(painted);
  });
});

test("an exhaustive walk: every picture is painted or dropped once, and never one older than the last", () => {
  const events: readonly ((theatre: Theatre, index: number) => void)[] = [
    (theatre, index) => {
      theatre.arrive(index * FRAME_MS);
      theatre.ready(index * FRAME_MS);
    },
    (theatre) => theatre.step({ type: "display" }),
    (theatre) => theatre.step({ type: "cut" }),
    (theatre) => theatre.step({ type: "speaking", latency_ms: 30 }),
    (theatre) => theatre.step({ type: "silent" }),
    (theatre, index) => theatre.step({ type: "sound", time_us: index * 20_000 }),
    (theatre) => theatre.step({ type: "slack", slack_ms: 1, underruns: 1 }),
  ];
  let walked = 0;
  const walk = (path: readonly number[]) => {
    const theatre = new Theatre();
    let pictures = 0;
    let newest = Number.NEGATIVE_INFINITY;
    path.forEach((which, index) => {
      theatre.now += 20;
      if (which === 0) pictures += 1;
      if (which === 2) newest = Number.NEGATIVE_INFINITY;
      const painted = theatre.painted.length;
      events[which]?.(theatre, index);
      for (const { time_ms } of theatre.painted.slice(painted)) {
        if (time_ms <= newest) throw new Error(`went back: ${path}`);
        newest = time_ms;
      }
    });
    if (theatre.painted.length + theatre.dropped + theatre.playout.waiting !== pictures)
      throw new Error(`lost: ${path}`);
    walked += 1;
    if (path.length < 6) for (let which = 0; which < events.length; which += 1) walk([...path, which]);
  };
  walk([]);
  expect(walked).toBeGreaterThan(100_000);
}, 60_000);
