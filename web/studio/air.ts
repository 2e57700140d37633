/**
 * Says where this studio stands: in the green room, on air, the backup, on its way, refused, ended. Pure.
 * It never looks at the network or the clock, and makes no words. The studio's page reads it.
 */
import type { PublisherState } from "../publish/publisher";
import type { EventState, RungKind } from "../wire/message";

export interface Scene {
  /** Which source this studio is: `main` or `standby`. */
  readonly source: string;
  readonly eventState: EventState;
  /** What the audience is sent now. */
  readonly programme: string | null;
  readonly rung: RungKind;
  readonly publication: Pick<PublisherState, "name" | "cause">;
}

export type Air =
  | "ready"
  | "connecting"
  | "waiting"
  | "on_air"
  | "sound_only"
  | "backup"
  | "off_programme"
  | "paused"
  | "lost"
  | "following"
  | "retrying"
  | "refused"
  | "ended";

/** Where the studio stands; each name has its words in words/en/studio.ts. */
export function airOf(scene: Scene): Air {
  if (scene.eventState === "ended") return "ended";
  switch (scene.publication.name) {
    case "idle":
      return "ready";
    case "connecting":
      return "connecting";
    case "lost":
      return scene.publication.cause === "room" ? "following" : "lost";
    case "retrying":
      return "retrying";
    case "refused":
      return "refused";
    case "live":
      return arriving(scene);
  }
}

function arriving({ source, eventState, programme, rung }: Scene): Air {
  if (eventState === "break") return "paused";
  if (eventState !== "live") return source === "main" ? "waiting" : "backup";
  if (programme === source) return rung === "audio" ? "sound_only" : "on_air";
  return source === "main" ? "off_programme" : "backup";
}

/** Whether closing the tab now would be felt by the audience, or would take the backup away. */
export function holdsTheShow(air: Air): boolean {
  return air !== "ready" && air !== "refused" && air !== "ended";
}
