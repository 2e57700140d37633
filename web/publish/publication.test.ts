import { describe, expect, it } from "vitest";
import { IllegalMove, POLICY, Publication, type PublicationEffect, type PublicationEvent } from "./publication";

const [A, B] = ["http://a/whip/demo/main", "http://b/whip/demo/main"];

/** A publication in virtual time; `say` gives it an event of the attempt that is under way. */
class Night {
  readonly machine = new Publication(7);
  now_ms = 1_000;
  attempt = 0;

  step(event: PublicationEvent): PublicationEffect[] {
    const effects = this.machine.step(event, this.now_ms);
    for (const effect of effects) if ("attempt" in effect) this.attempt = effect.attempt;
    return effects;
  }
  located(urls: string[] = [A, B]): PublicationEffect[] {
    return this.step({ type: "located", attempt: this.attempt, urls, token: "t" });
  }
  connected(): PublicationEffect[] {
    return this.step({ type: "connected", attempt: this.attempt });
  }
  failed(code: string | null = null, status = 500): PublicationEffect[] {
    return this.step({ type: "failed", attempt: this.attempt, refusal: code === null ? null : { code, status } });
  }
  wait(): PublicationEffect[] {
    this.now_ms = this.machine.deadline() ?? this.now_ms;
    return this.step({ type: "woke" });
  }
  goLive(): this {
    this.step({ type: "started", room: "demo" });
    this.located();
    this.connected();
    return this;
  }
}

const kinds = (effects: PublicationEffect[]): string[] =>
  effects.map((effect) => (effect.type === "offer" ? `offer ${effect.url}` : effect.type));

describe("a publication", () => {
  it("asks where, offers there, and is live when media flows", () => {
    const night = new Night();
    expect(kinds(night.step({ type: "started", room: "demo" }))).toEqual(["locate"]);
    expect(night.machine.state).toBe("connecting");
    expect(kinds(night.located())).toEqual([`offer ${A}`]);
    expect(night.connected()).toEqual([]);
    expect(night.machine.state).toBe("live");
  });

  it("tries the next address at once when the first does not answer", () => {
    const night = new Night();
    night.step({ type: "started", room: "demo" });
    night.located();
    expect(kinds(night.failed())).toEqual(["close", `offer ${B}`]);
    expect(kinds(night.failed("too_many_sources", 503))).toEqual(["close"]);
    expect(night.machine.state).toBe("retrying");
  });

  it("gives an address up that has not carried media in time", () => {
    const night = new Night();
    night.step({ type: "started", room: "demo" });
    night.located();
    expect(kinds(night.wait())).toEqual(["close", `offer ${B}`]);
    expect(night.now_ms).toBe(1_000 + POLICY.connect_within_ms);
  });

  it("goes to another node at once when its own falls silent, and comes back to the first one last", () => {
    const night = new Night().goLive();
    night.now_ms += 3_000;
    night.step({ type: "heard", attempt: night.attempt });
    expect(night.machine.deadline()).toBe(night.now_ms + POLICY.silent_after_ms);
    expect(kinds(night.wait())).toEqual(["close", "locate"]);
    expect(night.machine.state).toBe("lost");
    expect(kinds(night.located())).toEqual([`offer ${B}`]);
    expect(kinds(night.failed())).toEqual(["close", `offer ${A}`]);
    night.connected();
    expect(night.machine.state).toBe("live");
  });

  it("uses the addresses it knows when nobody tells it where", () => {
    const night = new Night().goLive();
    night.failed();
    expect(kinds(night.failed())).toEqual(["close", `offer ${B}`]);
  });

  it("is not thrown by an old token at an old address", () => {
    const night = new Night().goLive();
    night.failed();
    night.failed();
    expect(kinds(night.failed("token_expired", 401))).toEqual(["close", `offer ${A}`]);
    expect(night.machine.state).toBe("lost");
  });

  it("waits longer from round to round, with jitter, and never longer than the policy says", () => {
    const night = new Night().goLive();
    night.failed();
    const spans: number[] = [];
    for (let round = 0; round < 8; round += 1) {
      night.located([A]);
      night.failed();
      spans.push((night.machine.retry_at_ms ?? 0) - night.now_ms);
      expect(kinds(night.wait())).toEqual(["locate"]);
    }
    spans.forEach((span_ms, round) => {
      const whole_ms = Math.min(POLICY.retry_max_ms, POLICY.retry_min_ms * 2 ** round);
      expect(span_ms).toBeGreaterThanOrEqual(whole_ms / 2);
      expect(span_ms).toBeLessThanOrEqual(whole_ms);
    });
    expect(new Set(spans).size).toBe(spans.length);
    night.located([A]);
    night.connected();
    expect(night.machine.rounds).toBe(0);
  });

  it("does not wait when it is told to hurry", () => {
    const night = new Night().goLive();
    expect(night.step({ type: "hurried" })).toEqual([]);
    night.failed();
    night.located([]);
    expect(night.machine.state).toBe("retrying");
    expect(kinds(night.step({ type: "hurried" }))).toEqual(["locate"]);
    expect(night.machine.state).toBe("lost");
  });

  it("says that the source is taken rather than fight for it, and asks again when told to", () => {
    const night = new Night();
    night.step({ type: "started", room: "demo" });
    night.located();
    expect(kinds(night.failed("source_taken", 409))).toEqual(["close"]);
    expect(night.machine.state).toBe("refused");
    expect(night.machine.refusal?.code).toBe("source_taken");
    expect(night.machine.deadline()).toBeNull();
    expect(kinds(night.step({ type: "started", room: "demo" }))).toEqual(["locate"]);
    expect(night.machine.refusal).toBeNull();
  });

  it("asks again by itself when what takes the source may be its own ghost", () => {
    const night = new Night().goLive();
    night.failed();
    night.located([A]);
    night.failed("source_taken", 409);
    expect(night.machine.state).toBe("retrying");
  });

  it.each([
    ["bad_offer", 400],
    ["token_invalid", 401],
    ["forbidden", 403],
    ["unknown_source", 404],
  ])("stops at %s, which no second try will change", (code, status) => {
    const night = new Night();
    night.step({ type: "started", room: "demo" });
    night.located();
    night.failed(code, status);
    expect(night.machine.state).toBe("refused");
  });

  it("stops when the one who tells where refuses", () => {
    const night = new Night();
    night.step({ type: "started", room: "demo" });
    night.failed("token_expired", 401);
    expect(night.machine.state).toBe("refused");
  });

  it("follows its room to another one", () => {
    const night = new Night().goLive();
    const effects = night.step({ type: "moved", room: "demo.backup" });
    expect(effects).toEqual([{ type: "close" }, { type: "locate", attempt: night.attempt, room: "demo.backup" }]);
    expect(night.machine.cause).toBe("room");
    expect(kinds(night.located())).toEqual([`offer ${A}`]);
    night.connected();
    expect(night.step({ type: "moved", room: "demo.backup" })).toEqual([]);
    expect(night.machine.room).toBe("demo.backup");
  });

  it("gives the node another period when the page itself has been asleep", () => {
    const night = new Night().goLive();
    night.now_ms += 60_000;
    expect(night.step({ type: "woke" })).toEqual([]);
    expect(night.machine.state).toBe("live");
    expect(night.machine.deadline()).toBe(night.now_ms + POLICY.silent_after_ms);
  });

  it("does not answer what an earlier attempt says", () => {
    const night = new Night();
    night.step({ type: "started", room: "demo" });
    const stale = night.attempt;
    night.located();
    expect(night.step({ type: "failed", attempt: stale, refusal: null })).toEqual([]);
    expect(night.step({ type: "connected", attempt: stale })).toEqual([]);
    expect(night.machine.state).toBe("connecting");
  });

  it("stops when told to, and not twice", () => {
    const night = new Night().goLive();
    expect(kinds(night.step({ type: "stopped" }))).toEqual(["close"]);
    expect(night.machine.state).toBe("idle");
    expect(night.step({ type: "stopped" })).toEqual([]);
    expect(night.machine.deadline()).toBeNull();
  });

  it("cannot be started twice", () => {
    const night = new Night().goLive();
    expect(() => night.step({ type: "started", room: "demo" })).toThrow(IllegalMove);
    expect(night.machine.state).toBe("live");
  });

  it("keeps its invariants through every sequence of five events", () => {
    const words = ["started", "located", "none", "connected", "failed", "taken", "heard", "moved", "stopped", "woke"];
    const play = (night: Night, word: string): PublicationEffect[] => {
      switch (word) {
        case "started":
          return night.step({ type: "started", room: "demo" });
        case "located":
          return night.located();
        case "none":
          return night.located([]);
        case "connected":
          return night.connected();
        case "failed":
          return night.failed();
        case "taken":
          return night.failed("source_taken", 409);
        case "heard":
          return night.step({ type: "heard", attempt: night.attempt });
        case "moved":
          return night.step({ type: "moved", room: night.machine.room === "demo" ? "demo.backup" : "demo" });
        case "stopped":
          return night.step({ type: "stopped" });
        default:
          return night.wait();
      }
    };
    const check = (holds: boolean, path: string[], what: string): void => {
      if (!holds) throw new Error(`${what}: ${path.join(" → ")}`);
    };
    const walk = (path: string[]): void => {
      const night = new Night();
      for (const word of path) {
        try {
          const busy = play(night, word).filter((effect) => effect.type !== "close");
          check(busy.length <= 1, path, "one attempt at a time");
        } catch (fault) {
          check(fault instanceof IllegalMove && word === "started", path, "only a second start is illegal");
        }
        const { state } = night.machine;
        const idle = state === "idle" || state === "refused";
        check((night.machine.deadline() === null) === idle, path, "whoever tries has a deadline");
        check((night.machine.retry_at_ms === null) === (state !== "retrying"), path, "only a retry has a time");
      }
      if (path.length < 5) for (const word of words) walk([...path, word]);
    };
    walk([]);
    expect(words).toHaveLength(10);
  });
});
