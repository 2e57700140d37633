// The player as pages see it: signals of what is painted and heard, and the few things one may ask of it.
// It decides nothing itself: the playout machine decides when, the decoders and the worklet do.

import { type ReadonlySignal, signal } from "@preact/signals";
import type { MediaSink, RoomClient } from "../connection/client";
import type { Frame } from "../wire/frame";
import type { Feed } from "../wire/message";
import { hasWebCodecs } from "./codecs";
import { Decoding, type DecodingEvent } from "./decoding";
import { Pictures } from "./picture";
import { Playout, type PlayoutEvent } from "./playout";
import { Quality } from "./quality";
import { meterOf, Sounds } from "./sound";
import type { PlayerStats } from "./stats";

export { supportedCodecs } from "./codecs";

export interface Player {
  /** `unsupported`: this browser has no WebCodecs (or the page is not in a secure context). */
  readonly state: ReadonlySignal<"idle" | "playing" | "unsupported">;
  /** The source of the newest painted picture (`main`, `standby`); null before the first. */
  readonly painting: ReadonlySignal<string | null>;
  /** Pictures are being painted now (within the last second). */
  readonly hasPicture: ReadonlySignal<boolean>;
  /** Sound is arriving now, whether or not it may be heard. */
  readonly hasSound: ReadonlySignal<boolean>;
  /** Loudness of what arrives, 0 to 1, for a meter. */
  readonly level: ReadonlySignal<number>;
  /** Sound arrives and the browser wants a gesture first: show the sound button. */
  readonly needsGesture: ReadonlySignal<boolean>;
  /** Sound arrives, and what it comes out of cannot be loaded: say so. It is tried again by itself. */
  readonly soundAway: ReadonlySignal<boolean>;
  readonly volume: ReadonlySignal<number>;
  readonly stats: ReadonlySignal<PlayerStats>;
  /** Paint here from now on; null: nowhere. */
  mount(canvas: HTMLCanvasElement | null): void;
  /** Call in a click: lets the sound begin. */
  resumeSound(): Promise<void>;
  /** 0 to 1. */
  setVolume(volume: number): void;
  close(): void;
}

export interface PlayerOptions {
  /** Never give sound out: a studio's return picture. The level is measured all the same. */
  readonly silent?: boolean;
}

const LOOK_EVERY_MS = 250;
const REPORT_EVERY_MS = 5_000;
const PICTURE_FRESH_MS = 1_000;
const SOUND_FRESH_MS = 600;

/** A player of `room`'s media, attached to it. */
export function createPlayer(room: RoomClient, options: PlayerOptions = {}): Player {
  return new RoomPlayer(room, options);
}

class RoomPlayer implements Player, MediaSink {
  readonly state = signal<"idle" | "playing" | "unsupported">(hasWebCodecs() ? "idle" : "unsupported");
  readonly painting = signal<string | null>(null);
  readonly hasPicture = signal(false);
  readonly hasSound = signal(false);
  readonly level = signal(0);
  readonly needsGesture = signal(false);
  readonly soundAway = signal(false);
  readonly volume = signal(1);
  readonly stats;

  readonly #room: RoomClient;
  readonly #decoding = new Decoding();
  readonly #playout = new Playout();
  readonly #quality = new Quality();
  readonly #pictures: Pictures;
  readonly #sounds: Sounds;
  readonly #feeds = new Map<number, Feed>();
  /** Frames that the decoding machine knows by their number. */
  readonly #frames = new Map<number, { readonly frame: Frame; readonly feed: Feed }>();
  readonly #detach: () => void;
  readonly #looking: ReturnType<typeof setInterval>;
  #canvas: HTMLCanvasElement | null = null;
  #cut = -1;
  #number = 0;
  #pictureFeed: Feed | null = null;
  #displayAsked = false;
  #painted_ms = Number.NEGATIVE_INFINITY;
  #heard_ms = Number.NEGATIVE_INFINITY;
  #reported_ms = performance.now();
  #loudness = 0;
  #dropped = 0;
  #underruns = 0;
  #slack_ms = 0;

  constructor(room: RoomClient, options: PlayerOptions) {
    this.#room = room;
    this.stats = signal(this.#stats(performance.now()));
    this.#pictures = new Pictures({
      ready: (time_us) => this.#step({ type: "picture", time_us }),
      dequeued: (left) => this.#decode({ type: "dequeued", left }),
      failed: () => this.#decode({ type: "failed" }),
    });
    this.#sounds = new Sounds(
      {
        ready: (time_us) => this.#step({ type: "sound", time_us }),
        slack: (report) => {
          this.#slack_ms = report.slack_ms;
          this.#underruns += report.underruns;
          this.#step({ type: "slack", ...report });
        },
        running: (running) => this.#turned(running),
        loudness: (rms) => {
          this.#loudness = Math.max(rms, this.#loudness * 0.8);
        },
      },
      options.silent ?? false,
    );
    this.#detach = room.onMedia(this);
    this.#looking = setInterval(() => this.#look(), LOOK_EVERY_MS);
    addEventListener("pointerdown", this.#gesture);
    addEventListener("keydown", this.#gesture);
  }

  // ---- what the socket brings ---------------------------------------------------------------------------------------

  reset(): void {
    this.#feeds.clear();
    this.#pictureFeed = null;
    this.#cut = -1;
    this.#startTimeline();
  }

  feed(feed: Feed): void {
    this.#feeds.set(feed.feed, feed);
  }

  frame(frame: Frame): void {
    if (this.state.peek() === "unsupported" || frame.cut < this.#cut) return;
    if (frame.cut > this.#cut) {
      if (this.#cut >= 0) this.#startTimeline();
      this.#cut = frame.cut;
    }
    const feed = this.#feeds.get(frame.feed);
    if (feed === undefined) return;
    this.state.value = "playing";
    if (feed.kind === "audio") {
      this.#heard_ms = performance.now();
      this.#sounds.decode(frame, feed);
      return;
    }
    if (feed !== this.#pictureFeed) {
      this.#pictureFeed = feed;
      this.#decode({ type: "feed" });
    }
    this.#step({ type: "arrived", time_us: frame.time_us });
    this.#number += 1;
    this.#frames.set(this.#number, { frame, feed });
    this.#decode({ type: "arrived", frame: this.#number, key: frame.key });
  }

  // ---- what pages ask -----------------------------------------------------------------------------------------------

  mount(canvas: HTMLCanvasElement | null): void {
    this.#canvas = canvas;
  }

  async resumeSound(): Promise<void> {
    await this.#sounds.resume();
  }

  setVolume(volume: number): void {
    this.volume.value = Math.max(0, Math.min(1, volume));
    this.#sounds.volume = this.volume.value;
  }

  close(): void {
    this.#detach();
    clearInterval(this.#looking);
    removeEventListener("pointerdown", this.#gesture);
    removeEventListener("keydown", this.#gesture);
    this.#pictures.close();
    this.#sounds.close();
  }

  // ---- the machines -------------------------------------------------------------------------------------------------

  #startTimeline(): void {
    this.#decode({ type: "cut" });
    this.#step({ type: "cut" });
    this.#sounds.clear();
    if (this.#sounds.running) this.#turned(true);
  }

  #decode(event: DecodingEvent): void {
    for (const effect of this.#decoding.step(event, performance.now())) {
      if (effect.type === "refresh") {
        this.#room.refresh("video");
        continue;
      }
      const held = this.#frames.get(effect.frame);
      this.#frames.delete(effect.frame);
      if (held && effect.type === "decode") this.#pictures.decode(held.frame, held.feed, effect.fresh);
    }
  }

  #step(event: PlayoutEvent): void {
    const now_ms = performance.now();
    for (const effect of this.#playout.step(event, now_ms)) {
      switch (effect.type) {
        case "paint":
          this.#paint(effect.time_us, now_ms);
          break;
        case "drop":
          this.#dropped += 1;
          this.#pictures.drop(effect.time_us);
          break;
        case "schedule":
          this.#sounds.schedule(effect.delay_ms);
          break;
      }
    }
    if (event.type === "picture") this.#askDisplay();
  }

  #askDisplay(): void {
    if (this.#displayAsked) return;
    this.#displayAsked = true;
    requestAnimationFrame(() => {
      this.#displayAsked = false;
      this.#step({ type: "display" });
      if (this.#playout.waiting > 0) this.#askDisplay();
    });
  }

  #paint(time_us: number, now_ms: number): void {
    if (!this.#pictures.paint(time_us, this.#canvas)) return;
    this.#painted_ms = now_ms;
    this.#quality.paint(now_ms);
    this.painting.value = this.#pictureFeed?.source ?? null;
    this.hasPicture.value = true;
  }

  #turned(running: boolean): void {
    this.#step(running ? { type: "speaking", latency_ms: this.#sounds.latency_ms } : { type: "silent" });
    this.#look();
  }

  readonly #gesture = () => {
    if (this.#sounds.waitsForGesture) void this.#sounds.resume();
  };

  // ---- looking after it ---------------------------------------------------------------------------------------------

  #look(): void {
    const now_ms = performance.now();
    this.hasPicture.value = now_ms - this.#painted_ms < PICTURE_FRESH_MS;
    this.hasSound.value = now_ms - this.#heard_ms < SOUND_FRESH_MS;
    this.needsGesture.value = this.hasSound.value && this.#sounds.waitsForGesture;
    this.soundAway.value = this.hasSound.value && this.#sounds.away;
    this.level.value = this.hasSound.value ? meterOf(this.#loudness) : 0;
    this.#loudness *= 0.5;
    if (this.#sounds.running) {
      this.#sounds.follow();
      this.#step({ type: "speaking", latency_ms: this.#sounds.latency_ms });
    }
    if (!this.#expectsPicture()) this.#quality.excuse();
    this.stats.value = this.#stats(now_ms);
    if (now_ms - this.#reported_ms >= REPORT_EVERY_MS) this.#report(now_ms);
  }

  #expectsPicture(): boolean {
    const { media, rung, eventState } = this.#room.state.peek();
    return media === "video" && eventState === "live" && (rung === "main" || rung === "standby") && !document.hidden;
  }

  #report(now_ms: number): void {
    this.#reported_ms = now_ms;
    const felt = this.#quality.report(now_ms);
    if (!this.#expectsPicture() && !this.hasSound.value) return;
    const buffer_ms = Math.max(0, Math.round(this.#playout.held_ms));
    this.#room.send("qoe.report", { ...felt, buffer_ms }).catch(() => undefined);
  }

  #stats(now_ms: number): PlayerStats {
    return {
      painted: this.#quality.painted,
      dropped: this.#dropped,
      longestGap_ms: this.#quality.longestGap_ms(now_ms),
      stalls: this.#quality.stalls,
      held_ms: this.#playout.held_ms,
      soundBuffer_ms: this.#slack_ms,
      skew_ms: this.#playout.skew_ms,
      outputLatency_ms: this.#sounds?.latency_ms ?? 0,
      underruns: this.#underruns,
    };
  }
}
