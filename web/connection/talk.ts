// What is said on the sockets of one link, and what was heard: the hello, the place in the log, commands and answers.
// Pure; it knows no socket and no time-outs. It outlives every socket, so that nothing is lost or said twice between two;
// the link machine drives it.

import { isEntry } from "../wire/entry";
import type { Entry, Hello, Media, Position, ServerMessage, Welcome } from "../wire/message";
import { type LinkEffect, refusal } from "./effect";
import { type Fields, Outbox } from "./outbox";

export interface TalkOptions {
  readonly room: string;
  readonly token: string | null;
  readonly name: string | null;
  readonly media: Media;
  readonly accept: readonly string[] | null;
  /** A refused token may be given up for a guest's entry, once. */
  readonly guest: boolean;
}

const UNKNOWN_FATE = "We could not learn whether this arrived. Look before you send it again.";

export class Talk {
  readonly #options: TalkOptions;
  readonly #outbox = new Outbox();
  #room: string;
  #token: string | null;
  #media: Media;
  #position: Position | null = null;
  #renewed = false;

  constructor(options: TalkOptions) {
    this.#options = options;
    this.#room = options.room;
    this.#token = options.token;
    this.#media = options.media;
  }

  /** Where the next socket goes: the room we are in. */
  get room(): string {
    return this.#room;
  }

  get position(): Position | null {
    return this.#position;
  }

  get outbox(): Pick<Outbox, "pending" | "deadline"> {
    return this.#outbox;
  }

  // ---- what we say --------------------------------------------------------------------------------------------------

  hello(): Hello {
    const { name, accept } = this.#options;
    return {
      type: "hello",
      token: this.#token,
      name,
      position: this.#position,
      media: this.#media,
      ...(accept ? { accept } : {}),
    };
  }

  /** The choice of media holds for every hello to come. */
  select(media: Media): void {
    this.#media = media;
  }

  asked(key: string, command: string, fields: Fields, light: boolean, live: boolean, now_ms: number): LinkEffect[] {
    if (light && !live) return [refusal(key, "undelivered", "There is no connection just now")];
    if (!this.#outbox.add(key, command, fields, light)) {
      return [refusal(key, "undelivered", "Too much is waiting to be sent already")];
    }
    return [...(live ? this.due(now_ms) : []), { type: "pending" }];
  }

  /** What is to be written now, on a living socket, and what is given up. */
  due(now_ms: number): LinkEffect[] {
    const forgotten = doubts(this.#outbox.expired(now_ms));
    const writes = this.#outbox.due(now_ms).map((message) => ({ type: "write", message }) as const);
    return forgotten.length > 0 ? [...forgotten, ...writes, { type: "pending" }] : writes;
  }

  /** The token was refused: come as a new guest, where that is allowed and was not tried already; null: it is not. */
  renewed(): LinkEffect[] | null {
    if (!this.#options.guest || this.#renewed || this.#token === null) return null;
    this.#renewed = true;
    this.#token = null;
    return doubts(this.#outbox.written());
  }

  // ---- what we hear -------------------------------------------------------------------------------------------------

  welcomed(welcome: Welcome, now_ms: number): LinkEffect[] {
    const fresh = this.#position === null || !welcome.resumed;
    this.#room = welcome.room.id ?? this.#room;
    this.#position = welcome.position;
    this.#token = welcome.you.token;
    this.#renewed = false;
    const dropped = this.disconnected();
    return [
      { type: "keep", token: welcome.you.token },
      { type: "welcomed", welcome, fresh },
      ...dropped,
      ...this.due(now_ms),
      { type: "pending" },
    ];
  }

  /** What follows from a message after the welcome; null: it proves that one was lost. */
  heard(message: ServerMessage, now_ms: number, dice: number): LinkEffect[] | null {
    if (isEntry(message)) return this.#entry(message);
    switch (message.type) {
      case "ack":
        return this.#outbox.settle(message.key) ? [{ type: "answer", ack: message }, { type: "pending" }] : [];
      case "reject":
        if (this.#outbox.postpone(message, now_ms, dice)) return [{ type: "pending" }];
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

  /** An entry of the room's log or of staff's: the next one, one we have, or proof that one was lost. */
  #entry(entry: Entry): LinkEffect[] | null {
    const position = this.#position;
    if (entry.offset === undefined || position === null) return [{ type: "deliver", message: entry }];
    const staff = entry.log === "staff";
    const at = staff ? (position.staff_offset ?? entry.offset - 1) : position.offset;
    if (entry.offset <= at) return [];
    if (entry.offset > at + 1) return null;
    this.#position = staff ? { ...position, staff_offset: entry.offset } : { ...position, offset: entry.offset };
    return [{ type: "deliver", message: entry }];
  }

  // ---- endings ------------------------------------------------------------------------------------------------------

  /** What we said may not have arrived: it is said again later, but for what was of the moment. */
  disconnected(): LinkEffect[] {
    return this.#outbox.disconnected().map((key) => refusal(key, "undelivered", "The connection was lost"));
  }

  /** Nothing more will be said. */
  ended(reason: string): LinkEffect[] {
    return this.#outbox.clear().map((key) => refusal(key, "closed", reason || "You have left this room"));
  }
}

/** What was said, and nobody can tell any more whether it arrived. */
function doubts(keys: readonly string[]): LinkEffect[] {
  return keys.map((key) => refusal(key, "unknown", UNKNOWN_FATE));
}
