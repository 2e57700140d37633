import { describe, expect, test } from "vitest";
import type { Entry } from "../wire/message";
import { chat, of, Story, welcome } from "./story";

describe("what we say", () => {
  test("what was of the moment is answered at a move too: the new room knows nothing of it", () => {
    const story = new Story().live();
    story.step({ type: "asked", key: "q", command: "qoe.report", fields: {}, light: true });
    const moved = story.hear(welcome({ room: { id: "demo.backup" } }));
    expect(of(moved, "refuse").map((effect) => effect.reject.key)).toEqual(["q"]);
    expect(of(moved, "write")).toEqual([]);
  });

  test("media commands do not outlive the socket; they need one", () => {
    const story = new Story().live();
    story.step({ type: "asked", key: "q", command: "qoe.report", fields: {}, light: true });
    expect(of(story.closed(), "refuse")[0]?.reject).toMatchObject({ key: "q", code: "undelivered" });
    const effects = story.step({ type: "asked", key: "r", command: "media.refresh", fields: {}, light: true });
    expect(of(effects, "refuse")[0]?.reject.code).toBe("undelivered");
  });

  test("the choice of media holds for the next hello", () => {
    const story = new Story().live();
    const chosen = story.step({ type: "selected", media: "audio", key: "m" });
    expect(of(chosen, "write")[0]?.message).toEqual({ type: "media.select", key: "m", media: "audio" });
    story.closed();
    story.wake();
    const hello = of(story.step({ type: "opened" }), "write")[0]?.message as { media: string };
    expect(hello.media).toBe("audio");
  });

  test("too much to say is refused by name", () => {
    const story = new Story();
    story.step({ type: "started" });
    for (let index = 0; index < 50; index += 1) story.say(`k${index}`);
    expect(of(story.say("one more"), "refuse")[0]?.reject.code).toBe("undelivered");
  });

  test("what may be forgotten by the server is not said again", () => {
    const story = new Story().live();
    story.say("k");
    story.closed();
    story.now = 490_000;
    const effects = story.back();
    expect(of(effects, "refuse")[0]?.reject).toMatchObject({ key: "k", code: "undelivered" });
    expect(of(effects, "write")).toHaveLength(1);
  });

  test("an unanswered command goes again on a living socket", () => {
    const story = new Story().live();
    story.say("k");
    for (story.now = 1_000; story.now < 10_000; story.now += 1_000) story.hear({ type: "tick" });
    story.now = 10_000;
    expect(of(story.step({ type: "woke" }), "write")).toHaveLength(1);
  });
});

describe("the log", () => {
  test("a position that could not be proven whole means a fresh start", () => {
    const story = new Story().live();
    story.closed();
    const effects = story.back({ resumed: false, position: { epoch: "f", offset: 2 } });
    expect(of(effects, "welcomed")[0]?.fresh).toBe(true);
    expect(story.link.position).toEqual({ epoch: "f", offset: 2 });
  });

  test("an entry seen before is dropped, the next one is delivered", () => {
    const story = new Story().live();
    expect(story.hear(chat(10))).toEqual([]);
    expect(of(story.hear(chat(11)), "deliver")).toHaveLength(1);
    expect(story.link.position?.offset).toBe(11);
  });

  test("a hole is proof of loss: come back with the position", () => {
    const story = new Story().live();
    const effects = story.hear(chat(12));
    expect(effects[0]).toEqual({ type: "drop" });
    expect(story.link.position?.offset).toBe(10);
  });

  test("carried entries move nothing", () => {
    const story = new Story().live();
    const carried = { ...chat(1), carried: true } as Record<string, unknown>;
    delete carried.offset;
    expect(of(story.hear(carried as unknown as Entry), "deliver")).toHaveLength(1);
    expect(story.link.position?.offset).toBe(10);
  });

  test("staff's log has offsets of its own", () => {
    const story = new Story().live({ position: { epoch: "e", offset: 10, staff_offset: 3 } });
    expect(of(story.hear(chat(4, { log: "staff" })), "deliver")).toHaveLength(1);
    expect(story.link.position).toEqual({ epoch: "e", offset: 10, staff_offset: 4 });
    expect(story.hear(chat(4, { log: "staff" }))).toEqual([]);
    expect(of(story.hear(chat(6, { log: "staff" })), "drop")).toHaveLength(1);
  });

  test("passing events and feeds go through; ticks are only heard", () => {
    const story = new Story().live();
    expect(of(story.hear({ type: "count", members: 3 }), "deliver")).toHaveLength(1);
    expect(story.hear({ type: "tick" })).toEqual([]);
    expect(story.hear({ type: "pong", n: 1 })).toEqual([]);
  });

  test("before the welcome only feeds are taken", () => {
    const story = new Story();
    story.step({ type: "started" });
    story.step({ type: "opened" });
    expect(story.hear({ type: "count", members: 3 })).toEqual([]);
    const feed = { type: "feed", feed: 1, source: "main", kind: "video", config: { codec: "vp8" } } as const;
    expect(of(story.hear(feed), "deliver")).toHaveLength(1);
    story.step({ type: "framed" });
  });
});

describe("moving", () => {
  test("a second welcome is of the new room: the next socket goes there, with its position", () => {
    const story = new Story().live();
    story.say("k");
    expect(story.hear({ type: "reject", key: "k", code: "moved", reason: "" })).toEqual([]);
    const moved = story.hear(welcome({ room: { id: "demo.backup" }, position: { epoch: "z", offset: 4 } }));
    expect(of(moved, "write")).toHaveLength(1);
    story.closed();
    expect(of(story.wake(), "open")[0]?.url).toBe("ws://b/live/demo.backup");
    const hello = of(story.step({ type: "opened" }), "write")[0]?.message as { position: unknown };
    expect(hello.position).toEqual({ epoch: "z", offset: 4 });
  });

  test("held is shown, and answered later", () => {
    const story = new Story().live();
    story.say("k");
    story.hear({ type: "held", key: "k" });
    expect(story.link.outbox.pending()[0]?.state).toBe("held");
  });
});
