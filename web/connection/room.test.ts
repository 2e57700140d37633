import { expect, test } from "vitest";
import type { Entry, ServerMessage, Welcome } from "../wire/message";
import { emptyRoom, type RoomState, reduce, SHOWN_MAX } from "./room";

const ada = { id: "g-1", name: "Ada", role: "attendee" } as const;
const mod = { id: "moderator-demo", name: "Mo", role: "moderator" } as const;
const at = "2026-01-01T00:00:00Z";

function entry(offset: number, body: Record<string, unknown>): Entry {
  return { at, offset, ...body } as unknown as Entry;
}
const chat = (offset: number, more = {}) => entry(offset, { type: "chat", from: ada, text: `#${offset}`, ...more });

function welcome(more: Partial<Welcome> = {}): Welcome {
  return {
    type: "welcome",
    you: { ...ada, token: "t" },
    resumed: false,
    tick_ms: 1_000,
    position: { epoch: "e", offset: 0 },
    room: { id: "demo" },
    history: [],
    ...more,
  };
}

function entered(more: Partial<Welcome> = {}): RoomState {
  return reduce(emptyRoom("demo", "video"), { type: "welcomed", welcome: welcome(more), fresh: true });
}
const hear = (state: RoomState, ...messages: ServerMessage[]) =>
  messages.reduce((now, message) => reduce(now, { type: "heard", message }), state);
const texts = (state: RoomState) => state.entries.map((line) => (line.type === "chat" ? line.text : line.type));

test("the snapshot says how the room stands", () => {
  const room = {
    id: "demo",
    title: "T",
    host: "H",
    state: "live",
    rung: "standby",
    source: "standby",
    reason: "main fell silent",
    cause: "main_silent",
    words: "Second camera",
    slow_mode_s: 5,
    locked: true,
    members: 3,
    questions: [{ type: "question", id: "q", from: ada, text: "?" }],
  } as const;
  const state = entered({ room });
  expect(state).toMatchObject({
    phase: { name: "live" },
    entered: true,
    role: "attendee",
    title: "T",
    host: "H",
    eventState: "live",
    rung: "standby",
    source: "standby",
    slowMode_s: 5,
    locked: true,
    members: 3,
    cut: { words: "Second camera", cause: "main_silent" },
  });
  expect(state.questions).toHaveLength(1);
});

test("entries come once each, in order, whether by history or live", () => {
  const state = hear(entered({ history: [chat(1), chat(2)] }), chat(2), chat(3));
  expect(texts(state)).toEqual(["#1", "#2", "#3"]);
});

test("a resumed welcome goes on where it stopped, a fresh one drops what was shown", () => {
  const state = hear(entered(), chat(1));
  const again = welcome({ history: [chat(2)], resumed: true });
  expect(texts(reduce(state, { type: "welcomed", welcome: again, fresh: false }))).toEqual(["#1", "#2"]);
  expect(texts(reduce(state, { type: "welcomed", welcome: again, fresh: true }))).toEqual(["#2"]);
});

test("only so many lines are kept", () => {
  const history = Array.from({ length: SHOWN_MAX + 20 }, (_, index) => chat(index + 1));
  const state = entered({ history });
  expect(state.entries).toHaveLength(SHOWN_MAX);
  expect(state.entries[0]).toMatchObject({ offset: 21 });
});

test("a withdrawn line says so; a withdrawn question leaves the questions", () => {
  const question = entry(2, { type: "question", id: "q", from: ada, text: "?" });
  const state = hear(entered(), chat(1), question);
  expect(state.questions).toHaveLength(1);
  const withdrawn = hear(
    state,
    entry(3, { type: "deleted", target: 1, by: mod }),
    entry(4, { type: "deleted", target: 2, by: mod }),
    entry(5, { type: "deleted", target: 99, by: mod }),
  );
  expect(withdrawn.entries[0]).toMatchObject({ withdrawn: true });
  expect(withdrawn.questions).toEqual([]);
});

test.each([1, 3])("an answered question is withdrawn whole, whichever of its lines is named (%i)", (target) => {
  const asked = { type: "question", id: "q", from: ada, text: "?" };
  const state = hear(
    entered(),
    entry(1, asked),
    chat(2),
    entry(3, { ...asked, state: "answered", answer: "!" }),
    entry(4, { type: "deleted", target, by: mod }),
  );
  expect(state.questions).toEqual([]);
  expect(state.entries.map((line) => line.withdrawn === true)).toEqual([true, false, true, false]);
  expect(JSON.stringify(state)).not.toContain('"!"');
});

test("a question's newest state replaces the one before", () => {
  const asked = { type: "question", id: "q", from: ada, text: "?" };
  const state = hear(entered(), entry(1, asked), entry(2, { ...asked, state: "answered", answer: "!" }));
  expect(state.questions).toMatchObject([{ state: "answered", answer: "!" }]);
});

test("cuts, notices, settings and the event's life are taken as they come", () => {
  const state = hear(
    entered(),
    entry(1, { type: "event", state: "live", reason: "" }),
    entry(2, { type: "cut", source: null, rung: "slate", reason: "r", cause: "c", words: "w" }),
    entry(3, { type: "notice", text: "n" }),
    entry(4, { type: "settings", slow_mode_s: 7 }),
    entry(5, { type: "moved", room: "demo.backup", url: "", spread_ms: 500, reason: "r" }),
  );
  expect(state).toMatchObject({ eventState: "live", rung: "slate", source: null, slowMode_s: 7, locked: false });
  expect(state.notices).toMatchObject([{ text: "n" }]);
  expect(state.moved).toMatchObject({ room: "demo.backup" });
});

test("after a move the room is another; what is carried stands before, without touching its state", () => {
  const state = hear(
    entered(),
    chat(1),
    entry(2, { type: "moved", room: "demo.backup", url: "", spread_ms: 1, reason: "" }),
  );
  const carried = { ...chat(1), carried: true } as Record<string, unknown>;
  delete carried.offset;
  const cut = { type: "cut", at, carried: true, source: null, rung: "slate", reason: "", cause: "" };
  const history = [carried, cut, chat(1)] as unknown as Entry[];
  const next = reduce(state, {
    type: "welcomed",
    welcome: welcome({ room: { id: "demo.backup", rung: "main", source: "main" }, history }),
    fresh: false,
  });
  expect(next).toMatchObject({ room: "demo.backup", movedFrom: "demo", moved: null, rung: "main", source: "main" });
  expect(texts(next)).toEqual(["#1", "cut", "#1"]);
  expect(new Set(next.entries.map((line) => line.line)).size).toBe(3);
});

test("bans are remembered until lifted, and a deed against oneself is kept for the farewell", () => {
  const ban = entry(1, { type: "moderated", member: "g-9", name: "Eve", action: "ban", by: mod });
  const kick = entry(2, { type: "moderated", member: ada.id, name: "Ada", action: "kick", by: mod, until: at });
  const state = hear(entered(), ban, kick);
  expect([...state.banned]).toEqual([["g-9", "Eve"]]);
  expect(state.removal).toMatchObject({ action: "kick", until: at });
  expect(
    hear(state, entry(3, { type: "moderated", member: "g-9", name: "Eve", action: "unban", by: mod })).banned.size,
  ).toBe(0);
});

test("staff's log stands apart", () => {
  const step = { type: "step", at, log: "staff", offset: 1, incident: "i", step: "s", what: "opened", text: "t" };
  const state = hear(entered(), step as unknown as Entry);
  expect([state.staff.length, state.entries.length]).toEqual([1, 0]);
});

test("passing events change what they name, and nothing where nothing changes", () => {
  const state = hear(entered(), { type: "count", members: 5 });
  expect(state.members).toBe(5);
  expect(hear(state, { type: "count", members: 5 })).toBe(state);
  expect(hear(state, { type: "tip.status", tip: "x", status: "refused" }).tips.get("x")).toBe("refused");
  const health = { type: "health", leader: "f", rung: "main", source: "main", rungs: [], armed: true } as const;
  expect(hear(state, health).health).toBe(health);
  expect(hear(state, { type: "tick" })).toBe(state);
});

test("phase, media and pending are the link's to say", () => {
  let state = entered();
  state = reduce(state, { type: "phase", phase: { name: "reconnecting", fault: "ours", attempt: 2 } });
  state = reduce(state, { type: "media", media: "audio" });
  state = reduce(state, { type: "pending", pending: [{ key: "k", type: "chat.send", text: "t", state: "sending" }] });
  expect(state).toMatchObject({ phase: { attempt: 2 }, media: "audio", pending: [{ key: "k" }] });
});
