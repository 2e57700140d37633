/**
 * Remembers in this tab what its host chose to send, so that a reload begins with it again.
 * It never overrules a link, and brings back no screen: that has to be asked for by hand. The studio's entry drives it.
 */
import type { Input } from "./capture";

const placeOf = (event: string, source: string): string => `input:${event}:${source}`;

export function keepInput(event: string, source: string, input: Input): void {
  try {
    sessionStorage.setItem(placeOf(event, source), input);
  } catch {
    // Without storage the next one begins with the camera.
  }
}

/** What to begin with; `asked` is what the link names. */
export function firstInput(event: string, source: string, asked: string | null): Input {
  if (asked === "test") return "test";
  try {
    const kept = sessionStorage.getItem(placeOf(event, source));
    return kept === "test" || kept === "microphone" ? kept : "camera";
  } catch {
    return "camera";
  }
}
