import { afterEach, describe, expect, it, vi } from "vitest";
import { firstInput, keepInput } from "./habit";

function stub(): void {
  const kept = new Map<string, string>();
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  });
}
afterEach(() => vi.unstubAllGlobals());

describe("what a studio begins with", () => {
  it("is the camera, or what the link names", () => {
    stub();
    expect(firstInput("demo", "main", null)).toBe("camera");
    expect(firstInput("demo", "main", "test")).toBe("test");
    expect(firstInput("demo", "main", "nonsense")).toBe("camera");
  });
  it("is after a reload what was chosen here for this source", () => {
    stub();
    keepInput("demo", "main", "test");
    expect(firstInput("demo", "main", null)).toBe("test");
    expect(firstInput("demo", "standby", null)).toBe("camera");
    keepInput("demo", "main", "microphone");
    expect(firstInput("demo", "main", null)).toBe("microphone");
  });
  it("is never a screen, which a browser gives only when asked by hand", () => {
    stub();
    keepInput("demo", "main", "screen");
    expect(firstInput("demo", "main", null)).toBe("camera");
  });
  it("is the camera where nothing can be kept", () => {
    const refuse = (): never => {
      throw new DOMException("", "SecurityError");
    };
    vi.stubGlobal("sessionStorage", { getItem: refuse, setItem: refuse });
    keepInput("demo", "main", "test");
    expect(firstInput("demo", "main", null)).toBe("camera");
  });
});
