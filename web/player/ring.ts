// The worklet's store of sound: samples lie at their place on the source's timeline and leave by the schedule.
// Pure: it is given the context's time and answers samples; it runs a little faster or slower to meet its schedule,
// jumps where it is far off, and is silent where nothing lies ready. The worklet drives it.

const CHANNELS = 2;
const CAPACITY_MS = 2_000;
/** Timestamps round; within this a packet follows the one before. */
const SEAM_MS = 2;
const JUMP_MS = 60;
const STEADY_MS = 2;
const RATE_MAX = 0.015;
const FADE = 96;

export interface RingReport {
  readonly slack_ms: number;
  readonly underruns: number;
}

export class Ring {
  readonly #size: number;
  readonly #data: Float32Array[];
  /** Frames from the timeline's zero: the oldest kept, one past the newest, and where reading stands. */
  #start = 0;
  #end = 0;
  #at: number | null = null;
  #delay_ms: number | null = null;
  #slack = Number.POSITIVE_INFINITY;
  #underruns = 0;
  #starved = false;
  #fadedIn = 0;
  readonly #last = new Float32Array(CHANNELS);

  constructor(private readonly rate: number) {
    this.#size = Math.ceil((rate * CAPACITY_MS) / 1_000);
    this.#data = Array.from({ length: CHANNELS }, () => new Float32Array(this.#size));
  }

  /** Another timeline: what lies here is of the old one. */
  clear(): void {
    this.#start = 0;
    this.#end = 0;
    this.#at = null;
    this.#delay_ms = null;
    this.#starved = false;
  }

  /** The sample of presentation time t leaves when the context's time is t + `delay_ms`. */
  schedule(delay_ms: number): void {
    this.#delay_ms = delay_ms;
  }

  /** `channels`: one or two arrays of equal length, −1 to 1. */
  push(time_us: number, channels: readonly Float32Array[]): void {
    const frames = channels[0]?.length ?? 0;
    if (frames === 0 || frames > this.#size) return;
    const seam = (SEAM_MS * this.rate) / 1_000;
    let from = Math.round((time_us * this.rate) / 1_000_000);
    if (this.#end > this.#start && Math.abs(from - this.#end) <= seam) from = this.#end;
    if (from < this.#end) {
      if (this.#end - from < this.#size) return;
      this.clear();
    }
    const gap = from - this.#end;
    if (this.#end === this.#start || gap >= this.#size) {
      this.#start = from;
      this.#at = null;
    } else if (gap > 0) this.#fill(this.#end, gap);
    this.#write(from, frames, channels);
    this.#end = from + frames;
    this.#start = Math.max(this.#start, this.#end - this.#size);
  }

  /** Fill `out` with what leaves at the context's time `context_ms`. */
  pull(out: readonly Float32Array[], context_ms: number): void {
    const frames = out[0]?.length ?? 0;
    const wanted = this.#delay_ms === null ? null : ((context_ms - this.#delay_ms) * this.rate) / 1_000;
    if (wanted === null || !this.#place(wanted, frames)) {
      this.#silence(out, 0);
      return;
    }
    const speed = this.#speed(wanted);
    let done = 0;
    let at = this.#at ?? 0;
    for (; done < frames && at + 1 < this.#end; done += 1, at += speed) this.#sample(out, done, at);
    this.#at = at;
    if (done < frames) {
      if (!this.#starved) this.#underruns += 1;
      this.#starved = true;
      this.#silence(out, done);
    } else this.#starved = false;
    this.#slack = Math.min(this.#slack, this.#end - at);
  }

  /** What lay ready at least since the last report, and how often nothing did. */
  report(): RingReport {
    const slack = Number.isFinite(this.#slack) ? this.#slack : 0;
    const report = { slack_ms: (slack * 1_000) / this.rate, underruns: this.#underruns };
    this.#slack = Number.POSITIVE_INFINITY;
    this.#underruns = 0;
    return report;
  }

  /** False where it is too early, or nothing lies there yet. */
  #place(wanted: number, frames: number): boolean {
    if (this.#end === this.#start) return false;
    const jump = (JUMP_MS * this.rate) / 1_000;
    const off = this.#at === null || this.#at < this.#start || Math.abs(wanted - this.#at) > jump;
    if (!off) return true;
    if (wanted < this.#start || wanted + frames >= this.#end) {
      // Too late for all that lies here: what is playing goes on to its end rather than stop.
      return this.#at !== null && this.#at >= this.#start && this.#at + 1 < this.#end && wanted > this.#at;
    }
    this.#at = Math.floor(wanted);
    this.#fadedIn = 0;
    return true;
  }

  #speed(wanted: number): number {
    const off = wanted - (this.#at ?? wanted);
    if (Math.abs(off) < (STEADY_MS * this.rate) / 1_000) {
      if (this.#at !== null) this.#at = Math.round(this.#at);
      return 1;
    }
    return 1 + Math.max(-RATE_MAX, Math.min(RATE_MAX, off / this.rate));
  }

  #sample(out: readonly Float32Array[], index: number, at: number): void {
    const whole = Math.floor(at);
    const part = at - whole;
    const here = whole % this.#size;
    const next = (whole + 1) % this.#size;
    const gain = this.#fadedIn < FADE ? this.#fadedIn / FADE : 1;
    this.#fadedIn += 1;
    for (let channel = 0; channel < CHANNELS; channel += 1) {
      const data = this.#data[channel];
      if (data === undefined) continue;
      const value = ((data[here] ?? 0) * (1 - part) + (data[next] ?? 0) * part) * gain;
      this.#last[channel] = value;
      const target = out[channel];
      if (target) target[index] = value;
    }
  }

  /** Silence from `done` on, let down from the last sample so that it does not click. */
  #silence(out: readonly Float32Array[], done: number): void {
    const frames = out[0]?.length ?? 0;
    for (let channel = 0; channel < CHANNELS; channel += 1) {
      let value = this.#last[channel] ?? 0;
      const target = out[channel];
      for (let index = done; index < frames; index += 1) {
        value *= 0.95;
        if (target) target[index] = Math.abs(value) < 1e-4 ? 0 : value;
      }
      this.#last[channel] = Math.abs(value) < 1e-4 ? 0 : value;
    }
    this.#fadedIn = 0;
  }

  #fill(from: number, count: number): void {
    for (const data of this.#data) for (let at = from; at < from + count; at += 1) data[at % this.#size] = 0;
  }

  #write(from: number, frames: number, channels: readonly Float32Array[]): void {
    for (let channel = 0; channel < CHANNELS; channel += 1) {
      const source = channels[channel] ?? channels[0];
      const data = this.#data[channel];
      if (source === undefined || data === undefined) continue;
      const first = from % this.#size;
      const head = Math.min(frames, this.#size - first);
      data.set(source.subarray(0, head), first);
      if (head < frames) data.set(source.subarray(head), 0);
    }
  }
}
