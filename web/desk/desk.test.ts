import { describe, expect, it } from "vitest";
import { emptyRoom, type Line, type RoomState } from "../connection/room";
import { cardOf } from "./card";
import { type Deed, recent, UNDO_MS, undoable, undoLeft, withDeed, withoutDeed } from "./deed";
import { deletionOf, openQuestions, queueOf, type Row, stepTo } from "./queue";

const BEN = { id: "m-ben", name: "Ben", role: "attendee" } as const;
const ADA = { id: "m-ada", name: "Ada", role: "host" } as const;
const MOD = { id: "m-mod", name: "Mona", role: "moderator" } as const;

const line = (offset: number, body: object): Line =>
  ({ line: `r-${offset}`, offset, at: `2030-05-01T18:00:${String(offset).padStart(2, "0")}Z`, ...body }) as Line;

const question = { type: "question", id: "q1", from: BEN, text: "Which filter?" } as const;
const answered = { ...question, state: "answered", answer: "A ladder.", answered_by: ADA } as const;

const ROOM: RoomState = {
  ...emptyRoom("demo", "none"),
  entries: [
    line(1, { type: "chat", from: BEN, text: "Hello", withdrawn: true }),
    line(2, { type: "chat", from: ADA, text: "Welcome, all" }),
    line(3, question),
    line(4, { type: "tip", from: BEN, tip: "t1", amount: 500, currency: "EUR", text: "for the patch" }),
    line(5, { type: "deleted", target: 1, by: MOD }),
    line(6, { type: "moderated", member: BEN.id, name: "Ben", action: "ban", by: MOD }),
    line(7, answered),
    line(8, { type: "orders", orders: [], token: 1 }),
    line(9, {
      type: "cut",
      source: "standby",
      rung: "standby",
      reason: "The camera dropped out.",
      cause: "main_silent",
    }),
    line(10, { type: "tip", from: BEN, tip: "t2", amount: 250, currency: "EUR" }),
  ],
  questions: [answered],
  banned: new Map([[BEN.id, "Ben"]]),
};

describe("the queue", () => {
  it("has what members said and what was done, the newest last, and each question once", () => {
    expect(queueOf(ROOM, "all", "").map((row) => row.line.type)).toEqual([
      "chat",
      "chat",
      "question",
      "tip",
      "deleted",
      "moderated",
      "cut",
      "tip",
    ]);
  });

  it("tells of a cut once, however often it is said again", () => {
    const cut = { type: "cut", source: "main", rung: "main", reason: "The show begins.", cause: "started" };
    const room = { ...ROOM, entries: [line(1, cut), line(2, cut), line(3, { ...cut, source: null, rung: "slate" })] };
    expect(queueOf(room, "all", "").map((row) => row.line.offset)).toEqual([1, 3]);
  });

  it("shows a question as it now stands", () => {
    const rows = queueOf(ROOM, "questions", "");
    expect(rows.map((row) => row.question?.answer)).toEqual(["A ladder."]);
    expect(openQuestions(ROOM.questions)).toBe(0);
    expect(openQuestions([question])).toBe(1);
  });

  it("knows what of it can be deleted: what was said, asked, or written with a tip, and is not withdrawn", () => {
    const rows = queueOf(ROOM, "all", "");
    const found = rows.map((row) => deletionOf(ROOM, row)?.offset ?? null);
    // The question by its newest line, the tip without a word not at all.
    expect(found).toEqual([null, 2, 7, 4, null, null, null, null]);
    // Its offset means something else in another room, should it arrive after a move.
    expect(deletionOf(ROOM, rows[1] as Row)).toEqual({ offset: 2, room: "demo" });
    const { offset: _, ...carried } = { ...line(1, { type: "chat", from: BEN, text: "Hello" }), carried: true };
    const elsewhere = { ...ROOM, entries: [carried as Line] };
    expect(queueOf(elsewhere, "all", "").map((row) => deletionOf(elsewhere, row))).toEqual([null]);
  });

  it("has nothing to answer in a question that was withdrawn", () => {
    const room = { ...ROOM, entries: [line(3, { ...question, withdrawn: true })], questions: [] };
    expect(queueOf(room, "all", "").map((row) => row.question)).toEqual([null]);
  });

  it("keeps tips and deeds apart", () => {
    expect(queueOf(ROOM, "tips", "")).toHaveLength(2);
    expect(queueOf(ROOM, "deeds", "").map((row) => row.member?.name)).toEqual(["Ben", "Ben"]);
  });

  it("finds words, names, answers and those who acted, whatever their case", () => {
    expect(queueOf(ROOM, "all", " WELCOME ").map((row) => row.line.offset)).toEqual([2]);
    expect(queueOf(ROOM, "all", "ladder").map((row) => row.line.offset)).toEqual([3]);
    expect(queueOf(ROOM, "all", "mona").map((row) => row.line.offset)).toEqual([5, 6]);
    expect(queueOf(ROOM, "all", "dropped").map((row) => row.line.offset)).toEqual([9]);
    expect(queueOf(ROOM, "tips", "patch")).toHaveLength(1);
    expect(queueOf(ROOM, "all", "nowhere")).toEqual([]);
  });

  it("knows whom a deed was about, unless their words are gone", () => {
    const gone = { ...ROOM, entries: ROOM.entries.slice(4) };
    expect(queueOf(gone, "deeds", "").map((row) => row.member?.role ?? null)).toEqual([null, "attendee"]);
    const none = { ...ROOM, entries: ROOM.entries.slice(4, 6) };
    expect(queueOf(none, "deeds", "")[1]?.member).toEqual({ id: BEN.id, name: "Ben", role: null });
  });

  it("is walked with j and k, from the newest, and not past its ends", () => {
    const rows = queueOf(ROOM, "all", "");
    expect(stepTo(rows, null, -1)).toBe("r-10");
    expect(stepTo(rows, "r-10", -1)).toBe("r-9");
    expect(stepTo(rows, "r-10", 1)).toBe("r-10");
    expect(stepTo(rows, "r-1", -1)).toBe("r-1");
    expect(stepTo(rows, "gone", 1)).toBe("r-10");
    expect(stepTo([], "r-1", 1)).toBeNull();
  });
});

describe("a member's card", () => {
  it("has what they said and gave, since when, and what was done by whom", () => {
    const card = cardOf(ROOM, BEN);
    expect(card.said.map((one) => one.offset)).toEqual([10, 4, 3, 1]);
    expect(card.tips).toEqual([{ currency: "EUR", amount: 750 }]);
    expect(card.first_at).toBe("2030-05-01T18:00:01Z");
    expect(card.deeds.map((one) => one.offset)).toEqual([6, 5]);
    expect(card).toMatchObject({ banned: true, staff: false });
  });

  it("says that one is of the staff, and bears one who said nothing", () => {
    expect(cardOf(ROOM, ADA).staff).toBe(true);
    const nobody = cardOf(ROOM, { id: "m-x", name: "X", role: null });
    expect(nobody).toMatchObject({ first_at: null, said: [], deeds: [], banned: false, staff: false });
  });
});

describe("a deed", () => {
  const made = (kind: Deed["kind"], at_ms: number) => ({ kind, name: "Ben", member: BEN.id, at_ms });

  it("can be taken back for ten seconds, the newest first", () => {
    const deeds = withDeed(withDeed([], made("banned", 0)), made("kicked", 4_000));
    expect(undoable(deeds, 5_000)?.kind).toBe("kicked");
    expect(undoLeft(deeds[1] as Deed, 4_000)).toBe(10);
    expect(undoLeft(deeds[1] as Deed, 3_000)).toBe(10);
    expect(undoable(deeds, UNDO_MS)?.kind).toBe("kicked");
    expect(undoable(deeds, 4_000 + UNDO_MS)).toBeNull();
    const rest = withoutDeed(deeds, deeds[1] as Deed);
    expect(undoable(rest, 5_000)?.kind).toBe("banned");
  });

  it("is final when it was a deletion", () => {
    const deeds = withDeed([], made("deleted", 0));
    expect(undoable(deeds, 1)).toBeNull();
    expect(undoLeft(deeds[0] as Deed, 1)).toBe(0);
  });

  it("is shown for ten seconds, among the latest four", () => {
    let deeds: readonly Deed[] = [];
    for (let at = 0; at < 6; at += 1) deeds = withDeed(deeds, made("banned", at * 1_000));
    expect(deeds.map((deed) => deed.id)).toEqual([3, 4, 5, 6]);
    expect(recent(deeds, 12_500).map((deed) => deed.id)).toEqual([4, 5, 6]);
  });
});
