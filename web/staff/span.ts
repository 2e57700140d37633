/**
 * Writes times and spans as people read them: pure, in the reader's own time zone where a clock is meant.
 * It never reads a clock. The pages of staff call it.
 */

/** `0:07`, `12:30`, `1:02:03`. */
export function spanOf(span_ms: number): string {
  const whole_s = Math.max(0, Math.round(span_ms / 1_000));
  const two = (value: number): string => String(value).padStart(2, "0");
  const [hours, minutes, seconds] = [Math.floor(whole_s / 3_600), Math.floor(whole_s / 60) % 60, whole_s % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

/** The time of day of an ISO 8601 moment, to the minute or, with `exact`, the second. */
export function timeOf(at: string, exact = false): string {
  const moment = new Date(at);
  if (Number.isNaN(moment.getTime())) return "";
  return moment.toLocaleTimeString([], {
    hour: "2-digit",
    minute: "2-digit",
    ...(exact ? { second: "2-digit" } : {}),
    hourCycle: "h23",
  });
}

/** Day and time of an ISO 8601 moment. */
export function dayOf(at: string): string {
  const moment = new Date(at);
  if (Number.isNaN(moment.getTime())) return "";
  return moment.toLocaleString([], { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" });
}

/** How far `at` lies behind `from`: `+0.04 s`, `+12.4 s`, `+3:20`. */
export function afterOf(at: string, from: string): string {
  const span_ms = Math.max(0, Date.parse(at) - Date.parse(from));
  if (Number.isNaN(span_ms)) return "";
  if (span_ms >= 60_000) return `+${spanOf(span_ms)}`;
  return `+${(span_ms / 1_000).toFixed(span_ms < 10_000 ? 2 : 1)} s`;
}
