// What has been said and not yet answered: which commands to write now, and which to give up.
// Pure; it makes no keys and holds no promises. The link machine drives it.

import type { Reject } from "../wire/message";
import type { Pending } from "./room";

export const WAITING_MAX = 50;
/** Unanswered for so long on a living socket: say it again, under the same key. */
export const AGAIN_AFTER_MS = 10_000;
/** The server remembers keys for ten minutes; later than this, saying it again might do it twice. */
export const FORGET_AFTER_MS = 480_000;
/** Said again and again, waiting twice as long each time: at most so long, and up to half as much for the dice. */
export const LONGEST_MS = 15_000;
const AWAY_S = 2;
/** A little less than the server allows on one socket (20, and 10 a second): what was written while the line was down goes
 * out as fast as it is taken, in its order. */
const BURST = 15;
const PER_S = 8;

/** Once more would be a second one. What staff do is told at once instead: done twice it is the same, done late it may be wrong. */
const ONCE: ReadonlySet<string> = new Set(["chat.send", "question.ask", "tip.send"]);
/** The ledger knows these by their keys for good: they are asked after for as long as the page is open. */
const FOR_GOOD: ReadonlySet<string> = new Set(["tip.send"]);

export type Fields = Readonly<Record<string, unknown>>;

interface Item {
  readonly key: string;
  readonly type: string;
  readonly fields: Fields;
  /** Light commands are of the moment: never sent twice, never shown. */
  readonly light: boolean;
  firstSent_ms: number | null;
  lastSent_ms: number | null;
  held: boolean;
  /** How often it was written. */
  times: number;
  /** How often the server could not take it on this socket, and when to try the next time. */
  postponed: number;
  again_ms: number | null;
}

export class Outbox {
  readonly #items = new Map<string, Item>();
  #left = BURST;
  #left_ms = 0;

  /** False where there is no room for it. */
  add(key: string, type: string, fields: Fields, light: boolean): boolean {
    if (this.#items.size >= WAITING_MAX) return false;
    const unsent = { firstSent_ms: null, lastSent_ms: null, held: false, times: 0, postponed: 0, again_ms: null };
    this.#items.set(key, { key, type, fields, light, ...unsent });
    return true;
  }

  /** Forget it: it is answered. False where it was not waiting. */
  settle(key: string): boolean {
    return this.#items.delete(key);
  }

  hold(key: string): void {
    const item = this.#items.get(key);
    if (item) item.held = true;
  }

  /** Turned down, but perhaps it happened all the same, or will be taken later: true where it is to be said again, under
   * its key, after a while. False where the answer settles it. */
  postpone({ key, code, retry_after_s }: Reject, now_ms: number, dice: number): boolean {
    const item = this.#items.get(key);
    if (item === undefined) return false;
    const doubtful = (code === "unavailable" && ONCE.has(item.type)) || (code === "rate_limited" && item.times > 1);
    // The room is being led elsewhere: said after the next welcome, or here once that is called off.
    if (!doubtful && code !== "moved") return false;
    const wait_ms = code === "moved" ? AGAIN_AFTER_MS : Math.max(retry_after_s ?? AWAY_S, AWAY_S) * 1_000;
    item.again_ms = now_ms + Math.min(wait_ms * 2 ** item.postponed, LONGEST_MS) * (1 + dice / 2);
    item.postponed += 1;
    return true;
  }

  /** The socket is gone: what is light goes with it. Answers the keys. */
  disconnected(): string[] {
    this.#left = BURST;
    const lost = [...this.#items.values()].filter((item) => item.light).map((item) => item.key);
    for (const key of lost) this.#items.delete(key);
    for (const item of this.#items.values()) {
      item.lastSent_ms = null;
      item.held = false;
      item.postponed = 0;
      item.again_ms = null;
    }
    return lost;
  }

  /** Keys whose fate can no longer be learnt; they are forgotten. */
  expired(now_ms: number): string[] {
    return this.#forget((item) => now_ms >= forgottenAt(item));
  }

  /** Keys of what was written already: to whoever comes under another name it would be another command. */
  written(): string[] {
    return this.#forget((item) => item.firstSent_ms !== null);
  }

  #forget(which: (item: Item) => boolean): string[] {
    const keys = [...this.#items.values()].filter(which).map((item) => item.key);
    for (const key of keys) this.#items.delete(key);
    return keys;
  }

  /** What to write now, in the order in which it was said. */
  due(now_ms: number): Record<string, unknown>[] {
    const messages: Record<string, unknown>[] = [];
    this.#left = Math.min(BURST, this.#left + (Math.max(0, now_ms - this.#left_ms) * PER_S) / 1_000);
    this.#left_ms = now_ms;
    for (const item of this.#items.values()) {
      if (item.held || now_ms < againAt(item)) continue;
      if (this.#left < 1) break;
      this.#left -= 1;
      item.firstSent_ms ??= now_ms;
      item.lastSent_ms = now_ms;
      item.times += 1;
      item.again_ms = null;
      messages.push({ type: item.type, key: item.key, ...item.fields });
    }
    return messages;
  }

  /** When `due` will next have something, or something is to be given up, on a living socket. */
  deadline(): number | null {
    let soonest: number | null = null;
    const affords_ms = this.#left_ms + (Math.max(0, 1 - this.#left) * 1_000) / PER_S;
    for (const item of this.#items.values()) {
      if (item.held) continue;
      const at = Math.min(Math.max(againAt(item), affords_ms), forgottenAt(item));
      soonest = soonest === null ? at : Math.min(soonest, at);
    }
    return soonest;
  }

  /** Everything, when the link closes for good. Answers the keys. */
  clear(): string[] {
    const keys = [...this.#items.keys()];
    this.#items.clear();
    return keys;
  }

  /** As the page shows it. */
  pending(): Pending[] {
    return [...this.#items.values()]
      .filter((item) => !item.light)
      .map((item) => ({
        key: item.key,
        type: item.type,
        text: typeof item.fields.text === "string" ? item.fields.text : "",
        state: item.held || item.postponed > 0 ? "held" : "sending",
      }));
  }
}

function againAt(item: Item): number {
  if (item.lastSent_ms === null) return 0;
  return item.again_ms ?? item.lastSent_ms + AGAIN_AFTER_MS;
}

function forgottenAt(item: Item): number {
  if (item.firstSent_ms === null || FOR_GOOD.has(item.type)) return Number.POSITIVE_INFINITY;
  return item.firstSent_ms + FORGET_AFTER_MS;
}
