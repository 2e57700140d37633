// What has been said and not yet answered: which commands to write now, and which to give up.
// Pure; it makes no keys and holds no promises. The link machine drives it.

import type { Pending } from "./room";

export const WAITING_MAX = 50;
/** Unanswered for so long on a living socket: say it again, under the same key. */
export const AGAIN_AFTER_MS = 10_000;
/** The server remembers keys for ten minutes; later than this, saying it again might do it twice. */
export const FORGET_AFTER_MS = 480_000;

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
}

export class Outbox {
  readonly #items = new Map<string, Item>();

  /** False where there is no room for it. */
  add(key: string, type: string, fields: Fields, light: boolean): boolean {
    if (this.#items.size >= WAITING_MAX) return false;
    this.#items.set(key, { key, type, fields, light, firstSent_ms: null, lastSent_ms: null, held: false });
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

  /** The socket is gone: what is light goes with it. Answers the keys. */
  disconnected(): string[] {
    const lost = [...this.#items.values()].filter((item) => item.light).map((item) => item.key);
    for (const key of lost) this.#items.delete(key);
    for (const item of this.#items.values()) {
      item.lastSent_ms = null;
      item.held = false;
    }
    return lost;
  }

  /** Keys whose fate can no longer be learnt; they are forgotten. */
  expired(now_ms: number): string[] {
    const old = [...this.#items.values()].filter(
      (item) => item.firstSent_ms !== null && now_ms - item.firstSent_ms >= FORGET_AFTER_MS,
    );
    for (const item of old) this.#items.delete(item.key);
    return old.map((item) => item.key);
  }

  /** What to write now, in the order in which it was said. */
  due(now_ms: number): Record<string, unknown>[] {
    const messages: Record<string, unknown>[] = [];
    for (const item of this.#items.values()) {
      const again = item.lastSent_ms !== null && !item.held && now_ms - item.lastSent_ms >= AGAIN_AFTER_MS;
      if (item.lastSent_ms !== null && !again) continue;
      item.firstSent_ms ??= now_ms;
      item.lastSent_ms = now_ms;
      messages.push({ type: item.type, key: item.key, ...item.fields });
    }
    return messages;
  }

  /** When `due` will next have something, on a living socket. */
  deadline(): number | null {
    let soonest: number | null = null;
    for (const item of this.#items.values()) {
      if (item.held || item.lastSent_ms === null) continue;
      const at = item.lastSent_ms + AGAIN_AFTER_MS;
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
        state: item.held ? "held" : "sending",
      }));
  }
}
