import { describe, expect, test } from "vitest";
import type { LinkEffect } from "./effect";
import { LEAVE_WITHIN_MS } from "./link";
import { of, phases, Story } from "./story";

describe("the lifeboat", () => {
  const backups = [
    { url: "https://two", label: "two", after_s: 20 },
    { url: "https://one", label: "one", after_s: 5 },
  ];

  function adrift(): { story: Story; left: LinkEffect[] } {
    const story = new Story(["ws://a"]).live({ backups });
    story.closed();
    for (;;) {
      const effects = story.wake(1);
      if (of(effects, "leave").length > 0) return { story, left: effects };
      if (story.link.state === "opening") story.closed(1006, 1);
    }
  }

  test("with no gateway for as long as the plan says, it leaves for the first link", () => {
    const { story, left } = adrift();
    expect(of(left, "leave")[0]?.backup.url).toBe("https://one");
    expect(phases(left)).toEqual([{ name: "leaving", backup: backups[1] }]);
    expect(story.now).toBe(5_000);
  });

  test("where nothing answers it goes on trying, and takes the next link in its time", () => {
    const { story } = adrift();
    expect(phases(story.step({ type: "unreachable" }))[0]?.name).toBe("reconnecting");
    expect(story.step({ type: "unreachable" })).toEqual([]);
    for (;;) {
      const effects = story.wake(1);
      const left = of(effects, "leave")[0];
      if (left) {
        expect([left.backup.url, story.now]).toEqual(["https://two", 20_000]);
        break;
      }
      if (story.link.state === "opening") story.closed(1006, 1);
    }
    story.step({ type: "unreachable" });
    expect(phases(story.back())).toEqual([]);
    expect(story.link.state).toBe("live");
  });

  test("a leave that comes to nothing is not waited for", () => {
    const { story } = adrift();
    expect(story.step({ type: "woke" })).toEqual([]);
    story.now += LEAVE_WITHIN_MS;
    expect(phases(story.step({ type: "woke" }))[0]?.name).toBe("reconnecting");
  });

  test("without a line of one's own no link is taken", () => {
    const story = new Story(["ws://a"]).live({ backups });
    story.step({ type: "offline" });
    story.closed();
    for (let times = 0; times < 40; times += 1) {
      expect(of(story.wake(1), "leave")).toEqual([]);
      if (story.link.state === "opening") story.closed(1006, 1);
    }
    expect(story.now).toBeGreaterThan(5_000);
  });

  test("a server that says 'go to a backup' is obeyed at once; without one it is tried again", () => {
    expect(of(new Story().live({ backups }).closed(4200), "leave")).toHaveLength(1);
    expect(phases(new Story().live().closed(4200))[0]?.name).toBe("reconnecting");
  });

  test("leaving from a half-open socket drops it", () => {
    const story = new Story(["ws://a"]).live({ backups });
    story.now = 1_000;
    story.closed();
    story.wake();
    story.now = 6_100;
    expect(of(story.step({ type: "woke" }), "drop")).toHaveLength(1);
  });
});
