/**
 * The host's three lamps: picture, sound, audience, each a tone, a word and what lies behind it. Pure.
 * It never measures: readings and verdicts are given. The studio's page shows what it says.
 */
import type { Flow } from "../publish/flow";
import type { PublicationState } from "../publish/publication";
import type { Tone } from "../staff/tone";
import type { Health, RungHealth } from "../wire/message";
import { studioWords as words } from "../words/en/studio";

export interface Lamp {
  readonly tone: Tone;
  readonly word: string;
  readonly detail: string;
}

const SLOW_FRAMES_PER_S = 12;
const LOSSY = 0.05;
const SILENT_AFTER_MS = 10_000;
const MANY = 0.3;
const RAMP_MS = 15_000;

/** The picture on its way out, for `sending_ms`. `judged` is the guards' word on this studio's rung, null: they have none. */
export function pictureLamp(
  publication: PublicationState,
  flow: Flow | null,
  hasVideo: boolean,
  judged: RungHealth | null,
  sending_ms: number,
): Lamp {
  const away = awayLamp(publication);
  if (away !== null) return away;
  if (!hasVideo) return { tone: "warn", ...words.lamp.picture.none };
  if (judged?.verdict === "failed") return { tone: "bad", word: words.lamp.picture.failed, detail: judged.why };
  if (flow === null) return { tone: "idle", ...words.lamp.picture.measuring };
  const detail = words.lamp.picture.detail(flow.height, Math.round(flow.frames_per_s), flow.bitrate_bps / 1_000_000);
  if (judged?.verdict === "suspect") return { tone: "warn", word: words.lamp.picture.suspect, detail: judged.why };
  if (flow.frames_per_s < SLOW_FRAMES_PER_S) return { tone: "bad", word: words.lamp.picture.stuck, detail };
  if ((flow.loss ?? 0) > LOSSY) return { tone: "warn", word: words.lamp.picture.lossy(flow.loss ?? 0), detail };
  // An encoder begins small and feels its way up: that is no fault of the line.
  if (flow.limited_by !== null && sending_ms > RAMP_MS)
    return { tone: "warn", word: words.lamp.picture.limited[flow.limited_by], detail };
  return { tone: "good", word: words.lamp.picture.good, detail };
}

/** The guards' word on the rung that `source` holds. */
export function judgedOf(health: Health | null, source: string): RungHealth | null {
  return health?.rungs.find((one) => one.rung === source) ?? null;
}

/** What the microphone gives. `heard_at_ms` null: nothing yet; `muted`: by the host's own choice. */
export function soundLamp(
  publication: PublicationState,
  sound: { readonly present: boolean; readonly muted: boolean; readonly heard_at_ms: number | null },
  since_ms: number,
  now_ms: number,
): Lamp {
  if (!sound.present) return { tone: "warn", ...words.lamp.sound.none };
  if (sound.muted) return { tone: "warn", ...words.lamp.sound.muted };
  const away = awayLamp(publication);
  if (away !== null) return away;
  const quiet_ms = now_ms - Math.max(sound.heard_at_ms ?? 0, since_ms);
  if (quiet_ms < SILENT_AFTER_MS) {
    return sound.heard_at_ms === null
      ? { tone: "idle", ...words.lamp.sound.listening }
      : { tone: "good", ...words.lamp.sound.good };
  }
  return { tone: "warn", word: words.lamp.sound.silent, detail: words.lamp.sound.silent_for(quiet_ms / 1_000) };
}

/** Those who watch, by the controller's account where there is one. */
export function audienceLamp(members: number | null, health: Health | null): Lamp {
  if (members === null && health === null) return { tone: "idle", ...words.lamp.audience.unknown };
  const viewers = health?.viewers ?? members ?? 0;
  const stalled = Math.min(viewers, health?.stalled ?? 0);
  const here = words.lamp.audience.here(Math.max(members ?? 0, viewers));
  if (viewers === 0) return { tone: "idle", word: words.lamp.audience.nobody, detail: here };
  if (stalled === 0) return { tone: "good", word: words.lamp.audience.fine(viewers), detail: here };
  const tone = stalled / viewers > MANY ? "bad" : "warn";
  return { tone, word: words.lamp.audience.trouble(viewers, stalled), detail: here };
}

function awayLamp(publication: PublicationState): Lamp | null {
  switch (publication) {
    case "live":
      return null;
    case "idle":
      return { tone: "idle", ...words.lamp.not_sent };
    case "refused":
      return { tone: "bad", ...words.lamp.refused };
    case "connecting":
      return { tone: "idle", ...words.lamp.connecting };
    default:
      return { tone: "bad", ...words.lamp.not_arriving };
  }
}
