/**
 * The desk's queue: which lines stand in it under a filter and a search, and where j and k lead. Pure.
 * It never acts on a line. The desk's page shows it.
 */
import type { Line, RoomState } from "../connection/room";
import type { Commands, Person, Question } from "../wire/message";

export const FILTERS = ["all", "questions", "tips", "deeds"] as const;
export type Filter = (typeof FILTERS)[number];

/** Whom a row is about. The role is unknown (null) where the log no longer shows a word of theirs. */
export interface Member {
  readonly id: string;
  readonly name: string;
  readonly role: Person["role"] | null;
}

export interface Row {
  readonly id: string;
  readonly line: Line;
  readonly member: Member | null;
  /** The question as it now stands, for a question's row. */
  readonly question: Question | null;
}

const SHOWN: Readonly<Record<Filter, ReadonlySet<string>>> = {
  all: new Set(["chat", "tip", "question", "moderated", "deleted", "cut", "notice", "event"]),
  questions: new Set(["question"]),
  tips: new Set(["tip"]),
  deeds: new Set(["moderated", "deleted"]),
};

/** The rows under `filter` whose words or name contain `find`, oldest first. */
export function queueOf(state: RoomState, filter: Filter, find: string): Row[] {
  const wanted = find.trim().toLocaleLowerCase();
  const asked = new Set<string>();
  const rows: Row[] = [];
  let cut = "";
  for (const line of state.entries) {
    if (!SHOWN[filter].has(line.type)) continue;
    if (line.type === "question") {
      // A question's later entries change the row that it has already.
      if (asked.has(line.id)) continue;
      asked.add(line.id);
    }
    if (line.type === "cut") {
      // The guards may say again what already holds.
      const again = cut === `${line.rung}/${line.source}`;
      cut = `${line.rung}/${line.source}`;
      if (again) continue;
    }
    const row = rowOf(state, line);
    if (matches(row, wanted)) rows.push(row);
  }
  return rows;
}

/** What withdraws a row's words; null: there are none, or none that can be withdrawn (any more). */
export function deletionOf(state: RoomState, { line }: Row): Commands["message.delete"] | null {
  if (line.withdrawn || line.carried || line.offset === undefined) return null;
  if (line.type !== "chat" && line.type !== "question" && !(line.type === "tip" && line.text)) return null;
  // Of a question the newest line: whoever was told any of it was told this one.
  const named =
    line.type === "question"
      ? state.entries.findLast((one) => one.type === "question" && one.id === line.id && !one.carried)
      : line;
  return { offset: named?.offset ?? line.offset, room: state.room };
}

/** How many questions still wait for an answer. */
export function openQuestions(questions: readonly Question[]): number {
  return questions.filter((question) => question.state !== "answered").length;
}

/** The row that `step` rows further leads to; from nowhere, the newest. Null in an empty queue. */
export function stepTo(rows: readonly Row[], selected: string | null, step: number): string | null {
  if (rows.length === 0) return null;
  const at = rows.findIndex((row) => row.id === selected);
  const next = at < 0 ? rows.length - 1 : Math.min(rows.length - 1, Math.max(0, at + step));
  return rows[next]?.id ?? null;
}

/** The one whom a log line is about. */
export function memberOf(state: RoomState, line: Line): Member | null {
  switch (line.type) {
    case "chat":
    case "tip":
    case "question":
      return line.from;
    case "moderated":
      return { id: line.member, name: line.name, role: roleOf(state, line.member) };
    case "deleted":
      return authorOf(state, line.target);
    default:
      return null;
  }
}

function rowOf(state: RoomState, line: Line): Row {
  const question =
    line.type === "question" && !line.withdrawn ? (state.questions.find((one) => one.id === line.id) ?? line) : null;
  return { id: line.line, line, member: memberOf(state, line), question };
}

function matches({ line, member, question }: Row, wanted: string): boolean {
  if (wanted === "") return true;
  const text = "text" in line ? (line.text ?? "") : line.type === "cut" || line.type === "event" ? line.reason : "";
  const all = [text, member?.name, question?.answer, "by" in line ? line.by?.name : ""];
  return all.some((part) => part?.toLocaleLowerCase().includes(wanted));
}

function authorOf(state: RoomState, offset: number): Member | null {
  const line = state.entries.find((one) => one.offset === offset && !one.carried);
  return line && "from" in line ? line.from : null;
}

function roleOf(state: RoomState, member: string): Person["role"] | null {
  const line = state.entries.find((one) => "from" in one && one.from.id === member);
  return line && "from" in line ? line.from.role : null;
}
