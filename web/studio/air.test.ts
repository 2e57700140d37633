import { describe, expect, it } from "vitest";
import { type Air, airOf, holdsTheShow, type Scene } from "./air";

const LIVE: Scene = {
  source: "main",
  eventState: "live",
  programme: "main",
  rung: "main",
  publication: { name: "live", cause: "link" },
};

const cases: [string, Partial<Scene>, Air][] = [
  ["on air when its own source is the programme", {}, "on_air"],
  ["heard only, on the sound-only rung", { rung: "audio" }, "sound_only"],
  ["off the programme when the audience is elsewhere", { programme: "standby", rung: "standby" }, "off_programme"],
  ["off the programme when there is none", { programme: null, rung: "slate" }, "off_programme"],
  ["the backup while the main camera is on air", { source: "standby" }, "backup"],
  ["on air as the backup when cut to", { source: "standby", programme: "standby", rung: "standby" }, "on_air"],
  ["waiting for the event to begin", { eventState: "open", programme: null }, "waiting"],
  ["the backup before the event has begun", { source: "standby", eventState: "scheduled" }, "backup"],
  ["paused on a break", { eventState: "break" }, "paused"],
  ["in the green room while nothing is sent", { publication: { name: "idle", cause: "link" } }, "ready"],
  ["connecting", { publication: { name: "connecting", cause: "link" } }, "connecting"],
  ["lost when the link broke", { publication: { name: "lost", cause: "link" } }, "lost"],
  ["following when the room moved", { publication: { name: "lost", cause: "room" } }, "following"],
  ["retrying", { publication: { name: "retrying", cause: "link" } }, "retrying"],
  ["refused", { publication: { name: "refused", cause: "link" } }, "refused"],
  ["ended, whatever is still sent", { eventState: "ended" }, "ended"],
];

describe("a studio", () => {
  it.each(cases)("is %s", (_, change, air) => {
    expect(airOf({ ...LIVE, ...change })).toBe(air);
  });

  it("asks before its tab is closed only while somebody depends on it", () => {
    expect(["on_air", "backup", "paused", "retrying"].every((air) => holdsTheShow(air as Air))).toBe(true);
    expect(["ready", "refused", "ended"].some((air) => holdsTheShow(air as Air))).toBe(false);
  });
});
