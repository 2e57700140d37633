// What the viewer felt: pictures painted, the longest gaps between them, stalls; for `qoe.report` and for tests.
// Pure; it paints nothing. The player tells it of each painted picture and of times when none is to be expected.

export const STALL_MS = 500;
const WINDOW_MS = 10_000;

export interface Felt {
  readonly stalls: number;
  readonly longest_gap_ms: number;
  readonly frames: number;
}

export class Quality {
  painted = 0;
  stalls = 0;
  #last_ms: number | null = null;
  #gaps: { readonly at_ms: number; readonly gap_ms: number }[] = [];
  #since: { stalls: number; longest_gap_ms: number; frames: number } = { stalls: 0, longest_gap_ms: 0, frames: 0 };

  paint(now_ms: number): void {
    this.painted += 1;
    this.#since.frames += 1;
    if (this.#last_ms !== null) this.#gap(now_ms - this.#last_ms, now_ms);
    this.#last_ms = now_ms;
  }

  /** No pictures are to be expected now (hidden page, sound only): the gap to the next one is nobody's fault. */
  excuse(): void {
    this.#last_ms = null;
  }

  /** Longest gap between painted pictures of the last ten seconds, the one still open included. */
  longestGap_ms(now_ms: number): number {
    this.#gaps = this.#gaps.filter((gap) => now_ms - gap.at_ms < WINDOW_MS);
    const open = this.#last_ms === null ? 0 : now_ms - this.#last_ms;
    return this.#gaps.reduce((longest, gap) => Math.max(longest, gap.gap_ms), open);
  }

  /** Since it was last asked. A stall that still lasts counts as one now, and is not counted again when it ends. */
  report(now_ms: number): Felt {
    const open = this.#last_ms === null ? 0 : now_ms - this.#last_ms;
    const felt = {
      stalls: this.#since.stalls + (open > STALL_MS ? 1 : 0),
      longest_gap_ms: Math.round(Math.max(this.#since.longest_gap_ms, open)),
      frames: this.#since.frames,
    };
    this.#since = { stalls: open > STALL_MS ? -1 : 0, longest_gap_ms: 0, frames: 0 };
    return { ...felt, stalls: Math.max(0, felt.stalls) };
  }

  #gap(gap_ms: number, now_ms: number): void {
    this.#since.longest_gap_ms = Math.max(this.#since.longest_gap_ms, gap_ms);
    if (gap_ms > STALL_MS) {
      this.stalls += 1;
      this.#since.stalls += 1;
    }
    this.#gaps.push({ at_ms: now_ms, gap_ms });
    if (this.#gaps.length > 1_000) this.#gaps.shift();
  }
}
