// Which frames are handed to the decoder, and when: it begins at a key frame, is never given much more than it can take,
// and what waits for it is let go when a newer key frame makes it needless. Pure: `step(event, now_ms)` answers effects;
// it touches no decoder or clock. The player drives it with frames as they come and the decoder's own word.

/** So many frames lie in the decoder's own queue: enough that it never idles, few enough to change one's mind. */
const DEPTH = 3;
/** A key frame makes what waits needless; fewer than these are decoded all the same, for a picture without a leap. */
const LEAP_MIN = 3;
/** A frame that waits for longer will not be seen: the decoder cannot keep up. It is given this long after each jump. */
const BEHIND_MS = 1_500;
const JUMP_EVERY_MS = 4_000;
const REFRESH_EVERY_MS = 1_000;

export type DecodingEvent =
  /** Another timeline from here on: a cut, or a new socket. */
  | { readonly type: "cut" }
  /** The picture's format changes with the next key frame. */
  | { readonly type: "feed" }
  | { readonly type: "arrived"; readonly frame: number; readonly key: boolean }
  /** So many frames are left in the decoder's queue. */
  | { readonly type: "dequeued"; readonly left: number }
  | { readonly type: "failed" };

export type DecodingEffect =
  /** Hand this frame to the decoder; `fresh`: to a new one. */
  | { readonly type: "decode"; readonly frame: number; readonly fresh: boolean }
  /** This frame will never be decoded. */
  | { readonly type: "skip"; readonly frame: number }
  /** Ask for a key frame. */
  | { readonly type: "refresh" };

interface Held {
  readonly frame: number;
  readonly fresh: boolean;
  readonly at_ms: number;
}

export class Decoding {
  #held: Held[] = [];
  #inside = 0;
  #needsKey = true;
  #fresh = true;
  #refreshed_ms = Number.NEGATIVE_INFINITY;
  #jumped_ms = Number.NEGATIVE_INFINITY;

  step(event: DecodingEvent, now_ms: number): DecodingEffect[] {
    switch (event.type) {
      case "cut":
        return this.#beginAnew();
      case "feed":
        this.#needsKey = true;
        this.#fresh = true;
        return [];
      case "arrived":
        return this.#arrived(event.frame, event.key, now_ms);
      case "dequeued":
        this.#inside = event.left;
        return this.#handOver();
      case "failed":
        return [...this.#beginAnew(), ...this.#ask(now_ms)];
    }
  }

  /** Frames that wait for the decoder. */
  get waiting(): number {
    return this.#held.length;
  }

  #arrived(frame: number, key: boolean, now_ms: number): DecodingEffect[] {
    const oldest_ms = this.#held[0]?.at_ms ?? now_ms;
    const effects: DecodingEffect[] = [];
    if (!this.#needsKey && now_ms - oldest_ms > BEHIND_MS && now_ms - this.#jumped_ms > JUMP_EVERY_MS) {
      this.#jumped_ms = now_ms;
      effects.push(...this.#beginAnew());
    }
    if (this.#needsKey && !key) return [...effects, { type: "skip", frame }, ...this.#ask(now_ms)];
    if (key && this.#held.length >= LEAP_MIN) effects.push(...this.#skipHeld());
    this.#held.push({ frame, fresh: this.#fresh, at_ms: now_ms });
    this.#needsKey = false;
    this.#fresh = false;
    return [...effects, ...this.#handOver()];
  }

  #handOver(): DecodingEffect[] {
    const effects: DecodingEffect[] = [];
    for (let next = this.#held[0]; next && (next.fresh || this.#inside < DEPTH); next = this.#held[0]) {
      this.#held.shift();
      this.#inside = next.fresh ? 1 : this.#inside + 1;
      effects.push({ type: "decode", frame: next.frame, fresh: next.fresh });
    }
    return effects;
  }

  #beginAnew(): DecodingEffect[] {
    this.#needsKey = true;
    this.#fresh = true;
    this.#inside = 0;
    return this.#skipHeld();
  }

  /** Let go what waits; a new decoder that was to begin with it begins with what comes next. */
  #skipHeld(): DecodingEffect[] {
    const held = this.#held;
    this.#held = [];
    this.#fresh ||= held.some(({ fresh }) => fresh);
    return held.map(({ frame }) => ({ type: "skip", frame }));
  }

  #ask(now_ms: number): DecodingEffect[] {
    if (now_ms - this.#refreshed_ms < REFRESH_EVERY_MS) return [];
    this.#refreshed_ms = now_ms;
    return [{ type: "refresh" }];
  }
}
