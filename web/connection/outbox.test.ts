import { expect, test } from "vitest";
import { AGAIN_AFTER_MS, FORGET_AFTER_MS, Outbox, WAITING_MAX } from "./outbox";

function said(...keys: string[]): Outbox {
  const outbox = new Outbox();
  for (const key of keys) outbox.add(key, "chat.send", { text: key }, false);
  return outbox;
}

test("what was said is written once, in order", () => {
  const outbox = said("a", "b");
  expect(outbox.due(0)).toEqual([
    { type: "chat.send", key: "a", text: "a" },
    { type: "chat.send", key: "b", text: "b" },
  ]);
  expect(outbox.due(1)).toEqual([]);
});

test("an unanswered command goes again under its key, a held one waits", () => {
  const outbox = said("a", "b");
  outbox.due(0);
  outbox.hold("b");
  expect(outbox.deadline()).toBe(AGAIN_AFTER_MS);
  expect(outbox.due(AGAIN_AFTER_MS).map((message) => message.key)).toEqual(["a"]);
  expect(outbox.pending().map((one) => one.state)).toEqual(["sending", "held"]);
});

test("after a lost socket everything of weight goes again, and what is light is gone", () => {
  const outbox = said("a");
  outbox.add("m", "media.refresh", {}, true);
  outbox.due(0);
  outbox.hold("a");
  expect(outbox.disconnected()).toEqual(["m"]);
  expect(outbox.due(5).map((message) => message.key)).toEqual(["a"]);
});

test("an answer settles it once", () => {
  const outbox = said("a");
  expect([outbox.settle("a"), outbox.settle("a")]).toEqual([true, false]);
  expect(outbox.deadline()).toBeNull();
});

test("what the server may have forgotten is given up, what was never sent is not", () => {
  const outbox = said("a");
  outbox.due(0);
  outbox.add("b", "chat.send", { text: "b" }, false);
  expect(outbox.expired(FORGET_AFTER_MS)).toEqual(["a"]);
  expect(outbox.pending().map((one) => one.key)).toEqual(["b"]);
});

test("it is bounded", () => {
  const outbox = said(...Array.from({ length: WAITING_MAX }, (_, index) => `k${index}`));
  expect(outbox.add("more", "chat.send", {}, false)).toBe(false);
  expect(outbox.clear()).toHaveLength(WAITING_MAX);
  expect(outbox.pending()).toEqual([]);
});

test("what has no text is shown without one", () => {
  const outbox = new Outbox();
  outbox.add("e", "event.start", {}, false);
  expect(outbox.pending()).toEqual([{ key: "e", type: "event.start", text: "", state: "sending" }]);
});

test("what waited for a line goes out in its order, and no faster than it is taken", () => {
  const keys = Array.from({ length: 40 }, (_, index) => `k${index}`);
  const outbox = said(...keys);
  const written: unknown[] = [];
  for (let now = 0; written.length < keys.length; now = Math.max(now, outbox.deadline() ?? now)) {
    written.push(...outbox.due(now).map((message) => message.key));
    expect(written.length).toBeLessThanOrEqual(20 + now / 100);
    expect(now).toBeLessThan(10_000);
  }
  expect(written).toEqual(keys);
  outbox.disconnected();
  expect(outbox.due(20_000).length).toBeGreaterThan(10);
});
