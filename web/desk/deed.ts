/**
 * Remembers what this moderator just did, and what can still be taken back: for ten seconds, the newest first. Pure.
 * It never sends anything: `undo` answers whom to let back in. The desk's page drives it.
 */

export const UNDO_MS = 10_000;
const KEPT_MAX = 4;

export type DeedKind = "deleted" | "tip_deleted" | "kicked" | "banned" | "unbanned" | "answered" | "undone" | "failed";

export interface Deed {
  readonly id: number;
  readonly kind: DeedKind;
  /** Whom it is about, or for `failed` why. */
  readonly name: string;
  readonly member: string | null;
  readonly at_ms: number;
}

const UNDOABLE: ReadonlySet<DeedKind> = new Set(["kicked", "banned"]);

/** The deeds with one more, the newest last; only the latest are kept. */
export function withDeed(deeds: readonly Deed[], deed: Omit<Deed, "id">): readonly Deed[] {
  const id = (deeds.at(-1)?.id ?? 0) + 1;
  return [...deeds, { ...deed, id }].slice(-KEPT_MAX);
}

/** Those still to be shown. */
export function recent(deeds: readonly Deed[], now_ms: number): readonly Deed[] {
  return deeds.filter((deed) => now_ms - deed.at_ms < UNDO_MS);
}

/** Seconds left to take `deed` back; 0: it cannot be (any more). */
export function undoLeft(deed: Deed, now_ms: number): number {
  if (!UNDOABLE.has(deed.kind)) return 0;
  // The page's clock ticks once a second, and may lie a little behind the deed.
  return Math.max(0, Math.min(UNDO_MS / 1_000, Math.ceil((deed.at_ms + UNDO_MS - now_ms) / 1_000)));
}

/** The newest deed that can be taken back, or null. */
export function undoable(deeds: readonly Deed[], now_ms: number): Deed | null {
  return deeds.findLast((deed) => undoLeft(deed, now_ms) > 0) ?? null;
}

/** The deeds once `deed` was taken back. */
export function withoutDeed(deeds: readonly Deed[], deed: Deed): readonly Deed[] {
  return deeds.filter((one) => one.id !== deed.id);
}
