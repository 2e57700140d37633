/**
 * The plan's rungs as the host sees them: each with its verdict, where the room is now, and what a human has decreed. Pure.
 * It never moves anything. The studio's page shows it.
 */

import type { Line } from "../connection/room";
import type { Health, RungKind, Verdict } from "../wire/message";

export interface LadderRow {
  readonly rung: RungKind;
  readonly verdict: Verdict;
  readonly why: string;
  readonly now: boolean;
}

/** The ladder, best rung first. Before the plan has come, what the controller names. */
export function ladderOf(plan: readonly RungKind[] | null, health: Health | null, now: RungKind): LadderRow[] {
  const named = plan ?? health?.rungs.map((one) => one.rung) ?? [];
  const rungs = named.includes(now) || named.length === 0 ? named : [...named, now];
  return rungs.map((rung) => {
    const judged = health?.rungs.find((one) => one.rung === rung);
    return { rung, verdict: judged?.verdict ?? "unknown", why: judged?.why ?? "", now: rung === now };
  });
}

/**
 * Whether a host on the main camera who puts the picture away is to be cut to sound at once. The controller would find
 * it gone by itself, seconds later; a second camera that is ready comes on by the plan, and a human's decree stands.
 */
export function cutsToSound(rows: readonly LadderRow[], health: Health | null): boolean {
  if (health === null || health.pinned || health.veto_until) return false;
  const at = (rung: RungKind): LadderRow | undefined => rows.find((row) => row.rung === rung);
  return at("main")?.now === true && at("audio")?.verdict === "healthy" && at("standby")?.verdict !== "healthy";
}

export type Decree =
  | { readonly kind: "pin"; readonly rung: RungKind; readonly by: string | null }
  | { readonly kind: "veto"; readonly until_ms: number; readonly by: string | null };

/** What a human has decreed and still holds: the staff log says by whom, the controller says whether. */
export function decreeOf(health: Health | null, staff: readonly Line[], now_ms: number): Decree | null {
  const last = staff.findLast((line) => line.type === "override");
  const by = last?.type === "override" ? last.by.name : null;
  if (health?.pinned) return { kind: "pin", rung: health.pinned, by: said(last, "pin") ? by : null };
  const until = health?.veto_until ?? (last?.type === "override" && last.action === "veto" ? last.until : null);
  const until_ms = until ? Date.parse(until) : Number.NaN;
  if (until_ms > now_ms) return { kind: "veto", until_ms, by: said(last, "veto") ? by : null };
  return null;
}

function said(line: Line | undefined, action: string): boolean {
  return line?.type === "override" && line.action === action;
}

/** A human's word from this page: what the staff log held when it was said. */
export interface Said {
  readonly after: number;
  readonly at_ms: number;
}

export function sayingOf(staff: readonly Line[], now_ms: number): Said {
  return { after: staff.at(-1)?.offset ?? 0, at_ms: now_ms };
}

const ANSWERS: readonly string[] = ["override", "held", "decided"];
const ANSWERED_MS = 10_000;

/** What the controller made of it, in its words, for a moment; "sent" until it has said something, null afterwards. */
export function answerOf(word: Said | null, staff: readonly Line[], now_ms: number): string | "sent" | null {
  if (word === null || now_ms - word.at_ms >= ANSWERED_MS) return null;
  const answer = staff.find(
    (line) => (line.offset ?? 0) > word.after && line.type === "step" && ANSWERS.includes(line.what),
  );
  return answer?.type === "step" ? answer.text : "sent";
}
