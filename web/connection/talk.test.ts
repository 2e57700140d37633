import { describe, expect, test } from "vitest";
import type { Entry } from "../wire/message";
import type { LinkEffect } from "./effect";
import { chat, of, Story, welcome } from "./story";

const movedOn = (key: string) => ({ type: "reject", key, code: "moved", reason: "" }) as const;

/** So long on a living socket, where something is heard every second. Answers what came of each awakening. */
function rest(story: Story, span_ms: number): LinkEffect[][] {
  const until = story.now + span_ms;
  const came: LinkEffect[][] = [];
  while (story.now < until) {
    story.now = Math.min(until, Math.max(story.now, story.link.deadline() ?? until), story.now + 1_000);
    story.hear({ type: "tick" });
    if (story.now >= (story.link.deadline() ?? until)) came.push(story.step({ type: "woke" }));
  }
  return came;
}

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
    expect(of(effects, "refuse")[0]?.reject).toMatchObject({ key: "k", code: "unknown" });
    expect(of(effects, "write")).toHaveLength(1);
  });

  test("nor is it on a socket that lives on: its fate is told as it is known", () => {
    const story = new Story().live();
    story.say("k");
    const told = rest(story, 500_000).find((effects) => of(effects, "refuse").length > 0) ?? [];
    expect(of(told, "refuse")[0]?.reject).toMatchObject({ key: "k", code: "unknown" });
    expect(of(told, "write")).toEqual([]);
    expect(story.link.outbox.pending()).toEqual([]);
  });

  test("a new guest is not taken for who said it: what may have arrived is not said again under another name", () => {
    const story = new Story().live();
    story.say("k");
    expect(of(story.closed(4100), "refuse")[0]?.reject).toMatchObject({ key: "k", code: "unknown" });
    story.say("new");
    expect(of(story.back(), "write").map((effect) => (effect.message as { key?: string }).key)).toEqual([
      undefined,
      "new",
    ]);
  });

  test("an unanswered command goes again on a living socket", () => {
    const story = new Story().live();
    story.say("k");
    for (story.now = 1_000; story.now < 10_000; story.now += 1_000) story.hear({ type: "tick" });
    story.now = 10_000;
    expect(of(story.step({ type: "woke" }), "write")).toHaveLength(1);
  });
});

describe("what the server can't take just now", () => {
  const unavailable = (key: string) =>
    ({ type: "reject", key, code: "unavailable", reason: "Try again", retry_after_s: 2 }) as const;
  const ask = (story: Story, key: string, command: string) =>
    story.step({ type: "asked", key, command, fields: { text: key }, light: false });

  test.each(["chat.send", "question.ask", "tip.send"])(
    "%s may have happened: it waits, and goes again by its key",
    (command) => {
      const story = new Story().live();
      ask(story, "k", command);
      expect(story.hear(unavailable("k"))).toEqual([{ type: "pending" }]);
      expect(story.link.outbox.pending()).toMatchObject([{ key: "k", state: "held" }]);
      const writes = rest(story, 2_000).flatMap((effects) => of(effects, "write"));
      expect(writes.map((effect) => effect.message)).toEqual([{ type: command, key: "k", text: "k" }]);
      expect(of(story.hear({ type: "ack", key: "k", offset: 11 }), "answer")).toHaveLength(1);
      expect(story.link.outbox.pending()).toEqual([]);
    },
  );

  test("each time it waits longer, and not all pages come at once", () => {
    const gaps = (dice: number) => {
      const story = new Story().live();
      story.say("k");
      const at = [story.now];
      for (let time = 0; time < 5; time += 1) {
        story.step({ type: "heard", message: unavailable("k") }, dice);
        while (rest(story, 100).every((effects) => of(effects, "write").length === 0));
        at.push(story.now);
      }
      return at.slice(1).map((one, index) => one - (at[index] ?? 0));
    };
    expect(gaps(0)).toEqual([2_000, 4_000, 8_000, 15_000, 15_000]);
    expect(gaps(1)).toEqual([3_000, 6_000, 12_000, 22_500, 22_500]);
  });

  test("said again too fast is no answer to whether it arrived", () => {
    const story = new Story().live();
    const fast = { type: "reject", key: "k", code: "rate_limited", reason: "Too fast", retry_after_s: 1 } as const;
    story.say("k");
    story.hear(unavailable("k"));
    rest(story, 2_000);
    expect(story.hear(fast)).toEqual([{ type: "pending" }]);
    story.say("new");
    expect(of(story.hear({ ...fast, key: "new" }), "refuse")).toHaveLength(1);
  });

  test("a sentence is given up before the log forgets its key; a tip is not, for the ledger never does", () => {
    const story = new Story().live();
    ask(story, "c", "chat.send");
    ask(story, "t", "tip.send");
    const seen = ["c", "t"].flatMap((key) => story.hear(unavailable(key)));
    while (story.now < 1_200_000) {
      const came = rest(story, 1_000).flat();
      for (const { message } of of(came, "write")) story.hear(unavailable((message as { key: string }).key));
      seen.push(...came);
    }
    expect(of(seen, "refuse").map(({ reject }) => `${reject.key} ${reject.code}`)).toEqual(["c unknown"]);
    expect(of(seen, "write").length).toBeLessThan(150);
    expect(story.link.outbox.pending()).toMatchObject([{ key: "t", state: "held" }]);
  });

  test("what staff do is told at once: done twice it is the same, done late it may be wrong", () => {
    const story = new Story().live();
    ask(story, "k", "contingency.force");
    expect(of(story.hear(unavailable("k")), "refuse")[0]?.reject.code).toBe("unavailable");
  });

  test("a new socket has it said again at once, and nobody hears of what is not waiting", () => {
    const story = new Story().live();
    story.say("k");
    story.hear(unavailable("k"));
    story.closed();
    expect(of(story.back(), "write")).toHaveLength(2);
    expect(story.hear(unavailable("another"))).toEqual([]);
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
    expect(story.hear(movedOn("k"))).toEqual([{ type: "pending" }]);
    expect(story.link.outbox.pending()).toMatchObject([{ key: "k", state: "held" }]);
    const moved = story.hear(welcome({ room: { id: "demo.backup" }, position: { epoch: "z", offset: 4 } }));
    expect(of(moved, "write")).toHaveLength(1);
    story.closed();
    expect(of(story.wake(), "open")[0]?.url).toBe("ws://b/live/demo.backup");
    const hello = of(story.step({ type: "opened" }), "write")[0]?.message as { position: unknown };
    expect(hello.position).toEqual({ epoch: "z", offset: 4 });
  });

  test.each(["chat.send", "question.ask", "tip.send", "member.ban"])(
    "%s waits while the room is led elsewhere",
    (command) => {
      const story = new Story().live();
      story.step({ type: "asked", key: "k", command, fields: {}, light: false });
      expect(story.hear(movedOn("k"))).toEqual([{ type: "pending" }]);
      const writes = of(story.hear(welcome({ room: { id: "demo.backup" } })), "write");
      expect(writes.map((effect) => effect.message)).toEqual([{ type: command, key: "k" }]);
      expect(story.link.outbox.pending()).toMatchObject([{ key: "k", state: "sending" }]);
    },
  );

  test("a move that is called off brings no welcome: it is said here again, after a while", () => {
    const story = new Story().live();
    story.say("k");
    story.hear(movedOn("k"));
    expect(rest(story, 9_000).flatMap((effects) => of(effects, "write"))).toEqual([]);
    expect(rest(story, 1_000).flatMap((effects) => of(effects, "write"))).toHaveLength(1);
  });

  test("held is shown, and answered later", () => {
    const story = new Story().live();
    story.say("k");
    story.hear({ type: "held", key: "k" });
    expect(story.link.outbox.pending()[0]?.state).toBe("held");
  });
});
