import { describe, expect, it } from "vitest";
import type { Line } from "../connection/room";
import type { Health, RungKind, Verdict } from "../wire/message";
import { answerOf, cutsToSound, decreeOf, ladderOf, sayingOf } from "./ladder";

const HEALTH: Health = {
  type: "health",
  leader: "f1",
  rung: "standby",
  source: "standby",
  rungs: [
    { rung: "main", verdict: "failed", why: "silent for 2 s" },
    { rung: "standby", verdict: "healthy", why: "" },
  ],
  armed: true,
};
const ADA = { id: "m1", name: "Ada", role: "host" } as const;
const line = (body: object): Line => ({ id: "x", at: "2030-05-01T18:00:00Z", offset: 1, ...body }) as Line;
const NOON_MS = Date.parse("2030-05-01T12:00:00Z");

describe("the ladder", () => {
  it("is the plan's, with the controller's verdicts and where the room is now", () => {
    expect(ladderOf(["main", "standby", "audio"], HEALTH, "standby")).toEqual([
      { rung: "main", verdict: "failed", why: "silent for 2 s", now: false },
      { rung: "standby", verdict: "healthy", why: "", now: true },
      { rung: "audio", verdict: "unknown", why: "", now: false },
    ]);
  });
  it("is the controller's until the plan has come, and shows where the room is even if no plan names it", () => {
    expect(ladderOf(null, HEALTH, "main").map((row) => row.rung)).toEqual(["main", "standby"]);
    expect(ladderOf(["main"], null, "slate").map((row) => row.rung)).toEqual(["main", "slate"]);
    expect(ladderOf(null, null, "main")).toEqual([]);
  });
});

describe("a picture that its host puts away", () => {
  const judged = (standby: Verdict, audio: Verdict): Health => ({
    ...HEALTH,
    rungs: [
      { rung: "main", verdict: "healthy", why: "" },
      { rung: "standby", verdict: standby, why: "" },
      { rung: "audio", verdict: audio, why: "" },
    ],
  });
  const cuts = (health: Health, now: RungKind = "main") => cutsToSound(ladderOf(null, health, now), health);

  it("leaves the sound at once, where the main camera is on air", () => {
    expect(cuts(judged("unknown", "healthy"))).toBe(true);
    expect(cuts(judged("failed", "healthy"))).toBe(true);
    expect(cuts(judged("failed", "healthy"), "audio")).toBe(false);
    expect(cuts(judged("failed", "healthy"), "slate")).toBe(false);
  });
  it("is the plan's affair where a second camera is ready, or no sound is", () => {
    expect(cuts(judged("healthy", "healthy"))).toBe(false);
    expect(cuts(judged("failed", "failed"))).toBe(false);
    expect(cutsToSound(ladderOf(["main", "slate"], HEALTH, "main"), HEALTH)).toBe(false);
  });
  it("does not overrule a human, or a controller that is not there", () => {
    const health = judged("failed", "healthy");
    expect(cuts({ ...health, pinned: "main" })).toBe(false);
    expect(cuts({ ...health, veto_until: "2030-05-01T12:01:00Z" })).toBe(false);
    expect(cutsToSound(ladderOf(["main", "audio"], null, "main"), null)).toBe(false);
  });
});

describe("the answer to a human's word", () => {
  const step = (offset: number, what: string, text: string) =>
    line({ offset, type: "step", what, text, incident: "", step: `s${offset}` });
  const before = [step(1, "override", "Ada asked for audio: the event is not live.")];
  const word = sayingOf(before, NOON_MS);

  it("is the first that the controller says after it, for a moment", () => {
    const staff = [
      ...before,
      line({ offset: 2, type: "override", action: "force", by: ADA, rung: "standby" }),
      step(3, "verdict", "The main camera is in doubt."),
      step(4, "override", "Ada asked for standby: no picture."),
      step(5, "decided", "The main camera dropped out."),
    ];
    expect(answerOf(word, staff, NOON_MS + 300)).toBe("Ada asked for standby: no picture.");
    expect(answerOf(word, staff, NOON_MS + 10_000)).toBeNull();
  });
  it("is that it was sent while nothing has been said since", () => {
    expect(answerOf(word, before, NOON_MS)).toBe("sent");
    expect(answerOf(sayingOf([], NOON_MS), [], NOON_MS)).toBe("sent");
  });
  it("is nothing where nothing was said from here", () => {
    expect(answerOf(null, before, NOON_MS)).toBeNull();
  });
});

describe("what a human has decreed", () => {
  it("is a pin for as long as the controller keeps it", () => {
    const staff = [line({ type: "override", action: "pin", by: ADA, rung: "audio" })];
    expect(decreeOf({ ...HEALTH, pinned: "audio" }, staff, NOON_MS)).toEqual({ kind: "pin", rung: "audio", by: "Ada" });
    expect(decreeOf(HEALTH, staff, NOON_MS)).toBeNull();
    expect(decreeOf({ ...HEALTH, pinned: "audio" }, [], NOON_MS)).toEqual({ kind: "pin", rung: "audio", by: null });
  });
  it("is a veto until it runs out", () => {
    const staff = [line({ type: "override", action: "veto", by: ADA, until: "2030-05-01T12:01:00Z" })];
    expect(decreeOf(null, staff, NOON_MS)).toEqual({ kind: "veto", until_ms: NOON_MS + 60_000, by: "Ada" });
    expect(decreeOf(null, staff, NOON_MS + 60_000)).toBeNull();
    expect(decreeOf({ ...HEALTH, veto_until: "2030-05-01T12:01:00Z" }, [], NOON_MS)).toMatchObject({ by: null });
  });
  it("is nothing after a release", () => {
    const staff = [
      line({ type: "override", action: "veto", by: ADA, until: "2030-05-01T12:01:00Z" }),
      line({ type: "override", action: "release", by: ADA }),
    ];
    expect(decreeOf(HEALTH, staff, NOON_MS)).toBeNull();
  });
});
