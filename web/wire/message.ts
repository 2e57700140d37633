// What travels in messages between a gateway and a page: types only, one for each message of the protocol, version 1.
// It decides nothing and reads nothing; `parse.ts` turns text into these, and the connection and the room act on them.

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

/** A place in a room's log. Staff's place in the staff log rides along. */
export interface Position {
  readonly epoch: string;
  readonly offset: number;
  readonly staff_offset?: number;
}

export interface You {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly token: string;
}

export interface Backup {
  readonly url: string;
  readonly label: string;
  readonly after_s: number;
}

export interface Reconnect {
  readonly min_ms: number;
  readonly max_ms: number;
  /** WebSocket bases (`wss://host`) of the deployment's gateways, this one included. */
  readonly urls?: readonly string[];
}

// ---- log entries ----------------------------------------------------------------------------------------------------

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

// ---- passing events -------------------------------------------------------------------------------------------------

export interface Count {
  readonly type: "count";
  readonly members: number;
}

export interface RungHealth {
  readonly rung: RungKind;
  readonly verdict: Verdict;
  readonly why: string;
  readonly source?: string | null;
}

/** To staff, each second: the ladder as it stands. */
export interface Health {
  readonly type: "health";
  readonly leader: string;
  readonly rung: RungKind;
  readonly source: string | null;
  readonly rungs: readonly RungHealth[];
  readonly armed: boolean;
  readonly pinned?: RungKind | null;
  readonly veto_until?: string | null;
  readonly viewers?: number;
  readonly stalled?: number;
  readonly incident?: string | null;
  readonly picture?: string;
  readonly sound?: string;
}

export interface TipStatus {
  readonly type: "tip.status";
  readonly tip: string;
  readonly status: "confirmed" | "pending" | "refused";
}

// ---- the connection's own -------------------------------------------------------------------------------------------

/** The room as it stands at `welcome.position`. Whatever a gateway leaves out is at its default. */
export interface Snapshot {
  /** The room's id. */
  readonly id?: string;
  readonly event?: string;
  readonly title?: string;
  readonly host?: string;
  readonly state?: EventState;
  readonly state_reason?: string;
  readonly rung?: RungKind;
  readonly source?: string | null;
  readonly reason?: string;
  readonly cause?: string;
  readonly words?: string;
  readonly incident?: string | null;
  readonly slow_mode_s?: number;
  readonly locked?: boolean;
  readonly members?: number;
  readonly questions?: readonly Question[];
  readonly moved?: Moved | null;
}

export interface Welcome {
  readonly type: "welcome";
  readonly you: You;
  readonly resumed: boolean;
  readonly tick_ms: number;
  readonly position: Position;
  readonly room: Snapshot;
  readonly history: readonly Entry[];
  readonly backups?: readonly Backup[];
  readonly reconnect?: Reconnect;
}

export interface Ack {
  readonly type: "ack";
  readonly key: string;
  readonly offset?: number;
  readonly tip?: string;
  readonly status?: "confirmed" | "pending" | "action";
  readonly action?: { readonly url: string };
}

export interface Reject {
  readonly type: "reject";
  readonly key: string;
  readonly code: string;
  readonly reason: string;
  readonly field?: string;
  readonly retry_after_s?: number;
}

export interface Held {
  readonly type: "held";
  readonly key: string;
}

export interface Feed {
  readonly type: "feed";
  readonly feed: number;
  readonly source: string;
  readonly kind: Kind;
  readonly config: FeedConfig;
}

/** A WebCodecs decoder configuration as it stands, with `description` in base64. */
export interface FeedConfig {
  readonly codec: string;
  readonly description?: string;
  readonly codedWidth?: number;
  readonly codedHeight?: number;
  readonly sampleRate?: number;
  readonly numberOfChannels?: number;
}

/** The server understood nothing of the message, not even its key. */
export interface Fault {
  readonly type: "error";
  readonly code: string;
  readonly reason: string;
}

export type ServerMessage =
  | Welcome
  | Entry
  | Count
  | Health
  | TipStatus
  | Ack
  | Reject
  | Held
  | Feed
  | Fault
  | { readonly type: "tick" }
  | { readonly type: "pong"; readonly n: number };

// ---- from the page --------------------------------------------------------------------------------------------------

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
  "message.delete": { offset: number };
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
