/**
 * What a key means at the desk. Pure.
 * It never acts, and leaves alone what is typed into a field or meant for the browser. The desk's page asks it.
 */

export type DeskKey = "down" | "up" | "find" | "undo" | "let_go" | "delete" | "kick" | "ban" | "answer";

const KEYS: Readonly<Record<string, DeskKey>> = {
  j: "down",
  k: "up",
  "/": "find",
  u: "undo",
  d: "delete",
  x: "kick",
  b: "ban",
  a: "answer",
  Escape: "let_go",
};
const FIELDS = new Set(["INPUT", "TEXTAREA", "SELECT"]);

/** `field` is the tag of what has the focus. */
export function deskKey(
  key: { readonly key: string; readonly ctrlKey: boolean; readonly metaKey: boolean; readonly altKey: boolean },
  field: string,
): DeskKey | null {
  if (key.ctrlKey || key.metaKey || key.altKey) return null;
  if (FIELDS.has(field)) return null;
  return KEYS[key.key] ?? null;
}
