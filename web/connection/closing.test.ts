import { expect, test } from "vitest";
import { replyTo } from "./closing";

test("each range of close codes asks for its own reply", () => {
  expect(replyTo(4000, true)).toEqual({ do: "return", fault: "ours" });
  expect(replyTo(4101, true)).toEqual({ do: "renew" });
  expect(replyTo(4200, true)).toEqual({ do: "backup" });
  expect(replyTo(4300, true)).toEqual({ do: "stay-away", why: "banned" });
  expect(replyTo(4302, true)).toEqual({ do: "stay-away", why: "ended" });
  expect(replyTo(4399, true)).toEqual({ do: "stay-away", why: "protocol" });
});

test("without a line of one's own it is nobody else's fault", () => {
  expect(replyTo(1006, false)).toEqual({ do: "return", fault: "yours" });
  expect(replyTo(1006, true)).toEqual({ do: "return", fault: "ours" });
});
