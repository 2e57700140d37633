import { expect, test } from "vitest";
import { ClockTie } from "./tie";

test("the tie is the least distance seen lately", () => {
  const tie = new ClockTie();
  expect(tie.apart_ms).toBeNull();
  tie.add(1_000, 400);
  tie.add(1_010, 420);
  tie.add(1_020, 420);
  expect(tie.apart_ms).toBe(590);
  tie.add(5_000, 4_399);
  expect(tie.apart_ms).toBe(601);
  tie.clear();
  expect(tie.apart_ms).toBeNull();
});
