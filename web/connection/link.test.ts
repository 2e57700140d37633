import { describe, expect, test } from "vitest";
import type { LinkEvent } from "./effect";
import { IllegalMove, OPEN_WITHIN_MS } from "./link";
import { chat, of, phases, Story, welcome } from "./story";

test("a story: in, talking, dropped, back elsewhere with the position, and nothing said is lost", () => {
  const story = new Story();
  expect(of(story.step({ type: "started" }), "open")).toEqual([{ type: "open", url: "ws://a/live/demo" }]);
  expect(of(story.step({ type: "opened" }), "write")[0]?.message).toEqual({
    type: "hello",
    token: null,
    name: "Ada",
    position: null,
    media: "video",
    accept: ["vp8"],
  });
  const entered = story.hear(welcome());
  expect(of(entered, "keep")).toEqual([{ type: "keep", token: "t-1" }]);
  expect(of(entered, "welcomed")[0]?.fresh).toBe(true);
  story.hear(chat(11));
  expect(of(story.say("k1"), "write")[0]?.message).toEqual({ type: "chat.send", key: "k1", text: "k1" });
  expect(phases(story.closed())).toEqual([{ name: "reconnecting", fault: "ours", attempt: 1 }]);
  expect(story.link.outbox.pending()).toHaveLength(1);
  story.say("k2");
  const opened = story.wake();
  expect(of(opened, "open")[0]?.url).toBe("ws://b/live/demo");
  const hello = of(story.step({ type: "opened" }), "write")[0]?.message as { position: unknown; token: unknown };
  expect([hello.position, hello.token]).toEqual([{ epoch: "e", offset: 11 }, "t-1"]);
  const back = story.hear(welcome({ resumed: true, position: { epoch: "e", offset: 12 } }));
  expect(of(back, "welcomed")[0]?.fresh).toBe(false);
  expect(of(back, "write").map((effect) => (effect.message as { key: string }).key)).toEqual(["k1", "k2"]);
  expect(of(story.hear({ type: "ack", key: "k1", offset: 13 }), "answer")).toHaveLength(1);
  expect(story.hear({ type: "ack", key: "k1", offset: 13 })).toEqual([]);
  const refused = story.hear({ type: "reject", key: "k2", code: "slow_mode", reason: "One message every 10 s" });
  expect(of(refused, "refuse")[0]?.reject.code).toBe("slow_mode");
});

describe("liveness", () => {
  test("three silent ticks are death, and the line is suspected", () => {
    const story = new Story().live();
    expect(story.link.deadline()).toBe(3_000);
    const effects = story.wake();
    expect(effects[0]).toEqual({ type: "drop" });
    expect(phases(effects)).toEqual([{ name: "reconnecting", fault: "yours", attempt: 1 }]);
  });

  test("media counts as a sign of life", () => {
    const story = new Story().live();
    story.now = 2_900;
    story.step({ type: "framed" });
    expect(story.link.deadline()).toBe(5_900);
  });

  test("a page that slept is given one tick to read what lies there, once", () => {
    const story = new Story().live();
    story.now = 60_000;
    expect(story.step({ type: "woke" })).toEqual([]);
    expect(story.link.deadline()).toBe(61_000);
    expect(of(story.wake(), "drop")).toHaveLength(1);
  });

  test("a socket that does not open, or does not greet, is given up", () => {
    const story = new Story();
    story.step({ type: "started" });
    expect(story.link.deadline()).toBe(OPEN_WITHIN_MS);
    expect(of(story.wake(), "drop")).toHaveLength(1);
    story.wake();
    story.step({ type: "opened" });
    expect(of(story.wake(), "drop")).toHaveLength(1);
  });

  test("woken before its time it does nothing", () => {
    const story = new Story();
    story.step({ type: "started" });
    expect(story.step({ type: "woke" })).toEqual([]);
  });
});

describe("coming back", () => {
  test("a link that held for a while begins counting anew, one that fell at once does not", () => {
    const story = new Story().live();
    story.now = 6_000;
    story.closed();
    expect(phases(story.back())).toEqual([]);
    expect(phases(story.closed())).toEqual([{ name: "reconnecting", fault: "ours", attempt: 2 }]);
    story.back();
    story.now += 6_000;
    expect(phases(story.closed())).toEqual([{ name: "reconnecting", fault: "ours", attempt: 1 }]);
  });

  test("the browser's word that the line is back cuts the wait short", () => {
    const story = new Story().live();
    story.step({ type: "offline" });
    story.closed(1006, 1);
    expect(phases(story.step({ type: "offline" }))).toEqual([{ name: "reconnecting", fault: "yours", attempt: 1 }]);
    story.step({ type: "online" }, 0);
    expect(story.link.deadline()).toBe(story.now);
    expect(story.step({ type: "online" }, 0)).toEqual([]);
    story.wake();
    expect(story.step({ type: "online" }, 0)).toEqual([]);
  });
});

describe("the end", () => {
  test("a refused token is given up for a guest's entry, once", () => {
    const story = new Story().live();
    story.closed(4100);
    story.wake();
    const hello = of(story.step({ type: "opened" }), "write")[0]?.message as { token: unknown };
    expect(hello.token).toBeNull();
    expect(phases(story.closed(4101))).toEqual([{ name: "closed", why: "expired", code: 4101, reason: "" }]);
  });

  test("staff's refused token is the end", () => {
    expect(phases(new Story(["ws://a"], false).live().closed(4100))[0]).toMatchObject({ why: "expired" });
  });

  test("stay away means stay away, and what was pending is refused", () => {
    const story = new Story().live();
    story.say("k");
    const effects = story.closed(4300);
    expect(of(effects, "refuse")[0]?.reject).toMatchObject({ key: "k", code: "closed" });
    expect(phases(effects)[0]).toMatchObject({ name: "closed", why: "banned" });
    expect(story.link.deadline()).toBeNull();
    expect(of(story.say("later"), "refuse")).toHaveLength(1);
    expect(story.step({ type: "woke" })).toEqual([]);
  });

  test("leaving for good drops the socket", () => {
    const story = new Story().live();
    expect(of(story.step({ type: "left" }), "drop")).toHaveLength(1);
    expect(story.link.state).toBe("closed");
  });

  test("what cannot have happened raises and changes nothing", () => {
    const story = new Story();
    expect(() => story.step({ type: "opened" })).toThrow(IllegalMove);
    expect(() => story.hear({ type: "tick" })).toThrow(IllegalMove);
    expect(() => story.closed()).toThrow(IllegalMove);
    story.step({ type: "started" });
    expect(() => story.step({ type: "started" })).toThrow(IllegalMove);
    expect(story.link.state).toBe("opening");
  });
});

const EVENTS: readonly LinkEvent[] = [
  { type: "opened" },
  { type: "closed", code: 1006, reason: "" },
  { type: "closed", code: 4200, reason: "" },
  { type: "closed", code: 4100, reason: "" },
  { type: "heard", message: welcome({ resumed: true, backups: [{ url: "u", label: "", after_s: 1 }] }) },
  { type: "heard", message: chat(11) },
  { type: "heard", message: { type: "ack", key: "k" } },
  { type: "heard", message: { type: "reject", key: "k", code: "unavailable", reason: "" } },
  { type: "asked", key: "k", command: "chat.send", fields: {}, light: false },
  { type: "offline" },
  { type: "online" },
  { type: "unreachable" },
  { type: "woke" },
  { type: "left" },
];

interface Tally {
  asked: number;
  answered: number;
}

/** Take `path` from the start. Answers what broke the law; `illegal` where the path cannot happen. */
function walk(path: readonly LinkEvent[]): "illegal" | string | null {
  const story = new Story();
  story.step({ type: "started" });
  const tally: Tally = { asked: 0, answered: 0 };
  for (const event of path) {
    const outcome = stride(story, event, tally) ?? breach(story, tally);
    if (outcome !== null) return outcome;
  }
  return null;
}

function stride(story: Story, event: LinkEvent, tally: Tally): string | null {
  if (event.type === "asked" && tally.asked > 0) return "illegal";
  if (event.type === "woke") story.now = story.link.deadline() ?? story.now;
  const before = story.link.state;
  try {
    const effects = story.step(event, 0.5);
    if (event.type === "asked") tally.asked += 1;
    tally.answered += of(effects, "answer").length + of(effects, "refuse").length;
    return null;
  } catch (fault) {
    return fault instanceof IllegalMove && story.link.state === before ? "illegal" : String(fault);
  }
}

function breach(story: Story, { asked, answered }: Tally): string | null {
  if (answered > asked) return "answered twice";
  if (asked > answered && story.link.outbox.pending().length !== 1) return "lost";
  if (story.link.state === "closed") return asked === answered ? null : "closed without an answer";
  return story.link.deadline() === null ? "asleep for ever" : null;
}

test("an exhaustive walk: whatever happens, nothing said is lost or answered twice, and it never sleeps for ever", () => {
  let paths: LinkEvent[][] = [[]];
  let walked = 0;
  for (let depth = 1; depth <= 5; depth += 1) {
    paths = paths
      .flatMap((path) => EVENTS.map((event) => [...path, event]))
      .filter((path) => {
        const outcome = walk(path);
        if (outcome !== null && outcome !== "illegal") throw new Error(`${outcome}: ${JSON.stringify(path)}`);
        return outcome === null;
      });
    walked += paths.length;
  }
  expect(walked).toBeGreaterThan(3_000);
}, 60_000);
