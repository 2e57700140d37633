// When to paint and how late to sound: the playout machine, which keeps lips and sound together and holds as little as
// the arrivals allow. Pure: `step(event, now_ms)` answers effects; it touches no canvas or clock. The player drives it:
// frames as they come, decoded ones as they are ready, and one `display` for each screen refresh.

import { Arrivals } from "./arrivals";

/** EBU R37 allows sound 40 ms before to 60 ms behind the picture. Browsers publish sound some 20 ms late against its own
 * timestamps (measured with a test picture whose flash and beep are one), so we aim a little below the middle. */
const SOUND_BEHIND_MS = 4;
const SOUND_BEFORE_MS = 12;
/** Beyond this a late piece is let go rather than waited for: the room is live. */
const JITTER_MAX_MS = 80;
const PICTURE_WAITS_MAX_MS = 400;
const MARGIN_START_MS = 12;
const MARGIN_MIN_MS = -20;
/** One hiccup costs little; a path that keeps failing the sound is given what it needs, step by step. */
const MARGIN_STEP_MS = 5;
const MARGIN_MAX_MS = 100;
/** So much lying ready at the worst moment is enough; what is more is given back, this share each time. */
const SPARE_MS = 8;
const SPARE_EVERY_MS = 1_000;
const SPARE_SHARE = 0.5;
/** A picture due within this is painted now: it would be late at the next refresh. */
const EARLY_MS = 5;
const WAITING_MAX = 32;
/** A picture that must wait for its sound does so little by little, as if in slow motion: never at a stroke. */
const EASE = 0.25;
/** After a cut the old pictures of a group are raced through unseen, for at most so long. */
const CATCH_UP_MS = 300;
const CATCH_UP_LAG_MS = 150;

export type PlayoutEvent =
  /** Another timeline from here on: a cut, or a new socket. */
  | { readonly type: "cut" }
  /** A picture's frame came. */
  | { readonly type: "arrived"; readonly time_us: number }
  /** It is decoded. */
  | { readonly type: "picture"; readonly time_us: number }
  | { readonly type: "sound"; readonly time_us: number }
  /** The sound's clock runs; from the worklet to the ear it is so far. */
  | { readonly type: "speaking"; readonly latency_ms: number }
  /** The sound's clock stands still. */
  | { readonly type: "silent" }
  /** From the worklet: the least that lay ready, and how often nothing did, since it last said so. */
  | { readonly type: "slack"; readonly slack_ms: number; readonly underruns: number }
  | { readonly type: "display" };

export type PlayoutEffect =
  | { readonly type: "paint"; readonly time_us: number }
  | { readonly type: "drop"; readonly time_us: number }
  /** A sound of presentation time t leaves the worklet at t + delay_ms. */
  | { readonly type: "schedule"; readonly delay_ms: number };

export class Playout {
  readonly #pictures = new Arrivals(0.9);
  readonly #sounds = new Arrivals(0.9);
  #waiting: number[] = [];
  #newest_us = Number.NEGATIVE_INFINITY;
  #painted_us: number | null = null;
  #painted_ms = 0;
  #cut_ms = Number.NEGATIVE_INFINITY;
  #latency_ms: number | null = null;
  #margin_ms = MARGIN_START_MS;
  #delay_ms: number | null = null;
  #delayed_ms = Number.NEGATIVE_INFINITY;
  #slack_ms = Number.POSITIVE_INFINITY;
  #judged_ms = Number.NEGATIVE_INFINITY;
  #held_ms = 0;

  step(event: PlayoutEvent, now_ms: number): PlayoutEffect[] {
    switch (event.type) {
      case "cut":
        return this.#cut(now_ms);
      case "arrived":
        this.#newest_us = Math.max(this.#newest_us, event.time_us);
        return [];
      case "picture":
        return this.#picture(event.time_us, now_ms);
      case "sound":
        this.#sounds.add(event.time_us / 1_000, now_ms);
        return this.#schedule(now_ms);
      case "speaking":
        this.#latency_ms = event.latency_ms;
        return this.#schedule(now_ms);
      case "silent":
        this.#latency_ms = null;
        this.#delay_ms = null;
        return [];
      case "slack":
        this.#judge(event.slack_ms, event.underruns, now_ms);
        return this.#schedule(now_ms);
      case "display":
        return this.#display(now_ms);
    }
  }

  /** Decoded pictures that wait to be painted. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** How long pictures are held beyond the fastest one's path. */
  get held_ms(): number {
    return this.#held_ms;
  }

  /** Sound behind the picture at the ear and the glass, as scheduled; null without both. */
  get skew_ms(): number | null {
    const picture = this.#pictureDelay();
    if (picture === null || this.#delay_ms === null || this.#latency_ms === null) return null;
    return this.#delay_ms + this.#latency_ms - picture;
  }

  #cut(now_ms: number): PlayoutEffect[] {
    const dropped = this.#waiting.map((time_us) => ({ type: "drop", time_us }) as const);
    this.#waiting = [];
    this.#pictures.clear();
    this.#sounds.clear();
    this.#newest_us = Number.NEGATIVE_INFINITY;
    this.#painted_us = null;
    this.#delay_ms = null;
    this.#cut_ms = now_ms;
    return dropped;
  }

  // ---- painting -----------------------------------------------------------------------------------------------------

  #picture(time_us: number, now_ms: number): PlayoutEffect[] {
    this.#pictures.add(time_us / 1_000, now_ms);
    if (this.#painted_us !== null && time_us <= this.#painted_us) return [{ type: "drop", time_us }];
    this.#waiting.push(time_us);
    this.#waiting.sort((a, b) => a - b);
    // What the newest due picture has overtaken will never be seen; neither will what waits for a hidden page.
    const due = this.#newestDue(now_ms);
    const superseded = Math.max(due, this.#waiting.length - WAITING_MAX);
    return superseded > 0 ? this.#dropFirst(superseded) : [];
  }

  #display(now_ms: number): PlayoutEffect[] {
    if (this.#waiting.length === 0) return [];
    let due = this.#newestDue(now_ms);
    // The first picture of a cut is not held back: there is nothing better to look at.
    if (due < 0 && this.#painted_us === null) due = this.#waiting.length - 1;
    const time_us = this.#waiting[due];
    if (time_us === undefined) return [];
    const racing = now_ms - this.#cut_ms < CATCH_UP_MS;
    if (racing && this.#newest_us - time_us > CATCH_UP_LAG_MS * 1_000) return [];
    const dropped = this.#dropFirst(due);
    this.#waiting.shift();
    this.#painted_us = time_us;
    this.#painted_ms = now_ms;
    return [...dropped, { type: "paint", time_us }];
  }

  /** The index of the newest waiting picture whose time has come; −1 for none. */
  #newestDue(now_ms: number): number {
    const delay_ms = this.#easedDelay(now_ms);
    for (let at = this.#waiting.length - 1; at >= 0; at -= 1) {
      const time_us = this.#waiting[at];
      if (time_us !== undefined && time_us / 1_000 + delay_ms <= now_ms + EARLY_MS) return at;
    }
    return -1;
  }

  /** What the delay may be by now, since the last picture was painted. */
  #easedDelay(now_ms: number): number {
    const delay_ms = this.#pictureDelay() ?? 0;
    if (this.#painted_us === null) return delay_ms;
    const last_ms = this.#painted_ms - this.#painted_us / 1_000;
    return Math.min(delay_ms, last_ms + EASE * (now_ms - this.#painted_ms));
  }

  #dropFirst(count: number): PlayoutEffect[] {
    return this.#waiting.splice(0, count).map((time_us) => ({ type: "drop", time_us }));
  }

  /** From presentation time to paint: as soon as the arrivals allow, or later where the sound is later still. */
  #pictureDelay(): number | null {
    const base_ms = this.#pictures.base_ms;
    if (base_ms === null) return null;
    const soonest_ms = base_ms + Math.min(this.#pictures.jitter_ms, JITTER_MAX_MS);
    let delay_ms = soonest_ms;
    if (this.#delay_ms !== null && this.#latency_ms !== null) {
      const heard_ms = this.#delay_ms + this.#latency_ms;
      delay_ms = Math.min(Math.max(soonest_ms, heard_ms - SOUND_BEHIND_MS), soonest_ms + PICTURE_WAITS_MAX_MS);
    }
    this.#held_ms = delay_ms - base_ms;
    return delay_ms;
  }

  // ---- sounding -----------------------------------------------------------------------------------------------------

  /** From presentation time to the worklet's output: as soon as can be without gaps, or later where the picture is. */
  #soundDelay(latency_ms: number): number | null {
    const base_ms = this.#sounds.base_ms;
    if (base_ms === null) return null;
    const soonest_ms = base_ms + Math.min(this.#sounds.jitter_ms, JITTER_MAX_MS) + this.#margin_ms;
    const picture = this.#pictures.base_ms;
    if (picture === null) return soonest_ms;
    const seen_ms = picture + Math.min(this.#pictures.jitter_ms, JITTER_MAX_MS);
    return Math.max(soonest_ms, seen_ms - SOUND_BEFORE_MS - latency_ms);
  }

  #schedule(now_ms: number): PlayoutEffect[] {
    if (this.#latency_ms === null) return [];
    const delay_ms = this.#soundDelay(this.#latency_ms);
    if (delay_ms === null) return [];
    const change_ms = this.#delay_ms === null ? Number.POSITIVE_INFINITY : Math.abs(delay_ms - this.#delay_ms);
    // The worklet follows small changes by playing a little faster or slower; it need not hear of each.
    if (change_ms < 1 || (change_ms < 20 && now_ms - this.#delayed_ms < 100)) return [];
    this.#delay_ms = delay_ms;
    this.#delayed_ms = now_ms;
    return [{ type: "schedule", delay_ms }];
  }

  /** A gap widens the margin at once; what lay ready beyond need all the while narrows it, once a second. */
  #judge(slack_ms: number, underruns: number, now_ms: number): void {
    this.#slack_ms = Math.min(this.#slack_ms, slack_ms);
    if (underruns > 0) this.#margin_ms = Math.min(MARGIN_MAX_MS, this.#margin_ms + MARGIN_STEP_MS);
    else if (now_ms - this.#judged_ms < SPARE_EVERY_MS) return;
    else if (this.#slack_ms > SPARE_MS) {
      this.#margin_ms = Math.max(MARGIN_MIN_MS, this.#margin_ms - (this.#slack_ms - SPARE_MS) * SPARE_SHARE);
    }
    this.#judged_ms = now_ms;
    this.#slack_ms = Number.POSITIVE_INFINITY;
  }
}
