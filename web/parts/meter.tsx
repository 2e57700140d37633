// A loudness that one can see: bars that rise with the level, and a number for those who do not see them.
// It measures nothing; the player or a studio's analyser does. Reads its signal itself, so that only it is drawn anew.

import type { ReadonlySignal } from "@preact/signals";
import "./meter.css";

const SHAPE = [0.35, 0.6, 0.85, 1, 0.85, 0.6, 0.35];

export function Meter({ level, label }: { level: ReadonlySignal<number>; label: string }) {
  const value = level.value;
  return (
    <div class="meter-place">
      <meter class="unseen" aria-label={label} min={0} max={1} value={value} />
      <div class="meter" aria-hidden="true">
        {SHAPE.map((share, bar) => (
          <i key={bar} style={{ transform: `scaleY(${Math.max(0.08, Math.min(1, value * share * 1.1))})` }} />
        ))}
      </div>
    </div>
  );
}
