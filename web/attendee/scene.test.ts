import { describe, expect, test } from "vitest";
import { emptyRoom, type RoomState } from "../connection/room";
import { momentsAfter, NEVER } from "./moments";
import { badgeOf, countdown, LINE_MS, lineOf, sceneOf, type Watching } from "./scene";

const able: Watching = { able: true, hasPicture: true, painting: "main" };
const dark: Watching = { able: true, hasPicture: false, painting: null };
const cut = { type: "cut", source: null, rung: "slate", reason: "why", cause: "main_silent", words: "" } as const;

function room(more: Partial<RoomState> = {}): RoomState {
  return { ...emptyRoom("demo", "video"), phase: { name: "live" }, entered: true, eventState: "live", ...more };
}

describe("the scene", () => {
  const cases: [string, Partial<RoomState>, Watching, string][] = [
    ["before the start one waits", { eventState: "open" }, dark, "waiting"],
    ["a picture that is there is shown, whatever the log has said yet", { eventState: "open" }, able, "live"],
    ["live is the picture", {}, able, "live"],
    ["the standby is the picture too", { rung: "standby", source: "standby" }, able, "live"],
    ["the audio rung", { rung: "audio" }, dark, "audio"],
    ["one's own choice", { media: "audio" }, dark, "audio"],
    ["the slate", { rung: "slate" }, dark, "slate"],
    ["on the way to the backup room", { rung: "backup_room", source: null }, dark, "slate"],
    ["a break", { eventState: "break" }, dark, "break"],
    ["the end, whatever else", { eventState: "ended", rung: "slate" }, able, "ended"],
    ["a browser that cannot", {}, { ...dark, able: false }, "unsupported"],
  ];
  test.each(cases)("%s", (_name, state, watching, is) => {
    expect(sceneOf(room(state), watching).is).toBe(is);
  });

  test("sound only says who decided", () => {
    const by = (state: Partial<RoomState>) => sceneOf(room(state), dark);
    expect(by({ rung: "audio", cut: { ...cut, rung: "audio" } })).toEqual({ is: "audio", by: "plan" });
    expect(by({ rung: "audio", cut: { ...cut, rung: "audio", cause: "pinned" } })).toEqual({ is: "audio", by: "team" });
    expect(by({ rung: "audio", cut: { ...cut, rung: "audio", cause: "began" } })).toEqual({ is: "audio", by: "host" });
    expect(by({ media: "audio" })).toEqual({ is: "audio", by: "you" });
  });

  test("the slate has the plan's words, or else ours", () => {
    const text = (state: Partial<RoomState>) => sceneOf(room({ rung: "slate", ...state }), dark);
    expect(text({ cut: { ...cut, words: "Plan" } })).toEqual({ is: "slate", text: "Plan" });
    expect(text({ cut })).toEqual(text({}));
    expect(text({})).toMatchObject({ is: "slate" });
  });
});

describe("the line", () => {
  test("is empty when all is well", () => {
    expect(lineOf(room(), NEVER, 0)).toBeNull();
    expect(lineOf(room({ phase: { name: "connecting", attempt: 0 } }), NEVER, 0)).toBeNull();
  });

  test("says whose fault it is, and counts", () => {
    const say = (fault: "yours" | "ours", attempt: number) =>
      lineOf(room({ phase: { name: "reconnecting", fault, attempt } }), NEVER, 0)?.text;
    expect(say("yours", 3)).toBe("Your connection dropped; trying again (3)");
    expect(say("ours", 1)).toBe("Our server went away; you're being moved");
    const connecting = room({ phase: { name: "connecting", attempt: 2 } });
    expect(lineOf(connecting, NEVER, 0)?.text).toContain("(2)");
    const backup = { url: "u", label: "the other house", after_s: 1 };
    expect(lineOf(room({ phase: { name: "leaving", backup } }), NEVER, 0)?.text).toContain("the other house");
  });

  test("a cut is told for eight seconds, in the plan's words, then no more", () => {
    const state = room({
      rung: "standby",
      source: "standby",
      cut: { ...cut, rung: "standby", words: "Second camera now." },
    });
    const moments = { ...NEVER, cut_ms: 1_000 };
    expect(lineOf(state, moments, 1_000 + LINE_MS - 1)?.text).toBe("Second camera now.");
    expect(lineOf(state, moments, 1_000 + LINE_MS)).toBeNull();
  });

  test("each rung has something to say; the beginning of the show has not", () => {
    const moments = { ...NEVER, cut_ms: 0 };
    const say = (state: Partial<RoomState>) => lineOf(room(state), moments, 1)?.text ?? null;
    expect(say({ rung: "standby", cut: { ...cut, reason: "" } })).toContain("second camera");
    expect(say({ rung: "audio", cut: { ...cut, reason: "" } })).toContain("sound only");
    expect(say({ rung: "slate", cut: { ...cut, reason: "" } })).toContain("write to the host");
    expect(say({ rung: "main", cut: { ...cut, reason: "", cause: "recovered" } })).toContain("main camera");
    expect(say({ rung: "main", cut: { ...cut, cause: "" } })).toBeNull();
    expect(say({ rung: "backup_room", cut })).toBe("why");
    expect(say({ rung: "backup_room", cut: { ...cut, reason: "" } })).toBeNull();
    expect(say({ rung: "slate", cut: null })).toBeNull();
  });

  test("a move counts down; afterwards it is said where one is", () => {
    const moved = {
      type: "moved",
      room: "demo.backup",
      url: "",
      spread_ms: 5_000,
      reason: "The house is dark.",
    } as const;
    const moments = { ...NEVER, moving_ms: 0 };
    expect(lineOf(room({ moved }), moments, -600)?.text).toContain("in 5 s");
    expect(lineOf(room({ moved }), moments, 600)?.text).toBe(
      "We're moving to the backup room in 5 s. The house is dark.",
    );
    expect(lineOf(room({ moved }), moments, 9_000)?.text).toContain("now");
    const said = { ...moved, reason: "We're moving to the backup room. Stay here." };
    expect(lineOf(room({ moved: said }), moments, 600)?.text).toBe(
      "We're moving to the backup room in 5 s. Stay here.",
    );
    const there = room({ room: "demo.backup", movedFrom: "demo" });
    expect(lineOf(there, { ...NEVER, moved_ms: 0 }, 1)?.text).toContain("your chat is here");
    const home = room({ room: "demo", movedFrom: "demo.backup" });
    expect(lineOf(home, { ...NEVER, moved_ms: 0 }, 1)?.text).toContain("main room");
  });

  test("of a notice and a cut the newer one is told", () => {
    const notice = { type: "notice", at: "", text: "Notice", severity: "critical", link: "https://x" } as const;
    const state = room({ rung: "standby", cut: { ...cut, words: "Cut" }, notices: [notice] });
    expect(lineOf(state, { ...NEVER, cut_ms: 0, notice_ms: 10 }, 20)).toEqual({
      text: "Notice",
      tone: "bad",
      link: "https://x",
    });
    expect(lineOf(state, { ...NEVER, cut_ms: 3_000, notice_ms: 10 }, 3_100)?.text).toBe("Cut");
  });
});

test("an incident's notice falls silent when the host pauses the show", () => {
  const notice = { type: "notice", at: "", text: "Notice", step: "i-1" } as const;
  const moments = { ...NEVER, notice_ms: 0 };
  expect(lineOf(room({ notices: [notice] }), moments, 1)?.text).toBe("Notice");
  expect(lineOf(room({ notices: [notice], eventState: "break" }), moments, 1)).toBeNull();
});

test("the badge stays as long as the second camera, or the backup room, does", () => {
  expect(badgeOf(room({ source: "main" }), able, "live")).toBeNull();
  expect(badgeOf(room({ source: "standby" }), dark, "live")).toBe("Second camera");
  expect(badgeOf(room({ source: "main" }), { ...able, painting: "standby" }, "live")).toBe("Second camera");
  for (const scene of ["live", "slate", "audio", "waiting", "break"] as const) {
    expect(badgeOf(room({ room: "demo.backup" }), able, scene)).toBe("Backup room");
  }
  // The last picture may still be that of the second camera.
  expect(badgeOf(room({ rung: "slate" }), { ...able, painting: "standby" }, "slate")).toBeNull();
  expect(badgeOf(room({ room: "demo.backup", eventState: "ended" }), dark, "ended")).toBeNull();
});

test("a countdown reads like a clock", () => {
  expect([
    countdown(61_000),
    countdown(-5),
    countdown(3_661_000),
    countdown(90_000_000),
    countdown(200_000_000),
  ]).toEqual(["01:01", "00:00", "1:01:01", "1 day", "2 days"]);
});

describe("moments", () => {
  const start = emptyRoom("demo", "video");

  test("joining on a lower rung is worth a line, joining on the first is not; old notices are not news", () => {
    const notice = { type: "notice", at: "", text: "old" } as const;
    expect(momentsAfter(NEVER, start, room({ notices: [notice] }), 5)).toEqual(NEVER);
    expect(momentsAfter(NEVER, start, room({ rung: "standby" }), 5).cut_ms).toBe(5);
  });

  test("a cut, a notice, a move and its end are marked when they come", () => {
    const before = room();
    const moved = { type: "moved", room: "demo.backup", url: "", spread_ms: 1, reason: "" } as const;
    const notice = { type: "notice", at: "", text: "new" } as const;
    const next = room({ source: "standby", moved, notices: [notice] });
    const moments = momentsAfter(NEVER, before, next, 7);
    expect(moments).toEqual({ cut_ms: 7, moving_ms: 7, moved_ms: null, notice_ms: 7 });
    const there = room({ room: "demo.backup", movedFrom: "demo", source: "standby", notices: [notice] });
    expect(momentsAfter(moments, next, there, 9)).toMatchObject({
      cut_ms: 7,
      moving_ms: null,
      moved_ms: 9,
      notice_ms: 7,
    });
  });

  test("the same cut said again is no news", () => {
    expect(momentsAfter(NEVER, room({ cut }), room({ cut: { ...cut } }), 3)).toEqual(NEVER);
  });
});
