// The link to a room, decided: when to open a socket, when it is dead, when to come back and when to go elsewhere.
// Pure: `step(event, now_ms, dice)` answers effects; it reads no clock, rolls no dice and touches no socket.
// The shell feeds it; its states are idle → opening → greeting → live, waiting between sockets, leaving, closed.

import type { Backup, Media, Position, ServerMessage, Welcome } from "../wire/message";
import { replyTo } from "./closing";
import { Comeback } from "./comeback";
import { type LinkEffect, type LinkEvent, refusal } from "./effect";
import { Lifeboat } from "./lifeboat";
import type { Outbox } from "./outbox";
import type { ClosedWhy, Phase } from "./room";
import { Talk, type TalkOptions } from "./talk";

export const OPEN_WITHIN_MS = 4_000;
export const WELCOME_WITHIN_MS = 5_000;
export const LEAVE_WITHIN_MS = 20_000;
/** Live for so long: the next loss begins counting its attempts from one again. */
export const SETTLED_AFTER_MS = 5_000;
const SILENT_TICKS = 3;
/** Woken so much too late (a sleeping tab): what came meanwhile may not have been read yet. */
const LATE_MS = 1_000;

export interface LinkOptions extends TalkOptions {
  readonly bases: readonly string[];
}

type State =
  | { readonly is: "idle" }
  | { readonly is: "opening"; readonly until_ms: number }
  | { readonly is: "greeting"; readonly until_ms: number }
  | { readonly is: "live"; readonly since_ms: number }
  | { readonly is: "waiting"; readonly until_ms: number }
  | { readonly is: "leaving"; readonly backup: Backup; readonly until_ms: number }
  | { readonly is: "closed" };

const LAW: Record<State["is"], readonly State["is"][]> = {
  idle: ["opening", "closed"],
  opening: ["greeting", "waiting", "leaving", "closed"],
  greeting: ["live", "waiting", "leaving", "closed"],
  live: ["waiting", "leaving", "closed"],
  waiting: ["waiting", "opening", "leaving", "closed"],
  leaving: ["waiting", "closed"],
  closed: [],
};

/** The link was told of something that cannot have happened; it is unchanged. */
export class IllegalMove extends Error {}

export class Link {
  #state: State = { is: "idle" };
  readonly #talk: Talk;
  readonly #comeback: Comeback;
  readonly #lifeboat = new Lifeboat();
  #tick_ms = 1_000;
  #fault: "yours" | "ours" = "ours";
  #online = true;
  #entered = false;
  #heard_ms = 0;
  #excused = false;

  constructor(options: LinkOptions) {
    this.#talk = new Talk(options);
    this.#comeback = new Comeback(options.bases);
  }

  get state(): State["is"] {
    return this.#state.is;
  }

  get position(): Position | null {
    return this.#talk.position;
  }

  get outbox(): Pick<Outbox, "pending"> {
    return this.#talk.outbox;
  }

  /** When to be woken if nothing else happens. */
  deadline(): number | null {
    const state = this.#state;
    if (state.is === "idle" || state.is === "closed") return null;
    if (state.is === "leaving") return state.until_ms;
    const [first, second] =
      state.is === "live" ? [this.#deadAt(), this.#talk.outbox.deadline()] : [state.until_ms, this.#backupAt()];
    return second === null ? first : Math.min(first, second);
  }

  step(event: LinkEvent, now_ms: number, dice: number): LinkEffect[] {
    if (this.#state.is === "closed") {
      return event.type === "asked" ? [refusal(event.key, "closed", "You have left this room")] : [];
    }
    const live = this.#state.is === "live";
    switch (event.type) {
      case "started":
        return this.#started(now_ms);
      case "opened":
        return this.#opened(now_ms);
      case "closed":
        return this.#closed(event.code, event.reason, now_ms, dice);
      case "heard":
        return this.#heard(event.message, now_ms, dice);
      case "framed":
        this.#expect("live", "greeting");
        this.#alive(now_ms);
        return [];
      case "asked":
        return this.#talk.asked(event.key, event.command, event.fields, event.light, live, now_ms);
      case "selected":
        return this.#selected(event.media, event.key, now_ms);
      case "online":
        return this.#wentOnline(now_ms, dice);
      case "offline":
        return this.#wentOffline();
      case "unreachable":
        return this.#backupFailed(now_ms, dice);
      case "left":
        return this.#end("asked", 1000, "");
      case "woke":
        return this.#woke(now_ms, dice);
    }
  }

  // ---- in -----------------------------------------------------------------------------------------------------------

  #started(now_ms: number): LinkEffect[] {
    this.#expect("idle");
    this.#lifeboat.adrift(now_ms);
    return this.#open(now_ms);
  }

  #open(now_ms: number): LinkEffect[] {
    this.#move({ is: "opening", until_ms: now_ms + OPEN_WITHIN_MS });
    return [this.#phase(), { type: "open", url: this.#comeback.url(this.#talk.room) }];
  }

  #opened(now_ms: number): LinkEffect[] {
    this.#expect("opening");
    this.#move({ is: "greeting", until_ms: now_ms + WELCOME_WITHIN_MS });
    return [{ type: "write", message: this.#talk.hello() }];
  }

  #heard(message: ServerMessage, now_ms: number, dice: number): LinkEffect[] {
    this.#expect("greeting", "live");
    this.#alive(now_ms);
    if (message.type === "welcome") return this.#welcomed(message, now_ms);
    if (this.#state.is === "greeting") return message.type === "feed" ? [{ type: "deliver", message }] : [];
    return this.#talk.heard(message, now_ms, dice) ?? this.#lost("ours", now_ms, dice, [{ type: "drop" }]);
  }

  /** The first one is the way in; another on the same socket is of the room that we were led to. */
  #welcomed(welcome: Welcome, now_ms: number): LinkEffect[] {
    if (this.#state.is !== "live") this.#move({ is: "live", since_ms: now_ms });
    this.#tick_ms = welcome.tick_ms;
    this.#comeback.learn(welcome.reconnect);
    this.#lifeboat.stock(welcome.backups);
    this.#entered = true;
    return this.#talk.welcomed(welcome, now_ms);
  }

  #selected(media: Media, key: string, now_ms: number): LinkEffect[] {
    this.#talk.select(media);
    return this.#talk.asked(key, "media.select", { media }, true, this.#state.is === "live", now_ms);
  }

  // ---- losing and finding it ----------------------------------------------------------------------------------------

  #closed(code: number, reason: string, now_ms: number, dice: number): LinkEffect[] {
    this.#expect("opening", "greeting", "live");
    const reply = replyTo(code, this.#online);
    switch (reply.do) {
      case "stay-away":
        return this.#end(reply.why, code, reason);
      case "renew": {
        const doubts = this.#talk.renewed();
        return doubts ? this.#lost("ours", now_ms, dice, doubts) : this.#end("expired", code, reason);
      }
      case "backup":
        return this.#leave(now_ms) ?? this.#lost("ours", now_ms, dice);
      case "return": {
        // A socket that never opened says nothing new about whose fault it is.
        const fault = this.#state.is === "live" || !this.#online ? reply.fault : this.#fault;
        return this.#lost(fault, now_ms, dice);
      }
    }
  }

  /** Wait for a while, then try the next address. */
  #lost(fault: "yours" | "ours", now_ms: number, dice: number, first: LinkEffect[] = []): LinkEffect[] {
    if (this.#state.is === "live") {
      this.#lifeboat.adrift(now_ms);
      if (now_ms - this.#state.since_ms >= SETTLED_AFTER_MS) this.#comeback.settled();
    }
    this.#comeback.failed();
    this.#fault = fault;
    this.#move({ is: "waiting", until_ms: now_ms + this.#comeback.delay_ms(dice) });
    return [...first, ...this.#talk.disconnected(), this.#phase(), { type: "pending" }];
  }

  /** Null where there is nothing to leave for. */
  #leave(now_ms: number): LinkEffect[] | null {
    const backup = this.#lifeboat.take(now_ms);
    if (backup === null) return null;
    const open = this.#state.is === "opening" || this.#state.is === "greeting";
    this.#move({ is: "leaving", backup, until_ms: now_ms + LEAVE_WITHIN_MS });
    return [
      ...(open ? [{ type: "drop" } as const] : []),
      ...this.#talk.disconnected(),
      this.#phase(),
      { type: "leave", backup },
    ];
  }

  /** The backup does not answer either: the gateways again meanwhile. */
  #backupFailed(now_ms: number, dice: number): LinkEffect[] {
    if (this.#state.is !== "leaving") return [];
    this.#lifeboat.failed(now_ms);
    return this.#lost(this.#fault, now_ms, dice);
  }

  #wentOnline(now_ms: number, dice: number): LinkEffect[] {
    this.#online = true;
    if (this.#state.is !== "waiting") return [];
    this.#move({ is: "waiting", until_ms: now_ms + this.#comeback.soon_ms(dice) });
    return [];
  }

  #wentOffline(): LinkEffect[] {
    this.#online = false;
    if (this.#state.is !== "waiting" && this.#state.is !== "opening") return [];
    this.#fault = "yours";
    return [this.#phase()];
  }

  #woke(now_ms: number, dice: number): LinkEffect[] {
    const state = this.#state;
    if (state.is === "live") return this.#wokeLive(now_ms, dice);
    if (state.is === "leaving") return now_ms >= state.until_ms ? this.#backupFailed(now_ms, dice) : [];
    if (state.is !== "opening" && state.is !== "greeting" && state.is !== "waiting") return [];
    const backupAt = this.#backupAt();
    if (backupAt !== null && now_ms >= backupAt) return this.#leave(now_ms) ?? [];
    if (now_ms < state.until_ms) return [];
    if (state.is === "waiting") return this.#open(now_ms);
    return this.#lost("yours", now_ms, dice, [{ type: "drop" }]);
  }

  #wokeLive(now_ms: number, dice: number): LinkEffect[] {
    if (now_ms >= this.#deadAt() + LATE_MS && !this.#excused) {
      this.#excused = true;
      this.#heard_ms = now_ms - (SILENT_TICKS - 1) * this.#tick_ms;
      return [];
    }
    if (now_ms >= this.#deadAt()) return this.#lost("yours", now_ms, dice, [{ type: "drop" }]);
    return this.#talk.due(now_ms);
  }

  #end(why: ClosedWhy, code: number, reason: string): LinkEffect[] {
    const open = ["opening", "greeting", "live"].includes(this.#state.is);
    this.#move({ is: "closed" });
    return [
      ...(open ? [{ type: "drop" } as const] : []),
      ...this.#talk.ended(reason),
      { type: "pending" },
      { type: "phase", phase: { name: "closed", why, code, reason } },
    ];
  }

  // ---- state --------------------------------------------------------------------------------------------------------

  #alive(now_ms: number): void {
    this.#heard_ms = now_ms;
    this.#excused = false;
  }

  #deadAt(): number {
    return this.#heard_ms + SILENT_TICKS * this.#tick_ms;
  }

  /** Without a line of one's own no link is taken: it would not answer either. */
  #backupAt(): number | null {
    return this.#online ? this.#lifeboat.deadline() : null;
  }

  #phase(): LinkEffect {
    const attempt = this.#comeback.attempt;
    let phase: Phase = { name: "reconnecting", fault: this.#fault, attempt };
    if (this.#state.is === "leaving") phase = { name: "leaving", backup: this.#state.backup };
    else if (!this.#entered) phase = { name: "connecting", attempt };
    return { type: "phase", phase };
  }

  #expect(...allowed: State["is"][]): void {
    if (!allowed.includes(this.#state.is)) throw new IllegalMove(`not while ${this.#state.is}`);
  }

  #move(to: State): void {
    const from = this.#state.is;
    if (!LAW[from].includes(to.is)) throw new IllegalMove(`from ${from} to ${to.is}`);
    this.#state = to;
  }
}
