/**
 * Fetches the rungs of the event's plan, in order, and tries again until it has them.
 * It judges no plan. The studio's entry calls it once.
 */
import type { RungKind } from "../wire/message";

const KINDS: readonly string[] = ["main", "standby", "audio", "replay", "slate", "backup_room"] satisfies RungKind[];
const AGAIN_MS = 3_000;
const WITHIN_MS = 5_000;

/** The plan's rungs, best first; null where this token may not read them. */
export async function fetchRungs(event: string, token: () => string): Promise<readonly RungKind[] | null> {
  for (;;) {
    try {
      const answer = await fetch(`/api/v1/events/${encodeURIComponent(event)}/plan`, {
        headers: { Authorization: `Bearer ${token()}` },
        signal: AbortSignal.timeout(WITHIN_MS),
      });
      if (answer.ok) return rungsOf(await answer.json());
      if (answer.status < 500) return null;
    } catch {
      // No answer: the gateway may be on its way back.
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS * (0.5 + Math.random() / 2)));
  }
}

/** The kinds of rung in the API's answer; what is none is left out. */
export function rungsOf(body: unknown): RungKind[] {
  if (typeof body !== "object" || body === null || !("rungs" in body) || !Array.isArray(body.rungs)) return [];
  const kinds = body.rungs.map((rung: unknown) =>
    typeof rung === "object" && rung !== null && "kind" in rung ? rung.kind : rung,
  );
  return kinds.filter((kind): kind is RungKind => typeof kind === "string" && KINDS.includes(kind));
}
