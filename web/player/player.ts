// The player as pages see it: signals of what is painted and heard, and the few things one may ask of it.
// It decides nothing itself: the playout machine decides when, the decoders and the worklet do.

import { type ReadonlySignal, signal } from "@preact/signals";
import type { RoomClient } from "../connection/client";

export interface PlayerStats {
  /** Pictures painted since the player was made. */
  readonly painted: number;
  /** Pictures that came too late to be painted. */
  readonly dropped: number;
  /** Longest gap between two painted pictures of the last ten seconds. */
  readonly longestGap_ms: number;
  /** Gaps of more than half a second, since the player was made. */
  readonly stalls: number;
  /** How long a picture is held beyond the fastest one's path. */
  readonly held_ms: number;
  /** Sound waiting in the worklet. */
  readonly soundBuffer_ms: number;
  /** Sound behind the picture; negative: before it. Null without both. */
  readonly skew_ms: number | null;
  readonly outputLatency_ms: number;
  readonly underruns: number;
}

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

/** Codec families this browser can decode, for `hello.accept`; empty where there is no WebCodecs. */
export async function supportedCodecs(): Promise<string[]> {
  return [];
}

/** A player of `room`'s media, attached to it. It never plays sound with `silent` (a studio's return picture). */
export function createPlayer(room: RoomClient, options: { silent?: boolean } = {}): Player {
  void room;
  void options;
  return {
    state: signal("idle" as const),
    painting: signal(null),
    hasPicture: signal(false),
    hasSound: signal(false),
    level: signal(0),
    needsGesture: signal(false),
    volume: signal(1),
    stats: signal({
      painted: 0,
      dropped: 0,
      longestGap_ms: 0,
      stalls: 0,
      held_ms: 0,
      soundBuffer_ms: 0,
      skew_ms: null,
      outputLatency_ms: 0,
      underruns: 0,
    }),
    mount: () => undefined,
    resumeSound: async () => undefined,
    setVolume: () => undefined,
    close: () => undefined,
  };
}
