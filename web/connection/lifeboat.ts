// Where to go when no gateway can be reached for as long as the plan allows: the welcome's signed links, in their time.
// Pure; it goes nowhere itself. The link machine asks it while it is without a socket.

import type { Backup } from "../wire/message";

export class Lifeboat {
  #backups: readonly Backup[] = [];
  #next = 0;
  #adrift_ms: number | null = null;

  /** A welcome: a gateway is reached, and these are the links for when it is not. */
  stock(backups: readonly Backup[] | undefined): void {
    this.#backups = [...(backups ?? this.#backups)].sort((a, b) => a.after_s - b.after_s);
    this.#next = 0;
    this.#adrift_ms = null;
  }

  /** No gateway answers from now on. */
  adrift(now_ms: number): void {
    this.#adrift_ms = now_ms;
  }

  /** When the next link's time comes; null where there is none. */
  deadline(): number | null {
    const backup = this.#backups[this.#next];
    if (backup === undefined || this.#adrift_ms === null) return null;
    return this.#adrift_ms + backup.after_s * 1_000;
  }

  /** The link to leave for; null where there is none. */
  take(now_ms: number): Backup | null {
    this.#adrift_ms ??= now_ms;
    return this.#backups[this.#next] ?? null;
  }

  /** That link does not answer either: the next one in its time, after the last the first again. */
  failed(now_ms: number): void {
    this.#next += 1;
    if (this.#next < this.#backups.length) return;
    this.#next = 0;
    this.#adrift_ms = now_ms;
  }
}
