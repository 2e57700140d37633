/**
 * Turns samples of sound into a place on a meter, and that place into what a host should know. Pure.
 * It never measures by itself. The loudness meter calls it.
 */

const FLOOR_DB = -60;

/** 0 at −60 dBFS or less, 1 at full scale: by the loudest sample, which is what a meter shows. */
export function share(samples: ArrayLike<number>): number {
  let peak = 0;
  for (let index = 0; index < samples.length; index += 1) peak = Math.max(peak, Math.abs(samples[index] ?? 0));
  if (peak === 0) return 0;
  const db = 20 * Math.log10(peak);
  return Math.min(1, Math.max(0, 1 - db / FLOOR_DB));
}

/** What a level means to whoever speaks. */
export function levelWord(level: number | null): "quiet" | "good" | "loud" {
  if (level === null || level < 0.12) return "quiet";
  return level > 0.97 ? "loud" : "good";
}
