import { expect, it } from "vitest";
import { rungsOf } from "./plan";

it("reads the plan's rungs in order and leaves out what is none", () => {
  expect(rungsOf({ toml: "", rungs: [{ kind: "main" }, { kind: "slate", words: "…" }, { kind: "dance" }, 7] })).toEqual(
    ["main", "slate"],
  );
  for (const body of [null, 3, {}, { rungs: "main" }]) expect(rungsOf(body)).toEqual([]);
});
