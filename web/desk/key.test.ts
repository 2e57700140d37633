import { expect, it } from "vitest";
import { deskKey } from "./key";

const plain = { ctrlKey: false, metaKey: false, altKey: false };

it("gives each key its deed", () => {
  const keys = ["j", "k", "d", "x", "b", "u", "a", "/", "Escape", "q"];
  expect(keys.map((key) => deskKey({ ...plain, key }, "BODY"))).toEqual([
    "down",
    "up",
    "delete",
    "kick",
    "ban",
    "undo",
    "answer",
    "find",
    "let_go",
    null,
  ]);
});

it("leaves alone what is typed, and what is the browser's", () => {
  expect(deskKey({ ...plain, key: "d" }, "TEXTAREA")).toBeNull();
  expect(deskKey({ ...plain, key: "d" }, "INPUT")).toBeNull();
  expect(deskKey({ ...plain, key: "d", ctrlKey: true }, "BODY")).toBeNull();
  expect(deskKey({ ...plain, key: "j", metaKey: true }, "BUTTON")).toBeNull();
});
