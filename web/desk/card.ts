/**
 * The card of one member: what they said and gave, since when, what was done about them and by whom. Pure.
 * It knows only what the room's log shows. The desk's page shows it.
 */
import type { Line, RoomState } from "../connection/room";
import type { Member } from "./queue";

export interface Card {
  readonly member: Member;
  /** ISO 8601 of the oldest line of theirs that is still shown; null: none. */
  readonly first_at: string | null;
  /** Their own words, newest first. */
  readonly said: readonly Line[];
  /** Sums of tips by currency, in minor units. */
  readonly tips: readonly { readonly currency: string; readonly amount: number }[];
  /** What was done about them, newest first. */
  readonly deeds: readonly Line[];
  readonly banned: boolean;
  readonly staff: boolean;
}

export function cardOf(state: RoomState, member: Member): Card {
  const said = state.entries.filter(
    (line) => (line.type === "chat" || line.type === "tip" || line.type === "question") && line.from.id === member.id,
  );
  const offsets = new Set(said.map((line) => line.offset));
  const deeds = state.entries.filter(
    (line) =>
      (line.type === "moderated" && line.member === member.id) || (line.type === "deleted" && offsets.has(line.target)),
  );
  const tips = new Map<string, number>();
  for (const line of said) {
    if (line.type === "tip") tips.set(line.currency, (tips.get(line.currency) ?? 0) + line.amount);
  }
  return {
    member,
    first_at: said[0]?.at ?? null,
    said: onlyFirst(said).toReversed(),
    tips: [...tips].map(([currency, amount]) => ({ currency, amount })),
    deeds: deeds.toReversed(),
    banned: state.banned.has(member.id),
    staff: member.role !== null && member.role !== "attendee",
  };
}

/** A question is told of again whenever it is answered: once is enough here. */
function onlyFirst(lines: readonly Line[]): Line[] {
  const asked = new Set<string>();
  return lines.filter((line) => {
    if (line.type !== "question") return true;
    if (asked.has(line.id)) return false;
    asked.add(line.id);
    return true;
  });
}
