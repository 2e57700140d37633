// What travels in messages between a gateway and a page: types only, one for each message of the protocol, version 1.
// It decides nothing and reads nothing; `parse.ts` turns text into these, and the connection and the room act on them.

import type { Entry, EventState, Kind, Moved, Question, Role, RungKind, Verdict } from "./entry";

export type * from "./command";
export type * from "./entry";

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
