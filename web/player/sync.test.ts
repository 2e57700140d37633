import { describe, expect, test } from "vitest";
import { median, Theatre } from "./theatre";

describe("pictures with sound", () => {
  const hear = (theatre: Theatre, latency_ms: number) => theatre.step({ type: "speaking", latency_ms });

  test("sound later than the picture holds the picture, within what EBU R37 allows", () => {
    const theatre = new Theatre();
    hear(theatre, 30);
    theatre.play(
      3_000,
      () => 15,
      () => 35,
    );
    const sound = theatre.schedules.at(-1) ?? 0;
    expect(sound).toBeGreaterThan(35);
    const apart = sound + 30 - median(theatre.delays());
    expect(apart).toBeGreaterThan(-40);
    expect(apart).toBeLessThan(60);
    expect(theatre.playout.skew_ms).toBeGreaterThan(0);
    expect(median(theatre.delays())).toBeLessThan(sound + 30);
  });

  test("a picture later than the sound holds the sound", () => {
    const theatre = new Theatre();
    hear(theatre, 10);
    theatre.play(
      3_000,
      () => 150,
      () => 10,
    );
    const apart = (theatre.schedules.at(-1) ?? 0) + 10 - median(theatre.delays());
    expect(apart).toBeGreaterThan(-40);
    expect(apart).toBeLessThan(60);
  });

  test("a very late ear holds the picture, but not for ever", () => {
    const theatre = new Theatre();
    hear(theatre, 2_000);
    theatre.play(
      3_000,
      () => 15,
      () => 35,
    );
    expect(theatre.playout.held_ms).toBeLessThanOrEqual(400);
  });

  test("while the sound's clock stands still, the picture keeps its own", () => {
    const theatre = new Theatre();
    theatre.play(
      2_000,
      () => 15,
      () => 35,
    );
    expect(theatre.schedules).toEqual([]);
    expect(theatre.playout.skew_ms).toBeNull();
    expect(median(theatre.delays())).toBeLessThan(32);
    hear(theatre, 30);
    expect(theatre.schedules).toHaveLength(1);
    theatre.step({ type: "silent" });
    expect(theatre.playout.skew_ms).toBeNull();
  });

  test("after a cut to another timeline both are in step again at once", () => {
    const theatre = new Theatre();
    hear(theatre, 30);
    theatre.play(
      2_000,
      () => 15,
      () => 35,
    );
    theatre.step({ type: "cut" });
    theatre.painted = [];
    theatre.schedules = [];
    theatre.play(
      1_500,
      () => 15,
      () => 35,
      77_000,
    );
    const apart = (theatre.schedules.at(-1) ?? 0) + 30 - median(theatre.delays());
    expect(apart).toBeGreaterThan(-40);
    expect(apart).toBeLessThan(60);
    expect(theatre.painted[0]?.at_ms).toBeLessThan(2_000 + 40);
  });

  test("a gap in the sound widens its margin at once, plenty narrows it slowly", () => {
    const theatre = new Theatre();
    hear(theatre, 30);
    theatre.play(
      1_000,
      () => 15,
      () => 35,
    );
    const before = theatre.schedules.at(-1) ?? 0;
    theatre.step({ type: "slack", slack_ms: 0, underruns: 2 });
    theatre.now += 200;
    theatre.step({ type: "slack", slack_ms: 0, underruns: 1 });
    expect(theatre.schedules.at(-1)).toBeCloseTo(before + 10, 0);
    for (let times = 0; times < 60; times += 1) {
      theatre.now += 250;
      theatre.step({ type: "slack", slack_ms: 30, underruns: 0 });
    }
    expect(theatre.schedules.at(-1)).toBeLessThan(before);
  });

  test("small changes of the schedule are not told one by one", () => {
    const theatre = new Theatre();
    hear(theatre, 30);
    theatre.play(
      4_000,
      () => 15,
      (index) => 30 + (index % 7),
    );
    expect(theatre.schedules.length).toBeLessThan(12);
  });

  test("the sound that leads in after a cut holds nothing back", () => {
    const theatre = new Theatre();
    hear(theatre, 40);
    const late = [(index: number) => 90 + ((index * 7) % 20), (index: number) => 60 + ((index * 5) % 10)] as const;
    theatre.play(4_000, ...late);
    const usual = median(theatre.delays());
    theatre.step({ type: "cut" });
    hear(theatre, 40);
    theatre.painted = [];
    for (let ago = 15; ago > 0; ago -= 1) {
      theatre.step({ type: "sound", time_us: (theatre.now - 60 - ago * 20) * 1_000 });
      theatre.now += 0.3;
    }
    theatre.play(1_000, ...late);
    expect(Math.abs(median(theatre.delays()) - usual)).toBeLessThan(20);
  });

  test("a picture that turns out to be far ahead of its sound is slowed down, and never stands still", () => {
    const theatre = new Theatre();
    hear(theatre, 40);
    theatre.play(
      4_000,
      () => 50,
      () => 350,
    );
    const at = theatre.painted.map(({ at_ms }) => at_ms);
    expect(Math.max(...at.slice(1).map((now, index) => now - (at[index] ?? now)))).toBeLessThan(70);
    const settled = theatre.painted.filter(({ at_ms }) => at_ms > 2_500).map(({ time_ms, at_ms }) => at_ms - time_ms);
    expect(median(settled.sort((a, b) => a - b))).toBeGreaterThan(350);
  });
});
