// What a close code asks of the client: the ranges are the protocol's, the names within "stay away" are for the words.
// Pure; it knows no socket. The link machine asks it once for each socket that has closed.

import type { ClosedWhy } from "./room";

export type Reply =
  | { readonly do: "return"; readonly fault: "yours" | "ours" }
  | { readonly do: "renew" }
  | { readonly do: "backup" }
  | { readonly do: "stay-away"; readonly why: ClosedWhy };

const WHY: Record<number, ClosedWhy> = {
  4300: "banned",
  4301: "kicked",
  4302: "ended",
  4305: "unknown_room",
  4307: "forbidden",
  4308: "too_many",
};

/** `online` is what the browser believes of its own line. */
export function replyTo(code: number, online: boolean): Reply {
  if (code >= 4300 && code < 4400) return { do: "stay-away", why: WHY[code] ?? "protocol" };
  if (code >= 4200 && code < 4300) return { do: "backup" };
  if (code >= 4100 && code < 4200) return { do: "renew" };
  return { do: "return", fault: online ? "ours" : "yours" };
}
