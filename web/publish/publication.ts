/**
 * Decides how a source is kept on its way to a media node: which address is tried next, when, and when to give up.
 * It never opens a connection, reads a clock or rolls dice: the seed of its jitter is given.
 * The publisher drives it, feeding it what happened and carrying out what it says.
 *
 * The law:
 *   idle ─▶ connecting ─▶ live ─▶ lost ─▶ live          lost: a broken link being made anew, at once
 *              │  ▲                │ ▲
 *              ▼  │                ▼ │
 *            retrying ◀──────────────┘                  retrying: nothing answered, waiting for the next round
 *   any of them ─▶ refused (a human must act), ─▶ idle (stopped)
 */

export type PublicationState = "idle" | "connecting" | "live" | "lost" | "retrying" | "refused";

/** Why a round failed: no answer at all, or the code of an error that was answered. */
export interface Refusal {
  readonly code: string;
  readonly status: number;
}

export type PublicationEvent =
  | { readonly type: "started"; readonly room: string }
  | { readonly type: "located"; readonly attempt: number; readonly urls: readonly string[]; readonly token: string }
  | { readonly type: "connected"; readonly attempt: number }
  | { readonly type: "failed"; readonly attempt: number; readonly refusal: Refusal | null }
  | { readonly type: "heard"; readonly attempt: number }
  | { readonly type: "moved"; readonly room: string }
  | { readonly type: "hurried" }
  | { readonly type: "stopped" }
  | { readonly type: "woke" };

export type PublicationEffect =
  | { readonly type: "locate"; readonly attempt: number; readonly room: string }
  | { readonly type: "offer"; readonly attempt: number; readonly url: string; readonly token: string }
  | { readonly type: "close" };

export interface PublicationPolicy {
  /** An address that has not carried media by then is given up. */
  readonly connect_within_ms: number;
  /** A media node that sends nothing back for so long is taken for dead. */
  readonly silent_after_ms: number;
  /** Woken so much too late, this page itself was asleep: the node gets another period. */
  readonly overslept_ms: number;
  readonly retry_min_ms: number;
  readonly retry_max_ms: number;
}

export const POLICY: PublicationPolicy = {
  connect_within_ms: 8_000,
  silent_after_ms: 4_000,
  overslept_ms: 2_000,
  retry_min_ms: 250,
  retry_max_ms: 4_000,
};

/** Errors that another attempt cannot change. `source_taken` is one only for who was never on air with it. */
const FINAL = new Set(["bad_offer", "unknown_source", "unknown_room", "not_found", "forbidden"]);
const FINAL_STATUS = new Set([400, 401, 403, 404, 413, 415]);

const ALLOWED: Readonly<Record<PublicationState, readonly PublicationState[]>> = {
  idle: ["connecting"],
  connecting: ["connecting", "live", "retrying", "refused", "idle"],
  live: ["lost", "idle"],
  lost: ["lost", "live", "retrying", "refused", "idle"],
  retrying: ["connecting", "lost", "refused", "idle"],
  refused: ["connecting", "idle"],
};

export class IllegalMove extends Error {}

export class Publication {
  state: PublicationState = "idle";
  room: string | null = null;
  /** Rounds that have failed since media last flowed. */
  rounds = 0;
  refusal: Refusal | null = null;
  /** Why it is being made anew: the link broke, or the room went elsewhere. */
  cause: "link" | "room" = "link";
  /** When the next round begins, while retrying. */
  retry_at_ms: number | null = null;

  readonly #policy: PublicationPolicy;
  #seed: number;
  #attempt = 0;
  #urls: readonly string[] = [];
  #next = 0;
  #token = "";
  #last_url: string | null = null;
  #was_live = false;
  #located = false;
  #deadline_ms: number | null = null;

  constructor(seed: number, policy: PublicationPolicy = POLICY) {
    this.#seed = seed >>> 0;
    this.#policy = policy;
  }

  /** When it wants to be woken, in the milliseconds of `step`'s `now_ms`. */
  deadline(): number | null {
    return this.#deadline_ms;
  }

  step(event: PublicationEvent, now_ms: number): PublicationEffect[] {
    if ("attempt" in event && event.attempt !== this.#attempt) return [];
    switch (event.type) {
      case "started":
        return this.#start(event.room, now_ms);
      case "located":
        return this.#locate(event.urls, event.token, now_ms);
      case "connected":
        return this.#connect(now_ms);
      case "failed":
        return this.#fail(event.refusal, now_ms);
      case "heard":
        if (this.state === "live") this.#deadline_ms = now_ms + this.#policy.silent_after_ms;
        return [];
      case "moved":
        return this.#moveRoom(event.room, now_ms);
      case "hurried":
        return this.state === "retrying" ? this.#round(this.#was_live ? "lost" : "connecting", now_ms) : [];
      case "stopped":
        return this.#stop();
      case "woke":
        return this.#wake(now_ms);
    }
  }

  #start(room: string, now_ms: number): PublicationEffect[] {
    if (this.state !== "idle" && this.state !== "refused") throw new IllegalMove(`started while ${this.state}`);
    this.room = room;
    this.rounds = 0;
    this.refusal = null;
    this.cause = "link";
    this.#was_live = false;
    this.#urls = [];
    this.#last_url = null;
    return this.#round("connecting", now_ms);
  }

  /** A round: ask where to publish, then try each address once. */
  #round(state: "connecting" | "lost", now_ms: number): PublicationEffect[] {
    this.#attempt += 1;
    this.#located = false;
    // Should nobody tell where to publish, the addresses known from before are tried.
    this.#order(this.#urls);
    this.#move(state);
    this.#deadline_ms = now_ms + this.#policy.connect_within_ms;
    return [{ type: "locate", attempt: this.#attempt, room: this.room ?? "" }];
  }

  #locate(urls: readonly string[], token: string, now_ms: number): PublicationEffect[] {
    if (!this.#underWay()) return [];
    this.#order(urls);
    this.#token = token;
    this.#located = true;
    return this.#offer(now_ms);
  }

  /** The address that just failed is tried last: what broke a moment ago is the least likely to answer. */
  #order(urls: readonly string[]): void {
    const last = this.#was_live && this.cause === "link" ? this.#last_url : null;
    this.#urls = [...urls.filter((url) => url !== last), ...urls.filter((url) => url === last)];
    this.#next = 0;
  }

  #offer(now_ms: number): PublicationEffect[] {
    const url = this.#urls[this.#next];
    if (url === undefined) return this.#wait(now_ms);
    this.#next += 1;
    this.#attempt += 1;
    this.#last_url = url;
    this.#move(this.#was_live ? "lost" : "connecting");
    this.#deadline_ms = now_ms + this.#policy.connect_within_ms;
    return [{ type: "offer", attempt: this.#attempt, url, token: this.#token }];
  }

  #connect(now_ms: number): PublicationEffect[] {
    if (!this.#underWay()) return [];
    this.#was_live = true;
    this.rounds = 0;
    this.refusal = null;
    this.#move("live");
    this.#deadline_ms = now_ms + this.#policy.silent_after_ms;
    return [];
  }

  #fail(refusal: Refusal | null, now_ms: number): PublicationEffect[] {
    if (this.state === "live") {
      this.cause = "link";
      return [{ type: "close" }, ...this.#round("lost", now_ms)];
    }
    if (!this.#underWay()) return [];
    this.refusal = refusal;
    if (refusal !== null && this.#isFinal(refusal)) {
      this.#move("refused");
      this.#deadline_ms = null;
      return [{ type: "close" }];
    }
    return [{ type: "close" }, ...this.#offer(now_ms)];
  }

  #isFinal(refusal: Refusal): boolean {
    if (refusal.code === "source_taken") return !this.#was_live;
    // An old token at an old address says nothing: a new one will be had as soon as somebody answers.
    if (refusal.status === 401 && !this.#located && this.#next > 0) return false;
    return FINAL.has(refusal.code) || FINAL_STATUS.has(refusal.status);
  }

  #wait(now_ms: number): PublicationEffect[] {
    const span_ms = Math.min(this.#policy.retry_max_ms, this.#policy.retry_min_ms * 2 ** this.rounds);
    this.rounds += 1;
    // A stale answer of the round that ended must not begin another.
    this.#attempt += 1;
    this.#move("retrying");
    this.retry_at_ms = now_ms + span_ms * (0.5 + this.#dice() / 2);
    this.#deadline_ms = this.retry_at_ms;
    return [];
  }

  #moveRoom(room: string, now_ms: number): PublicationEffect[] {
    if (this.state === "idle" || this.state === "refused" || room === this.room) return [];
    this.room = room;
    this.cause = "room";
    this.#urls = [];
    return [{ type: "close" }, ...this.#round(this.#was_live ? "lost" : "connecting", now_ms)];
  }

  #stop(): PublicationEffect[] {
    if (this.state === "idle") return [];
    this.#attempt += 1;
    this.#deadline_ms = null;
    this.refusal = null;
    this.#move("idle");
    return [{ type: "close" }];
  }

  #wake(now_ms: number): PublicationEffect[] {
    if (this.#deadline_ms === null || now_ms < this.#deadline_ms) return [];
    if (this.state === "retrying") return this.#round(this.#was_live ? "lost" : "connecting", now_ms);
    if (now_ms > this.#deadline_ms + this.#policy.overslept_ms) {
      const period_ms = this.state === "live" ? this.#policy.silent_after_ms : this.#policy.connect_within_ms;
      this.#deadline_ms = now_ms + period_ms;
      return [];
    }
    return this.#fail(null, now_ms);
  }

  #underWay(): boolean {
    return this.state === "connecting" || this.state === "lost";
  }

  /** A share from 0 to 1 (a linear congruential step, Numerical Recipes' constants). */
  #dice(): number {
    this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#seed / 2 ** 32;
  }

  #move(state: PublicationState): void {
    if (!ALLOWED[this.state].includes(state)) throw new IllegalMove(`${this.state} to ${state}`);
    this.state = state;
    if (state !== "retrying") this.retry_at_ms = null;
  }
}
