// What the stage shows and what stands in the line above it: pure functions of the room, the player and the time.
// They touch no page; words come from the dictionary. The attendee's page asks them at each change and each second.

import type { RoomState } from "../connection/room";
import { words } from "../words/en";

/** Who decided that there is sound only: `host`, by sending no picture from the beginning. */
export type AudioChoice = "you" | "host" | "plan" | "team";

export type Scene =
  | { readonly is: "waiting" }
  | { readonly is: "live" }
  | { readonly is: "audio"; readonly by: AudioChoice }
  | { readonly is: "slate"; readonly text: string }
  | { readonly is: "break"; readonly text: string }
  | { readonly is: "ended"; readonly text: string }
  | { readonly is: "unsupported" };

export interface Watching {
  readonly able: boolean;
  readonly hasPicture: boolean;
  /** The source of the newest painted picture. */
  readonly painting: string | null;
}

/** The cause of the cut that a show begins with: nothing has gone wrong, and there is nothing to explain. */
const BEGAN = "began";
/** Causes of a cut that are people, not the plan. */
const HUMAN = /^(pin|force|human|override|host)/;

export function sceneOf(room: RoomState, watching: Watching): Scene {
  if (room.eventState === "ended") return { is: "ended", text: room.eventReason };
  if (room.eventState === "break") return { is: "break", text: room.eventReason };
  const live = room.eventState === "live" || watching.hasPicture;
  if (!live) return { is: "waiting" };
  if (!watching.able) return { is: "unsupported" };
  if (room.rung === "slate" || (room.rung === "backup_room" && room.source === null)) {
    return { is: "slate", text: room.cut?.words || words.scene.slate };
  }
  if (room.rung === "audio") return { is: "audio", by: chooserOf(room.cut?.cause ?? "") };
  if (room.media === "audio") return { is: "audio", by: "you" };
  return { is: "live" };
}

function chooserOf(cause: string): AudioChoice {
  if (cause === BEGAN) return "host";
  return HUMAN.test(cause) ? "team" : "plan";
}

export type Tone = "info" | "warn" | "bad";

export interface StateLine {
  readonly text: string;
  readonly tone: Tone;
  readonly link?: string | null;
}

/** How long a change that has passed stays in the line. */
export const LINE_MS = 8_000;
export const NOTICE_MS = 8_000;
const TOGETHER_MS = 1_000;

/** When, on the page's clock, things last happened; null: not since the page opened. */
export interface Moments {
  readonly cut_ms: number | null;
  readonly moving_ms: number | null;
  readonly moved_ms: number | null;
  readonly notice_ms: number | null;
}

/** The line above the stage; null when all is well. What is worst for the reader comes first. */
export function lineOf(room: RoomState, moments: Moments, now_ms: number): StateLine | null {
  const within = (since_ms: number | null, span_ms: number) => since_ms !== null && now_ms - since_ms < span_ms;
  const connection = connectionLine(room);
  if (connection) return connection;
  if (room.moved && moments.moving_ms !== null) {
    // The page's clock goes by the second: it may still stand before the moment itself.
    const gone_ms = Math.max(0, now_ms - moments.moving_ms);
    const left_s = Math.ceil((room.moved.spread_ms - gone_ms) / 1_000);
    const why = room.moved.reason.replace(/^We['’]re moving[^.]*\.\s*/, "");
    return { text: `${words.line.moving(Math.max(0, left_s))}. ${why}`.trim(), tone: "warn" };
  }
  if (room.movedFrom !== null && within(moments.moved_ms, LINE_MS)) {
    return { text: room.room.includes(".") ? words.line.moved : words.line.movedBack, tone: "info" };
  }
  const notice = room.notices.at(-1);
  // A notice often says the words of the cut it comes with; a later cut has more to say than either.
  const overtaken = (moments.cut_ms ?? 0) - (moments.notice_ms ?? 0) > TOGETHER_MS;
  // An incident's step is of no interest once the host has paused or ended the show.
  const past = notice?.step && room.eventState !== "live";
  if (notice && !overtaken && !past && within(moments.notice_ms, NOTICE_MS)) {
    const tone = notice.severity === "critical" ? "bad" : notice.severity === "warning" ? "warn" : "info";
    return { text: notice.text, tone, link: notice.link ?? null };
  }
  return within(moments.cut_ms, LINE_MS) ? cutLine(room) : null;
}

function connectionLine({ phase }: RoomState): StateLine | null {
  switch (phase.name) {
    case "connecting":
      return phase.attempt > 1 ? { text: words.line.connectingAgain(phase.attempt), tone: "warn" } : null;
    case "reconnecting":
      return { text: words.line[phase.fault](phase.attempt), tone: "warn" };
    case "leaving":
      return { text: words.line.leaving(phase.backup.label), tone: "warn" };
    default:
      return null;
  }
}

function cutLine(room: RoomState): StateLine | null {
  if (room.eventState !== "live" || room.cut === null || room.cut.cause === BEGAN) return null;
  const said = room.cut.words || room.cut.reason;
  switch (room.rung) {
    case "main":
      return room.cut.cause === "" ? null : { text: said || words.line.main, tone: "info" };
    case "standby":
      return { text: said || `${words.line.standbyWhy} ${words.line.standby}`, tone: "info" };
    case "audio":
      return { text: said || words.line.audio, tone: "warn" };
    case "slate":
      return { text: said || words.line.slate, tone: "warn" };
    default:
      return said ? { text: said, tone: "info" } : null;
  }
}

/** The small badge that stays on the stage: which camera this is, or that one is in the backup room. */
export function badgeOf(room: RoomState, watching: Watching, scene: Scene["is"]): string | null {
  const source = watching.hasPicture ? watching.painting : room.source;
  if (scene === "live" && room.eventState === "live" && source === "standby") return words.scene.second;
  return room.room.includes(".") && scene !== "ended" ? words.scene.backupRoom : null;
}

/** `1:02:03`, `02:03`; never below zero. */
export function countdown(left_ms: number): string {
  const total_s = Math.max(0, Math.ceil(left_ms / 1_000));
  const pad = (value: number) => String(value).padStart(2, "0");
  const days = Math.floor(total_s / 86_400);
  if (days > 0) return days === 1 ? "1 day" : `${days} days`;
  const hours = Math.floor(total_s / 3_600);
  const minutes = Math.floor((total_s % 3_600) / 60);
  return `${hours > 0 ? `${hours}:` : ""}${pad(minutes)}:${pad(total_s % 60)}`;
}
