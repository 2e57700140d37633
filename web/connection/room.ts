// The room as a page shows it, reduced from messages: pure, `reduce(state, change)` answers the next state.
// It never touches the socket and makes no words; the client drives it, in the order in which things arrive.

import { isEntry } from "../wire/entry";
import type {
  Backup,
  Cut,
  Entry,
  EventState,
  Health,
  Media,
  Moderated,
  Moved,
  Notice,
  Question,
  Role,
  RungKind,
  ServerMessage,
  Stamp,
  TipStatus,
  Welcome,
  You,
} from "../wire/message";

/** At most so many entries are kept for showing; older ones are forgotten first. */
export const SHOWN_MAX = 500;

export type ClosedWhy =
  | "asked"
  | "kicked"
  | "banned"
  | "ended"
  | "expired"
  | "unknown_room"
  | "forbidden"
  | "protocol"
  | "too_many";

/** Where the connection stands. `fault`: `yours` is the visitor's line, `ours` our server. */
export type Phase =
  | { readonly name: "connecting"; readonly attempt: number }
  | { readonly name: "live" }
  | { readonly name: "reconnecting"; readonly fault: "yours" | "ours"; readonly attempt: number }
  | { readonly name: "leaving"; readonly backup: Backup }
  | { readonly name: "closed"; readonly why: ClosedWhy; readonly code: number; readonly reason: string };

/** A log entry with what the page needs beside it: a key of its own (`line`), and whether it has been withdrawn. */
export type Line = Entry & {
  readonly line: string;
  readonly withdrawn?: boolean;
};

/** A command that has not been answered yet, as the page shows it. */
export interface Pending {
  readonly key: string;
  readonly type: string;
  readonly text: string;
  /** `held`: the server has it and waits for its log. */
  readonly state: "sending" | "held";
}

export interface RoomState {
  readonly phase: Phase;
  readonly you: You | null;
  /** Shorthand for `you.role`; `attendee` until welcomed. */
  readonly role: Role;
  /** True from the first welcome on. */
  readonly entered: boolean;
  readonly room: string;
  readonly title: string;
  readonly host: string;
  readonly eventState: EventState;
  readonly eventReason: string;
  readonly rung: RungKind;
  readonly source: string | null;
  /** The newest cut, with the sentence people read; null before the first. */
  readonly cut: (Cut & Partial<Stamp>) | null;
  readonly moved: Moved | null;
  /** The room we came from by a move, if we did. */
  readonly movedFrom: string | null;
  readonly slowMode_s: number;
  readonly locked: boolean;
  /** Members over all gateways; null until known. */
  readonly members: number | null;
  readonly media: Media;
  /** The room's log as shown, oldest first: carried history, then entries in the order of their offsets. */
  readonly entries: readonly Line[];
  /** Newest state of each question, oldest question first. */
  readonly questions: readonly Question[];
  readonly notices: readonly (Notice & Stamp)[];
  /** The staff log's entries, for staff. */
  readonly staff: readonly Line[];
  readonly health: Health | null;
  readonly pending: readonly Pending[];
  readonly backups: readonly Backup[];
  /** What became of one's own tips after their acks, by tip id. */
  readonly tips: ReadonlyMap<string, TipStatus["status"]>;
  /** The newest deed against oneself (kick, ban, …). */
  readonly removal: Moderated | null;
  /** Members by id that the log names as banned now, with their names: for staff's undo. */
  readonly banned: ReadonlyMap<string, string>;
}

export type Change =
  | { readonly type: "phase"; readonly phase: Phase }
  | { readonly type: "pending"; readonly pending: readonly Pending[] }
  | { readonly type: "media"; readonly media: Media }
  /** `fresh`: drop what was shown and take the snapshot. */
  | { readonly type: "welcomed"; readonly welcome: Welcome; readonly fresh: boolean }
  | { readonly type: "heard"; readonly message: ServerMessage };

export function emptyRoom(room: string, media: Media): RoomState {
  return {
    phase: { name: "connecting", attempt: 0 },
    you: null,
    role: "attendee",
    entered: false,
    room,
    title: "",
    host: "",
    eventState: "scheduled",
    eventReason: "",
    rung: "main",
    source: null,
    cut: null,
    moved: null,
    movedFrom: null,
    slowMode_s: 0,
    locked: false,
    members: null,
    media,
    entries: [],
    questions: [],
    notices: [],
    staff: [],
    health: null,
    pending: [],
    backups: [],
    tips: new Map(),
    removal: null,
    banned: new Map(),
  };
}

/** The next state; the same object where nothing changes. */
export function reduce(state: RoomState, change: Change): RoomState {
  switch (change.type) {
    case "phase":
      return { ...state, phase: change.phase };
    case "pending":
      return { ...state, pending: change.pending };
    case "media":
      return { ...state, media: change.media };
    case "welcomed":
      return welcomed(state, change.welcome, change.fresh);
    case "heard":
      return heard(state, change.message);
  }
}

function welcomed(state: RoomState, welcome: Welcome, fresh: boolean): RoomState {
  const here = welcome.room.id ?? state.room;
  const moved = state.entered && here !== state.room;
  let next: RoomState = moved || fresh ? { ...emptyRoom(here, state.media), pending: state.pending } : state;
  next = {
    ...next,
    entered: true,
    room: here,
    movedFrom: moved ? state.room : state.movedFrom,
    you: welcome.you,
    role: welcome.you.role,
    backups: welcome.backups ?? state.backups,
    members: welcome.room.members ?? state.members,
    phase: { name: "live" },
    moved: null,
  };
  for (const entry of welcome.history) next = withEntry(next, entry);
  return snapshot(next, welcome);
}

/** The snapshot is the truth at its position: it overrules whatever history said. */
function snapshot(state: RoomState, { room }: Welcome): RoomState {
  const rung = room.rung ?? state.rung;
  const source = room.source === undefined ? state.source : room.source;
  const agrees = state.cut !== null && state.cut.rung === rung && state.cut.source === source;
  const reason = room.reason ?? "";
  const stated: Cut = { type: "cut", rung, source, reason, cause: room.cause ?? "", words: room.words ?? "" };
  return {
    ...state,
    title: room.title ?? state.title,
    host: room.host ?? state.host,
    eventState: room.state ?? state.eventState,
    eventReason: room.state_reason ?? state.eventReason,
    rung,
    source,
    cut: agrees ? state.cut : stated,
    slowMode_s: room.slow_mode_s ?? 0,
    locked: room.locked ?? false,
    questions: room.questions ? (room.questions as Question[]) : state.questions,
  };
}

function heard(state: RoomState, message: ServerMessage): RoomState {
  if (isEntry(message)) return withEntry(state, message);
  switch (message.type) {
    case "count":
      return message.members === state.members ? state : { ...state, members: message.members };
    case "health":
      return { ...state, health: message };
    case "tip.status":
      return { ...state, tips: new Map(state.tips).set(message.tip, message.status) };
    default:
      return state;
  }
}

function withEntry(state: RoomState, entry: Entry): RoomState {
  const line = lineOf(state, entry);
  if (entry.log === "staff") return { ...state, staff: shown(state.staff, line) };
  if (entry.carried) return { ...state, entries: shown(state.entries, line) };
  const next = { ...state, entries: shown(state.entries, line) };
  switch (entry.type) {
    case "deleted":
      return withdraw(next, entry.target);
    case "cut":
      return { ...next, rung: entry.rung, source: entry.source, cut: entry };
    case "notice":
      return { ...next, notices: [...state.notices, entry].slice(-20) };
    case "moved":
      return { ...next, moved: entry };
    case "event":
      return { ...next, eventState: entry.state, eventReason: entry.reason ?? "" };
    case "settings":
      return { ...next, slowMode_s: entry.slow_mode_s ?? 0, locked: entry.locked ?? false };
    case "question":
      return { ...next, questions: replaced(state.questions, entry) };
    case "moderated":
      return {
        ...next,
        banned: judged(state.banned, entry),
        removal: entry.member === state.you?.id ? entry : state.removal,
      };
    default:
      return next;
  }
}

function lineOf(state: RoomState, entry: Entry): Line {
  const where = entry.log === "staff" ? "s" : "r";
  const line =
    entry.carried || entry.offset === undefined
      ? `c-${entry.at}-${state.entries.length}`
      : `${state.room}-${where}-${entry.offset}`;
  return { ...entry, line };
}

function shown(lines: readonly Line[], line: Line): readonly Line[] {
  const last = lines.at(-1);
  if (line.offset !== undefined && last?.offset !== undefined && line.offset <= last.offset) return lines;
  return lines.length < SHOWN_MAX ? [...lines, line] : [...lines.slice(lines.length - SHOWN_MAX + 1), line];
}

/** What stands at `target` is withdrawn; a question whole: every line that tells of it, and its place among them. */
function withdraw(state: RoomState, target: number): RoomState {
  const line = state.entries.find((one) => one.offset === target && !one.carried);
  if (line === undefined) return state;
  if (line.type !== "question") {
    return { ...state, entries: state.entries.map((one) => (one === line ? { ...one, withdrawn: true } : one)) };
  }
  const entries = state.entries.map((one) =>
    one.type === "question" && one.id === line.id ? { ...one, answer: "", withdrawn: true } : one,
  );
  return { ...state, entries, questions: state.questions.filter((one) => one.id !== line.id) };
}

function replaced(questions: readonly Question[], question: Question): readonly Question[] {
  const known = questions.some((one) => one.id === question.id);
  return known ? questions.map((one) => (one.id === question.id ? question : one)) : [...questions, question];
}

function judged(banned: ReadonlyMap<string, string>, entry: { member: string; name: string; action: string }) {
  if (entry.action !== "ban" && entry.action !== "unban") return banned;
  const next = new Map(banned);
  if (entry.action === "ban") next.set(entry.member, entry.name);
  else next.delete(entry.member);
  return next;
}
