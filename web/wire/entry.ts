// What stands in a room's log, and who said it: types, and how an entry is told from any other message.
// It decides nothing more; `message.ts` puts them beside what else travels.

export type Role = "attendee" | "moderator" | "host" | "operator";
export type Media = "video" | "audio" | "none";
export type Kind = "video" | "audio";
export type RungKind = "main" | "standby" | "audio" | "replay" | "slate" | "backup_room";
export type EventState = "scheduled" | "open" | "live" | "break" | "ended";
export type Severity = "info" | "warning" | "critical";
export type Verdict = "healthy" | "suspect" | "failed" | "unknown";

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
}

/** What every entry has beside its body. A carried entry came along from another room and has no offset. */
export interface Stamp {
  readonly offset?: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly carried?: boolean;
  readonly log?: "staff";
}

export interface Chat {
  readonly type: "chat";
  readonly from: Person;
  readonly text: string;
}

/** `amount` in the currency's minor units. */
export interface Tip {
  readonly type: "tip";
  readonly from: Person;
  readonly tip: string;
  readonly amount: number;
  readonly currency: string;
  readonly text?: string;
}

export interface Deleted {
  readonly type: "deleted";
  readonly target: number;
  readonly by: Person;
}

export interface Moderated {
  readonly type: "moderated";
  readonly member: string;
  readonly name: string;
  readonly action: "kick" | "ban" | "unban" | "mute" | "timeout";
  readonly by: Person;
  readonly until?: string | null;
}

export interface Cut {
  readonly type: "cut";
  readonly source: string | null;
  readonly rung: RungKind;
  readonly reason: string;
  readonly cause: string;
  readonly incident?: string | null;
  readonly words?: string;
}

export interface Notice {
  readonly type: "notice";
  readonly text: string;
  readonly severity?: Severity;
  readonly link?: string | null;
  readonly step?: string | null;
}

export interface Moved {
  readonly type: "moved";
  readonly room: string;
  readonly url: string;
  readonly spread_ms: number;
  readonly reason: string;
  readonly incident?: string | null;
}

export interface EventChanged {
  readonly type: "event";
  readonly state: EventState;
  readonly by?: Person | null;
  readonly reason?: string;
}

export interface Settings {
  readonly type: "settings";
  readonly slow_mode_s?: number;
  readonly locked?: boolean;
}

export interface Question {
  readonly type: "question";
  readonly id: string;
  readonly from: Person;
  readonly text: string;
  readonly state?: "open" | "answered";
  readonly answer?: string;
  readonly answered_by?: Person | null;
}

export interface Order {
  readonly source: string;
  readonly then: string;
  readonly kind?: Kind;
  readonly after_ms?: number;
  readonly intervals?: number;
}

/** Staff's log. */
export interface Orders {
  readonly type: "orders";
  readonly orders: readonly Order[];
  readonly token: number;
}

/** Staff's log: a human took the wheel. */
export interface Override {
  readonly type: "override";
  readonly action: "force" | "pin" | "veto" | "release";
  readonly by: Person;
  readonly rung?: RungKind | null;
  readonly until?: string | null;
}

/** Staff's log: one line of an incident's timeline. */
export interface Step {
  readonly type: "step";
  readonly incident: string;
  readonly step: string;
  readonly what:
    | "opened"
    | "verdict"
    | "decided"
    | "cut"
    | "moved"
    | "notice"
    | "override"
    | "recovered"
    | "closed"
    | "held";
  readonly text: string;
  readonly drill?: boolean;
}

export type EntryBody =
  | Chat
  | Tip
  | Deleted
  | Moderated
  | Cut
  | Notice
  | Moved
  | EventChanged
  | Settings
  | Question
  | Orders
  | Override
  | Step;

export type Entry = EntryBody & Stamp;

const ENTRIES = new Set([
  "chat",
  "tip",
  "deleted",
  "moderated",
  "cut",
  "notice",
  "moved",
  "event",
  "settings",
  "question",
  "orders",
  "override",
  "step",
]);

export function isEntry(message: { readonly type: string }): message is Entry {
  return ENTRIES.has(message.type) && "at" in message;
}
