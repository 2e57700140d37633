/**
 * One clock for everything on a page that counts: a signal of Unix milliseconds, renewed each second.
 * It decides nothing; countdowns and ages read it.
 */
import { type ReadonlySignal, signal } from "@preact/signals";

const ticking = signal(Date.now());
let begun = false;

/** The clock; it begins with its first reader. */
export function clock(): ReadonlySignal<number> {
  if (!begun) {
    begun = true;
    setInterval(() => {
      ticking.value = Date.now();
    }, 1_000);
  }
  return ticking;
}
