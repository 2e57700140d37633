// Ties the audio context's clock to the page's: the least of (page − context) seen in the last seconds.
// Pure; the context's clock goes forward in blocks, so the least is the moment a block has just been asked for.

const WINDOW_MS = 3_000;

export class ClockTie {
  #samples: { readonly at_ms: number; readonly apart_ms: number }[] = [];

  add(page_ms: number, context_ms: number): void {
    this.#samples = this.#samples.filter((sample) => page_ms - sample.at_ms < WINDOW_MS).slice(-255);
    this.#samples.push({ at_ms: page_ms, apart_ms: page_ms - context_ms });
  }

  clear(): void {
    this.#samples = [];
  }

  /** Page time minus context time; null before the first sample. */
  get apart_ms(): number | null {
    if (this.#samples.length === 0) return null;
    return this.#samples.reduce((least, sample) => Math.min(least, sample.apart_ms), Number.POSITIVE_INFINITY);
  }
}
