// A link in virtual time, for the tests of its parts: nothing here is in the pages.
// It decides nothing; each step is the test's, and so is the clock.

import type { Entry, ServerMessage, Welcome } from "../wire/message";
import type { LinkEffect, LinkEvent } from "./effect";
import { Link } from "./link";

const you = { id: "g-1", name: "Ada", role: "attendee", token: "t-1" } as const;

export function welcome(more: Partial<Welcome> = {}): Welcome {
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

export function chat(offset: number, more: Partial<Entry> = {}): Entry {
  const from = { id: "g-2", name: "Ben", role: "attendee" } as const;
  return { type: "chat", from, text: `#${offset}`, offset, at: "2026-01-01T00:00:00Z", ...more } as Entry;
}

/** A link in virtual time. */
export class Story {
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

export const of = <T extends LinkEffect["type"]>(effects: LinkEffect[], type: T) =>
  effects.filter((effect): effect is Extract<LinkEffect, { type: T }> => effect.type === type);
export const phases = (effects: LinkEffect[]) => of(effects, "phase").map((effect) => effect.phase);
