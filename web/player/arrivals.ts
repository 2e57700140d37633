// How pictures or packets of one feed arrive: the fastest path seen lately, and how much later than it the rest come.
// Pure; it schedules nothing. The playout machine keeps one for pictures and one for sound.

const WINDOW_MS = 4_000;
const SAMPLES_MAX = 256;
/** So much sooner than ever before: what came until now was a backlog, and says nothing about the path. */
const BACKLOG_MS = 10;

interface Sample {
  readonly at_ms: number;
  readonly delay_ms: number;
}

export class Arrivals {
  #samples: Sample[] = [];
  #base_ms: number | null = null;
  #jitter_ms = 0;
  #stale = true;

  constructor(private readonly share: number) {}

  /** Something of presentation time `time_ms` became ready at `now_ms`. */
  add(time_ms: number, now_ms: number): void {
    const delay_ms = now_ms - time_ms;
    if (this.#base_ms !== null && delay_ms < this.#base_ms - BACKLOG_MS) this.#samples = [];
    this.#samples.push({ at_ms: now_ms, delay_ms });
    const oldest = now_ms - WINDOW_MS;
    while (this.#samples.length > SAMPLES_MAX || (this.#samples[0]?.at_ms ?? now_ms) < oldest) this.#samples.shift();
    if (this.#base_ms === null || delay_ms < this.#base_ms) this.#base_ms = delay_ms;
    this.#stale = true;
  }

  clear(): void {
    this.#samples = [];
    this.#base_ms = null;
    this.#jitter_ms = 0;
  }

  /** The least of (ready − presentation time) in the window, in milliseconds; null before the first. */
  get base_ms(): number | null {
    this.#refresh();
    return this.#base_ms;
  }

  /** How much later than the fastest all but the latest few come: the `share` quantile. */
  get jitter_ms(): number {
    this.#refresh();
    return this.#jitter_ms;
  }

  #refresh(): void {
    if (!this.#stale || this.#samples.length === 0) return;
    this.#stale = false;
    const sorted = this.#samples.map((sample) => sample.delay_ms).sort((a, b) => a - b);
    this.#base_ms = sorted[0] ?? null;
    const at = Math.min(sorted.length - 1, Math.floor(sorted.length * this.share));
    this.#jitter_ms = (sorted[at] ?? 0) - (sorted[0] ?? 0);
  }
}
