// What a page says to a gateway: types only, the hello and every command of the protocol, version 1.
// It decides nothing; the connection makes the keys and sends them.

import type { Kind, Media, RungKind } from "./entry";
import type { Position } from "./message";

export interface Hello {
  readonly type: "hello";
  readonly token: string | null;
  readonly name?: string | null;
  readonly position: Position | null;
  readonly media: Media;
  readonly accept?: readonly string[];
}

/** Every command with its fields, but for the key, which the connection makes. */
export interface Commands {
  "chat.send": { text: string };
  "tip.send": { amount: number; currency?: string; text?: string };
  "question.ask": { text: string };
  "question.answer": { question: string; text: string };
  "media.select": { media: Media };
  "media.refresh": { kind?: Kind };
  "qoe.report": { stalls?: number; longest_gap_ms?: number; buffer_ms?: number; frames?: number };
  "member.kick": { member: string };
  "member.ban": { member: string; for_s?: number | null };
  "member.unban": { member: string };
  "message.delete": { offset: number; room?: string };
  "event.open": Record<never, never>;
  "event.start": Record<never, never>;
  "event.pause": { text?: string };
  "event.end": { text?: string };
  "contingency.force": { rung: RungKind };
  "contingency.pin": { rung: RungKind };
  "contingency.veto": { for_s?: number };
  "contingency.release": Record<never, never>;
}

export type CommandType = keyof Commands;
