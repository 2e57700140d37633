// What a link is told and what it answers: events are facts, effects are orders that the shell carries out in turn.
// Only types, and the one effect that several parts of the link make alike.

import type { Ack, Backup, Hello, Media, Reject, ServerMessage, Welcome } from "../wire/message";
import type { Fields } from "./outbox";
import type { Phase } from "./room";

export type LinkEvent =
  | { readonly type: "started" }
  | { readonly type: "opened" }
  | { readonly type: "closed"; readonly code: number; readonly reason: string }
  | { readonly type: "heard"; readonly message: ServerMessage }
  | { readonly type: "framed" }
  | {
      readonly type: "asked";
      readonly key: string;
      readonly command: string;
      readonly fields: Fields;
      readonly light: boolean;
    }
  | { readonly type: "selected"; readonly media: Media; readonly key: string }
  | { readonly type: "online" }
  | { readonly type: "offline" }
  | { readonly type: "unreachable" }
  | { readonly type: "left" }
  | { readonly type: "woke" };

export type LinkEffect =
  | { readonly type: "open"; readonly url: string }
  | { readonly type: "write"; readonly message: Readonly<Record<string, unknown>> | Hello }
  /** Close the socket and listen to it no more. */
  | { readonly type: "drop" }
  | { readonly type: "phase"; readonly phase: Phase }
  | { readonly type: "welcomed"; readonly welcome: Welcome; readonly fresh: boolean }
  | { readonly type: "deliver"; readonly message: ServerMessage }
  | { readonly type: "pending" }
  | { readonly type: "answer"; readonly ack: Ack }
  | { readonly type: "refuse"; readonly reject: Reject }
  | { readonly type: "keep"; readonly token: string }
  | { readonly type: "leave"; readonly backup: Backup };

/** The command called `key` is turned down by us. */
export function refusal(key: string, code: "closed" | "undelivered" | "unknown", reason: string): LinkEffect {
  return { type: "refuse", reject: { type: "reject", key, code, reason } };
}
