// When to try once more to load what the sound comes out of, and whether it has been away for so long that one says so.
// Pure; it loads nothing. The player's sounds drive it.

/** A try that takes so long has failed. */
export const TRY_WITHIN_MS = 10_000;
export const FIRST_WAIT_MS = 1_000;
export const LONGEST_WAIT_MS = 30_000;
const SAID_AFTER = 2;

export class Attempt {
  #failures = 0;
  #trying = false;
  #next_ms = Number.NEGATIVE_INFINITY;

  /** It has failed again and again: whoever listens should know. */
  get away(): boolean {
    return this.#failures >= SAID_AFTER;
  }

  /** True where a try is to begin now: then no other one does until it has failed or takes too long. */
  begins(now_ms: number): boolean {
    if (now_ms < this.#next_ms) return false;
    if (this.#trying) this.#failures += 1;
    this.#trying = true;
    this.#next_ms = now_ms + TRY_WITHIN_MS;
    return true;
  }

  failed(now_ms: number, dice: number): void {
    const wait_ms = Math.min(FIRST_WAIT_MS * 2 ** this.#failures, LONGEST_WAIT_MS);
    this.#failures += 1;
    this.#trying = false;
    this.#next_ms = now_ms + wait_ms * (1 + dice / 2);
  }

  /** It is there, for good. */
  succeeded(): void {
    this.#failures = 0;
    this.#trying = false;
    this.#next_ms = Number.POSITIVE_INFINITY;
  }
}
