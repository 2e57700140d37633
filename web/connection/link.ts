// The link to a room, decided: when to open a socket and where, what to say on it, when it is dead, where to go then.
// Pure: `step(event, now_ms, dice)` answers effects; it reads no clock, rolls no dice and touches no socket.
// The shell feeds it; its states are idle → opening → greeting → live, waiting between sockets, leaving, closed.

import type {
  Ack,
  Backup,
  Entry,
  Hello,
  Media,
  Position,
  Reconnect,
  Reject,
  ServerMessage,
  Welcome,
} from "../wire/message";
import { replyTo } from "./closing";
import { type Fields, Outbox } from "./outbox";
import { isEntry, type Phase } from "./room";

export const OPEN_WITHIN_MS = 4_000;
export const WELCOME_WITHIN_MS = 5_000;
export const LEAVE_WITHIN_MS = 20_000;
/** Live for so long: the next loss begins counting its attempts from one again. */
export const SETTLED_AFTER_MS = 5_000;
const SILENT_TICKS = 3;
/** Woken so much too late (a sleeping tab): what came meanwhile may not have been read yet. */
const LATE_MS = 1_000;

export type LinkEvent =
  | { readonly type: "started" }
  | { readonly type: "opened" }
  | { readonly type: "closed"; readonly code: number; readonly reason: string }
  | { readonly type: "heard"; readonly message: ServerMessage }
  | { readonly type: "framed" }
  | {
      readonly type: "asked";
      readonly key: string;
      readonly command: string;
      readonly fields: Fields;
      readonly light: boolean;
    }
  | { readonly type: "selected"; readonly media: Media; readonly key: string }
  | { readonly type: "online" }
  | { readonly type: "offline" }
  | { readonly type: "unreachable" }
  | { readonly type: "left" }
  | { readonly type: "woke" };

export type LinkEffect =
  | { readonly type: "open"; readonly url: string }
  | { readonly type: "write"; readonly message: Readonly<Record<string, unknown>> | Hello }
  /** Close the socket and listen to it no more. */
  | { readonly type: "drop" }
  | { readonly type: "phase"; readonly phase: Phase }
  | { readonly type: "welcomed"; readonly welcome: Welcome; readonly fresh: boolean }
  | { readonly type: "deliver"; readonly message: ServerMessage }
  | { readonly type: "pending" }
  | { readonly type: "answer"; readonly ack: Ack }
  | { readonly type: "refuse"; readonly reject: Reject }
  | { readonly type: "keep"; readonly token: string }
  | { readonly type: "leave"; readonly backup: Backup };

export interface LinkOptions {
  readonly room: string;
  readonly bases: readonly string[];
  readonly token: string | null;
  readonly name: string | null;
  readonly media: Media;
  readonly accept: readonly string[] | null;
  /** A refused token may be given up for a guest's entry, once. */
  readonly guest: boolean;
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
  waiting: ["opening", "leaving", "closed"],
  leaving: ["waiting", "closed"],
  closed: [],
};

/** The link was told of something that cannot have happened; it is unchanged. */
export class IllegalMove extends Error {}

export class Link {
  #state: State = { is: "idle" };
  readonly #outbox = new Outbox();
  #room: string;
  #bases: readonly string[];
  #base = 0;
  #token: string | null;
  #media: Media;
  #position: Position | null = null;
  #tick_ms = 1_000;
  #reconnect: Reconnect = { min_ms: 200, max_ms: 4_000 };
  #backups: readonly Backup[] = [];
  #backup = 0;
  #attempt = 0;
  #fault: "yours" | "ours" = "ours";
  #online = true;
  #entered = false;
  #renewed = false;
  #heard_ms = 0;
  #excused = false;
  #unreachable_ms: number | null = null;

  constructor(private readonly options: LinkOptions) {
    this.#room = options.room;
    this.#bases = options.bases;
    this.#token = options.token;
    this.#media = options.media;
  }

  get state(): State["is"] {
    return this.#state.is;
  }

  get position(): Position | null {
    return this.#position;
  }

  get outbox(): Pick<Outbox, "pending"> {
    return this.#outbox;
  }

  /** When to be woken if nothing else happens. */
  deadline(): number | null {
    const state = this.#state;
    const times: (number | null)[] = [];
    if (state.is === "live") times.push(this.#heard_ms + SILENT_TICKS * this.#tick_ms, this.#outbox.deadline());
    if (state.is === "opening" || state.is === "greeting" || state.is === "waiting") {
      times.push(state.until_ms, this.#backupAt());
    }
    if (state.is === "leaving") times.push(state.until_ms);
    const set = times.filter((time) => time !== null);
    return set.length > 0 ? Math.min(...set) : null;
  }

  step(event: LinkEvent, now_ms: number, dice: number): LinkEffect[] {
    if (this.#state.is === "closed") {
      return event.type === "asked" ? [refusal(event.key, "closed", "You have left this room")] : [];
    }
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
        return this.#asked(event.key, event.command, event.fields, event.light, now_ms);
      case "selected":
        this.#media = event.media;
        return this.#asked(event.key, "media.select", { media: event.media }, true, now_ms);
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

  // ---- opening ------------------------------------------------------------------------------------------------------

  #started(now_ms: number): LinkEffect[] {
    this.#expect("idle");
    this.#unreachable_ms = now_ms;
    return this.#open(now_ms);
  }

  #open(now_ms: number): LinkEffect[] {
    this.#move({ is: "opening", until_ms: now_ms + OPEN_WITHIN_MS });
    const base = this.#bases[this.#base % this.#bases.length] ?? "";
    return [
      { type: "phase", phase: this.#phase() },
      { type: "open", url: `${base}/live/${this.#room}` },
    ];
  }

  #opened(now_ms: number): LinkEffect[] {
    this.#expect("opening");
    this.#move({ is: "greeting", until_ms: now_ms + WELCOME_WITHIN_MS });
    const hello: Hello = {
      type: "hello",
      token: this.#token,
      name: this.options.name,
      position: this.#position,
      media: this.#media,
      ...(this.options.accept ? { accept: this.options.accept } : {}),
    };
    return [{ type: "write", message: hello }];
  }

  // ---- what the server says -----------------------------------------------------------------------------------------

  #heard(message: ServerMessage, now_ms: number, dice: number): LinkEffect[] {
    this.#expect("greeting", "live");
    this.#alive(now_ms);
    if (message.type === "welcome") return this.#welcomed(message, now_ms);
    if (this.#state.is === "greeting") return message.type === "feed" ? [{ type: "deliver", message }] : [];
    if (isEntry(message)) return this.#entry(message, now_ms, dice);
    switch (message.type) {
      case "ack":
        return this.#outbox.settle(message.key) ? [{ type: "answer", ack: message }, { type: "pending" }] : [];
      case "reject":
        // The room has moved on: the next welcome's room gets it.
        if (message.code === "moved") return [];
        return this.#outbox.settle(message.key) ? [{ type: "refuse", reject: message }, { type: "pending" }] : [];
      case "held":
        this.#outbox.hold(message.key);
        return [{ type: "pending" }];
      case "tick":
      case "pong":
        return [];
      default:
        return [{ type: "deliver", message }];
    }
  }

  #alive(now_ms: number): void {
    this.#heard_ms = now_ms;
    this.#excused = false;
  }

  #welcomed(welcome: Welcome, now_ms: number): LinkEffect[] {
    const again = this.#state.is === "live";
    const here = welcome.room.id ?? this.#room;
    const fresh = this.#position === null || !welcome.resumed;
    this.#room = here;
    this.#position = welcome.position;
    this.#token = welcome.you.token;
    this.#tick_ms = welcome.tick_ms;
    this.#reconnect = welcome.reconnect ?? this.#reconnect;
    this.#backups = [...(welcome.backups ?? this.#backups)].sort((a, b) => a.after_s - b.after_s);
    this.#learnBases(welcome.reconnect?.urls ?? []);
    this.#entered = true;
    this.#renewed = false;
    this.#unreachable_ms = null;
    this.#backup = 0;
    if (again) this.#outbox.disconnected();
    else this.#move({ is: "live", since_ms: now_ms });
    const forgotten = this.#outbox.expired(now_ms);
    return [
      { type: "keep", token: welcome.you.token },
      { type: "welcomed", welcome, fresh },
      ...forgotten.map((key) =>
        refusal(key, "undelivered", "We could not learn whether this arrived. Look before you send it again."),
      ),
      ...this.#writeDue(now_ms),
      { type: "pending" },
    ];
  }

  #learnBases(urls: readonly string[]): void {
    const current = this.#bases[this.#base % this.#bases.length];
    const others = [...this.#bases, ...urls].filter((url) => url !== current);
    this.#bases = [...new Set([...(current === undefined ? [] : [current]), ...others])].slice(0, 16);
    this.#base = 0;
  }

  /** An entry of the room's log or of staff's: the next one, one we have, or proof that one was lost. */
  #entry(entry: Entry, now_ms: number, dice: number): LinkEffect[] {
    const position = this.#position;
    if (entry.offset === undefined || position === null) return [{ type: "deliver", message: entry }];
    const staff = entry.log === "staff";
    const at = staff ? (position.staff_offset ?? entry.offset - 1) : position.offset;
    if (entry.offset <= at) return [];
    if (entry.offset > at + 1) return this.#lost("ours", now_ms, dice, [{ type: "drop" }]);
    this.#position = staff ? { ...position, staff_offset: entry.offset } : { ...position, offset: entry.offset };
    return [{ type: "deliver", message: entry }];
  }

  // ---- what the page says -------------------------------------------------------------------------------------------

  #asked(key: string, command: string, fields: Fields, light: boolean, now_ms: number): LinkEffect[] {
    if (light && this.#state.is !== "live") return [refusal(key, "undelivered", "There is no connection just now")];
    if (!this.#outbox.add(key, command, fields, light)) {
      return [refusal(key, "undelivered", "Too much is waiting to be sent already")];
    }
    return this.#state.is === "live" ? [...this.#writeDue(now_ms), { type: "pending" }] : [{ type: "pending" }];
  }

  #writeDue(now_ms: number): LinkEffect[] {
    return this.#outbox.due(now_ms).map((message) => ({ type: "write", message }));
  }

  // ---- losing and finding it ----------------------------------------------------------------------------------------

  #closed(code: number, reason: string, now_ms: number, dice: number): LinkEffect[] {
    this.#expect("opening", "greeting", "live");
    const reply = replyTo(code, this.#online);
    switch (reply.do) {
      case "stay-away":
        return this.#end(reply.why, code, reason);
      case "renew":
        if (!this.options.guest || this.#renewed || this.#token === null) return this.#end("expired", code, reason);
        this.#renewed = true;
        this.#token = null;
        return this.#lost("ours", now_ms, dice, []);
      case "backup":
        return this.#backups.length > 0 ? this.#leave(now_ms) : this.#lost("ours", now_ms, dice, []);
      case "return": {
        // A socket that never opened says nothing new about whose fault it is.
        const fault = this.#state.is === "live" || !this.#online ? reply.fault : this.#fault;
        return this.#lost(fault, now_ms, dice, []);
      }
    }
  }

  /** Wait for a while, then try the next address. */
  #lost(fault: "yours" | "ours", now_ms: number, dice: number, first: LinkEffect[]): LinkEffect[] {
    if (this.#state.is === "live") {
      this.#unreachable_ms = now_ms;
      if (now_ms - this.#state.since_ms >= SETTLED_AFTER_MS) this.#attempt = 0;
    }
    this.#attempt += 1;
    this.#fault = fault;
    this.#base += 1;
    this.#move({ is: "waiting", until_ms: now_ms + this.#delay(dice) });
    const dropped = this.#outbox.disconnected();
    return [
      ...first,
      ...dropped.map((key) => refusal(key, "undelivered", "The connection was lost")),
      { type: "phase", phase: this.#phase() },
      { type: "pending" },
    ];
  }

  /** Full jitter: anywhere between the least and a ceiling that doubles, so that a crowd comes back spread out. */
  #delay(dice: number): number {
    const { min_ms, max_ms } = this.#reconnect;
    const ceiling = Math.min(max_ms, min_ms * 2 ** Math.min(this.#attempt, 16));
    return min_ms + dice * Math.max(0, ceiling - min_ms);
  }

  #backupAt(): number | null {
    const backup = this.#backups[this.#backup];
    if (backup === undefined || this.#unreachable_ms === null || !this.#online) return null;
    return this.#unreachable_ms + backup.after_s * 1_000;
  }

  #leave(now_ms: number): LinkEffect[] {
    const backup = this.#backups[this.#backup % this.#backups.length];
    if (backup === undefined) throw new IllegalMove("no backup to leave for");
    const open = this.#state.is === "opening" || this.#state.is === "greeting";
    this.#unreachable_ms ??= now_ms;
    this.#move({ is: "leaving", backup, until_ms: now_ms + LEAVE_WITHIN_MS });
    const dropped = this.#outbox.disconnected();
    return [
      ...(open ? [{ type: "drop" } as const] : []),
      ...dropped.map((key) => refusal(key, "undelivered", "The connection was lost")),
      { type: "phase", phase: this.#phase() },
      { type: "leave", backup },
    ];
  }

  /** The backup does not answer either: the next one in its time, and the gateways again meanwhile. */
  #backupFailed(now_ms: number, dice: number): LinkEffect[] {
    if (this.#state.is !== "leaving") return [];
    this.#backup += 1;
    if (this.#backup >= this.#backups.length) {
      this.#backup = 0;
      this.#unreachable_ms = now_ms;
    }
    return this.#lost(this.#fault, now_ms, dice, []);
  }

  #wentOnline(now_ms: number, dice: number): LinkEffect[] {
    this.#online = true;
    if (this.#state.is !== "waiting") return [];
    this.#move({ is: "waiting", until_ms: now_ms + dice * this.#reconnect.min_ms });
    return [];
  }

  #wentOffline(): LinkEffect[] {
    this.#online = false;
    if (this.#state.is !== "waiting" && this.#state.is !== "opening") return [];
    this.#fault = "yours";
    return [{ type: "phase", phase: this.#phase() }];
  }

  #woke(now_ms: number, dice: number): LinkEffect[] {
    const state = this.#state;
    if (state.is === "live") return this.#wokeLive(now_ms, dice);
    if (state.is === "leaving") return now_ms >= state.until_ms ? this.#backupFailed(now_ms, dice) : [];
    if (state.is !== "opening" && state.is !== "greeting" && state.is !== "waiting") return [];
    const backupAt = this.#backupAt();
    if (backupAt !== null && now_ms >= backupAt) return this.#leave(now_ms);
    if (now_ms < state.until_ms) return [];
    if (state.is === "waiting") return this.#open(now_ms);
    return this.#lost("yours", now_ms, dice, [{ type: "drop" }]);
  }

  #wokeLive(now_ms: number, dice: number): LinkEffect[] {
    const deadAt = this.#heard_ms + SILENT_TICKS * this.#tick_ms;
    if (now_ms >= deadAt + LATE_MS && !this.#excused) {
      this.#excused = true;
      this.#heard_ms = now_ms - (SILENT_TICKS - 1) * this.#tick_ms;
      return [];
    }
    if (now_ms >= deadAt) return this.#lost("yours", now_ms, dice, [{ type: "drop" }]);
    return this.#writeDue(now_ms);
  }

  #end(why: Extract<Phase, { name: "closed" }>["why"], code: number, reason: string): LinkEffect[] {
    const open = ["opening", "greeting", "live"].includes(this.#state.is);
    this.#move({ is: "closed" });
    return [
      ...(open ? [{ type: "drop" } as const] : []),
      ...this.#outbox.clear().map((key) => refusal(key, "closed", reason || "You have left this room")),
      { type: "pending" },
      { type: "phase", phase: { name: "closed", why, code, reason } },
    ];
  }

  // ---- state --------------------------------------------------------------------------------------------------------

  #phase(): Phase {
    if (this.#state.is === "leaving") return { name: "leaving", backup: this.#state.backup };
    if (!this.#entered) return { name: "connecting", attempt: this.#attempt };
    return { name: "reconnecting", fault: this.#fault, attempt: this.#attempt };
  }

  #expect(...allowed: State["is"][]): void {
    if (!allowed.includes(this.#state.is)) throw new IllegalMove(`not while ${this.#state.is}`);
  }

  #move(to: State): void {
    const from = this.#state.is;
    if (!LAW[from].includes(to.is) && !(from === "waiting" && to.is === "waiting")) {
      throw new IllegalMove(`from ${from} to ${to.is}`);
    }
    this.#state = to;
  }
}

function refusal(key: string, code: string, reason: string): LinkEffect {
  return { type: "refuse", reject: { type: "reject", key, code, reason } };
}
