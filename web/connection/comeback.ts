// How a link comes back after a loss: to which address, and after how long.
// Pure; it opens nothing and rolls no dice. The link machine tells it of losses, and what welcomes say.

import type { Reconnect } from "../wire/message";

const BASES_MAX = 16;

export class Comeback {
  #bases: readonly string[];
  #base = 0;
  #reconnect: Reconnect = { min_ms: 200, max_ms: 4_000 };
  #attempt = 0;

  constructor(bases: readonly string[]) {
    this.#bases = bases;
  }

  /** How many times in a row it was lost; 0 where it holds. */
  get attempt(): number {
    return this.#attempt;
  }

  /** Where to open the next socket. */
  url(room: string): string {
    return `${this.#current() ?? ""}/live/${room}`;
  }

  /** A welcome's word: how long to wait, and where else to go. The address that answered stays the first. */
  learn(reconnect: Reconnect | undefined): void {
    this.#reconnect = reconnect ?? this.#reconnect;
    const current = this.#current();
    const others = [...this.#bases, ...(reconnect?.urls ?? [])].filter((url) => url !== current);
    this.#bases = [...new Set([...(current === undefined ? [] : [current]), ...others])].slice(0, BASES_MAX);
    this.#base = 0;
  }

  /** It has held for a while. */
  settled(): void {
    this.#attempt = 0;
  }

  /** It was lost, or could not be had: the next address is tried. */
  failed(): void {
    this.#attempt += 1;
    this.#base += 1;
  }

  /** Full jitter: anywhere between the least and a ceiling that doubles, so that a crowd comes back spread out. */
  delay_ms(dice: number): number {
    const { min_ms, max_ms } = this.#reconnect;
    const ceiling = Math.min(max_ms, min_ms * 2 ** Math.min(this.#attempt, 16));
    return min_ms + dice * Math.max(0, ceiling - min_ms);
  }

  /** The line is said to be back: within the least wait, spread out all the same. */
  soon_ms(dice: number): number {
    return dice * this.#reconnect.min_ms;
  }

  #current(): string | undefined {
    return this.#bases[this.#base % this.#bases.length];
  }
}
