// The event as anyone may know it, over HTTP: looked up, and an address left with it.
// It keeps nothing and shows nothing; faults come back as values. The attendee's page asks it.

import type { EventState } from "../wire/message";

export interface EventInfo {
  readonly id: string;
  readonly title: string;
  readonly host: string;
  /** ISO 8601, UTC. */
  readonly starts_at: string | null;
  readonly state: EventState | "unknown";
  /** Where its audience is now. */
  readonly room: string;
  readonly guests: boolean;
  readonly notify: boolean;
  readonly gateways: readonly string[];
  readonly words: Readonly<Record<string, string>>;
}

export type Looked = { readonly found: EventInfo } | { readonly missing: true } | { readonly away: true };

const WITHIN_MS = 5_000;

export async function lookUp(event: string): Promise<Looked> {
  try {
    const answer = await fetch(`/api/v1/events/${encodeURIComponent(event)}`, {
      cache: "no-store",
      signal: AbortSignal.timeout(WITHIN_MS),
    });
    if (answer.status === 404 || answer.status === 400) return { missing: true };
    if (!answer.ok) return { away: true };
    return { found: (await answer.json()) as EventInfo };
  } catch {
    return { away: true };
  }
}

export interface Contact {
  readonly address: string;
  readonly name: string;
  readonly consent: boolean;
  readonly token: string | null;
}

export type Left = { readonly taken: true } | { readonly refused: string | null };

/** Leave an address with the event. `refused` has the server's words, if it gave any. */
export async function leaveAddress(event: string, contact: Contact): Promise<Left> {
  try {
    const answer = await fetch(`/api/v1/events/${encodeURIComponent(event)}/contacts`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(contact),
      signal: AbortSignal.timeout(WITHIN_MS),
    });
    if (answer.ok) return { taken: true };
    const fault = (await answer.json()) as { reason?: unknown };
    return { refused: typeof fault.reason === "string" ? fault.reason : null };
  } catch {
    return { refused: null };
  }
}

/** WebSocket bases, this page's own origin first. */
export function basesOf(gateways: readonly string[], origin: string): string[] {
  const own = origin.replace(/^http/, "ws");
  const all = gateways.map((url) => url.replace(/^http/, "ws").replace(/\/+$/, ""));
  return [...new Set([own, ...all])];
}
