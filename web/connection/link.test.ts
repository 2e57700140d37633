import { describe, expect, test } from "vitest";
import type { Entry, ServerMessage, Welcome } from "../wire/message";
import { IllegalMove, LEAVE_WITHIN_MS, Link, type LinkEffect, type LinkEvent, OPEN_WITHIN_MS } from "./link";

const you = { id: "g-1", name: "Ada", role: "attendee", token: "t-1" } as const;

function welcome(more: Partial<Welcome> = {}): Welcome {
  return {
    type: "welcome",
    you,
    resumed: false,
    tick_ms: 1_000,
    position: { epoch: "e", offset: 10 },
    room: { id: "demo" },
    history: [],
    reconnect: { min_ms: 200, max_ms: 4_000 },
    ...more,
  };
}

function chat(offset: number, more: Partial<Entry> = {}): Entry {
  const from = { id: "g-2", name: "Ben", role: "attendee" } as const;
  return { type: "chat", from, text: `#${offset}`, offset, at: "2026-01-01T00:00:00Z", ...more } as Entry;
}

/** A link in virtual time. */
class Story {
  now = 0;
  readonly link: Link;
  constructor(bases = ["ws://a", "ws://b"], guest = true) {
    this.link = new Link({ room: "demo", bases, token: null, name: "Ada", media: "video", accept: ["vp8"], guest });
  }
  step(event: LinkEvent, dice = 0): LinkEffect[] {
    return this.link.step(event, this.now, dice);
  }
  hear(message: ServerMessage): LinkEffect[] {
    return this.step({ type: "heard", message });
  }
  say(key: string): LinkEffect[] {
    return this.step({ type: "asked", key, command: "chat.send", fields: { text: key }, light: false });
  }
  /** Sleep until the link wants to be woken. */
  wake(dice = 0): LinkEffect[] {
    const at = this.link.deadline();
    if (at === null) throw new Error("it sleeps for ever");
    this.now = Math.max(this.now, at);
    return this.step({ type: "woke" }, dice);
  }
  live(more: Partial<Welcome> = {}): this {
    this.step({ type: "started" });
    this.step({ type: "opened" });
    this.hear(welcome(more));
    return this;
  }
  closed(code = 1006, dice = 0): LinkEffect[] {
    return this.step({ type: "closed", code, reason: "" }, dice);
  }
  back(more: Partial<Welcome> = {}): LinkEffect[] {
    this.wake();
    const hello = this.step({ type: "opened" });
    return [...hello, ...this.hear(welcome({ resumed: true, ...more }))];
  }
}

const of = <T extends LinkEffect["type"]>(effects: LinkEffect[], type: T) =>
  effects.filter((effect): effect is Extract<LinkEffect, { type: T }> => effect.type === type);
const phases = (effects: LinkEffect[]) => of(effects, "phase").map((effect) => effect.phase);

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
  test("waits lie between the least and a ceiling that doubles to the most", () => {
    const story = new Story().live();
    const waits: number[] = [];
    story.closed(1006, 1);
    for (let attempt = 0; attempt < 7; attempt += 1) {
      waits.push((story.link.deadline() ?? 0) - story.now);
      story.wake();
      story.closed(1006, 1);
    }
    expect(waits).toEqual([400, 800, 1_600, 3_200, 4_000, 4_000, 4_000]);
  });

  test("with luck it is the least", () => {
    const story = new Story().live();
    story.closed(1006, 0);
    expect(story.link.deadline()).toBe(200);
  });

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

  test("the welcome's other gateways are tried in turn, this one first", () => {
    const story = new Story(["ws://a"]);
    story.live({ reconnect: { min_ms: 1, max_ms: 2, urls: ["ws://a", "ws://c"] } });
    story.closed();
    expect(of(story.wake(), "open")[0]?.url).toBe("ws://c/live/demo");
    story.closed();
    expect(of(story.wake(), "open")[0]?.url).toBe("ws://a/live/demo");
  });

  test("a position that could not be proven whole means a fresh start", () => {
    const story = new Story().live();
    story.closed();
    const effects = story.back({ resumed: false, position: { epoch: "f", offset: 2 } });
    expect(of(effects, "welcomed")[0]?.fresh).toBe(true);
    expect(story.link.position).toEqual({ epoch: "f", offset: 2 });
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
