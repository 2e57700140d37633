// A screen, a source and the playout between them in virtual time, for the tests: nothing here is in the pages.
// It judges nothing; each test says when pictures and packets come, and what must have been painted.

import { Playout, type PlayoutEffect, type PlayoutEvent } from "./playout";

export const FRAME_MS = 33;

export type Late = (index: number) => number;

/** A screen of 60 Hz, a source of 30 pictures and 50 packets a second, in virtual time. */
export class Theatre {
  now = 0;
  readonly playout = new Playout();
  painted: { time_ms: number; at_ms: number }[] = [];
  schedules: number[] = [];
  dropped = 0;

  step(event: PlayoutEvent): PlayoutEffect[] {
    const effects = this.playout.step(event, this.now);
    for (const effect of effects) {
      if (effect.type === "paint") this.painted.push({ time_ms: effect.time_us / 1_000, at_ms: this.now });
      if (effect.type === "schedule") this.schedules.push(effect.delay_ms);
      if (effect.type === "drop") this.dropped += 1;
    }
    return effects;
  }

  arrive(time_ms: number): PlayoutEffect[] {
    return this.step({ type: "arrived", time_us: time_ms * 1_000 });
  }

  ready(time_ms: number): void {
    this.step({ type: "picture", time_us: time_ms * 1_000 });
  }

  /** `shift_ms` moves the source's timeline. From `now` for `span_ms`: pictures and packets come `late_ms(n)` after their time. */
  play(span_ms: number, pictureLate: Late, soundLate?: Late, shift_ms = 0): void {
    const from = this.now;
    const due: { at: number; act: () => void }[] = [];
    for (let index = 0; index * FRAME_MS < span_ms; index += 1) {
      const time = from + index * FRAME_MS;
      due.push({
        at: time + pictureLate(index),
        act: () => {
          this.arrive(time + shift_ms);
          this.ready(time + shift_ms);
        },
      });
    }
    for (let index = 0; soundLate && index * 20 < span_ms; index += 1) {
      const time = from + index * 20;
      due.push({
        at: time + soundLate(index),
        act: () => this.step({ type: "sound", time_us: (time + shift_ms) * 1_000 }),
      });
    }
    for (let at = from; at < from + span_ms; at += 1000 / 60)
      due.push({ at, act: () => this.step({ type: "display" }) });
    for (const { at, act } of due.sort((a, b) => a.at - b.at)) {
      if (at > from + span_ms) break;
      this.now = at;
      act();
    }
    this.now = from + span_ms;
  }

  delays(): number[] {
    return this.painted.map(({ time_ms, at_ms }) => at_ms - time_ms).sort((a, b) => a - b);
  }
}

export const median = (values: number[]) => values[Math.floor(values.length / 2)] ?? Number.NaN;
