import { describe, expect, it } from "vitest";
import { incidentsOf, mailOf, overviewOf } from "./record";

describe("what the operator is told", () => {
  it("has nodes by plane, events and rooms", () => {
    const overview = overviewOf({
      nodes: [
        { role: "failover", url: "http://f1", ready: true, detail: "" },
        { role: "gateway", url: "http://g1", ready: false, detail: "Redis is away" },
      ],
      events: [{ id: "demo", title: "T", host: "H", state: "live", room: "demo.backup" }],
      rooms: [{ room: "demo", event: "demo", members: null, rung: null, source: "main", state: "live" }],
    });
    expect(overview.nodes.map((node) => node.role)).toEqual(["gateway", "failover"]);
    expect(overview.events[0]?.room).toBe("demo.backup");
    expect(overview.rooms[0]).toEqual({
      room: "demo",
      event: "demo",
      members: null,
      rung: "",
      source: "main",
      state: "live",
    });
  });

  it("has incidents, the newest first, with steps in order and who was not reached", () => {
    const incidents = incidentsOf({
      incidents: [
        { id: "i1", opened_at: "2030-05-01T18:00:00Z", closed_at: null, steps: [], reached: 0, not_reached: [] },
        {
          id: "i2",
          opened_at: Date.parse("2030-05-01T19:00:00Z"),
          closed_at: "2030-05-01T19:05:00Z",
          cause: "main_silent",
          drill: 1,
          steps: [
            { at: "2030-05-01T19:00:02Z", what: "cut", text: "b" },
            { at: "2030-05-01T19:00:02Z", what: "decided", text: "c" },
            { at: "2030-05-01T19:00:01Z", what: "opened", text: "a" },
          ],
          reached: 2,
          not_reached: [{ address: "ben@example.org", why: "refused" }, "eve@example.org"],
        },
      ],
    });
    expect(incidents.map((incident) => incident.id)).toEqual(["i2", "i1"]);
    expect(incidents[0]?.steps.map((step) => step.text)).toEqual(["a", "c", "b"]);
    expect(incidents[0]).toMatchObject({ drill: true, reached: 2, opened_at: "2030-05-01T19:00:00.000Z" });
    expect(incidents[0]?.not_reached).toEqual([
      { address: "ben@example.org", why: "refused" },
      { address: "eve@example.org", why: "" },
    ]);
    expect(incidents[1]).toMatchObject({ closed_at: "", drill: false });
  });

  it("has mail", () => {
    const mail = mailOf({
      mail: [{ at: "2030-05-01T18:00:00Z", to: "a@b.c", subject: "s", text: "t", status: "sent" }],
    });
    expect(mail[0]).toEqual({
      at: "2030-05-01T18:00:00.000Z",
      to: "a@b.c",
      subject: "s",
      text: "t",
      status: "sent",
      lane: "",
    });
  });

  it("bears anything", () => {
    for (const body of [null, 7, "x", [], {}, { nodes: 1, incidents: "x", mail: null }, { incidents: [null] }]) {
      expect(() => [overviewOf(body), incidentsOf(body), mailOf(body)]).not.toThrow();
    }
    expect(incidentsOf({ incidents: [{ reached: ["a"], not_reached: "x", opened_at: "never" }] })[0]).toMatchObject({
      reached: 1,
      not_reached: [],
      opened_at: "",
    });
  });
});
