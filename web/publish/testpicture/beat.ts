/**
 * Says what the test picture shows and sounds at a given time: when pictures and sound fall due, when it flashes, the tone.
 * It never draws and reads no clock; times are Unix milliseconds, so that every test picture on a machine beats together.
 * The worker and the page's own drawing both go by it.
 */

export const FRAMES_PER_S = 30;
export const WIDTH = 1280;
export const HEIGHT = 720;
export const SAMPLES_PER_S = 48_000;
/** One chunk of sound is 10 ms. */
export const CHUNK_SAMPLES = 480;
export const CHUNK_MS = 10;
export const BEEP_MS = 100;
export const BEEP_HZ = 1_000;
const BEEP_LEVEL = 0.25;
const EDGE_MS = 1;
/** Further behind than this, what was missed is left out instead of being made up for. */
const BEHIND_MAX_MS = 100;

/** The number of the newest picture due at `at_ms`; picture n is due at n × 1000 / 30. */
export function frameDue(at_ms: number): number {
  return Math.floor((at_ms * FRAMES_PER_S) / 1_000 + 1e-6);
}

/** When picture `frame` is due. */
export function frameTime(frame: number): number {
  return (frame * 1_000) / FRAMES_PER_S;
}

/** Whether picture `frame` is one of the three that flash at each full second. */
export function flashes(frame: number): boolean {
  return frame % FRAMES_PER_S < (BEEP_MS * FRAMES_PER_S) / 1_000;
}

/** The chunks of sound to write at `at_ms`, where `last` was the newest written; null: none yet. */
export function chunksDue(at_ms: number, last: number | null): number[] {
  const newest = Math.floor(at_ms / CHUNK_MS);
  const oldest = newest - BEHIND_MAX_MS / CHUNK_MS;
  const first = last === null ? newest : Math.max(last + 1, oldest);
  return Array.from({ length: Math.max(0, newest - first + 1) }, (_, step) => first + step);
}

/** The samples of one chunk: the tone in the first 100 ms of each second, with edges of 1 ms, and silence. */
export function chunkSamples(chunk: number, samples: Float32Array): void {
  const begin_ms = (chunk * CHUNK_MS) % 1_000;
  for (let index = 0; index < samples.length; index += 1) {
    const at_ms = begin_ms + (index * 1_000) / SAMPLES_PER_S;
    const edge = Math.min(1, at_ms / EDGE_MS, (BEEP_MS - at_ms) / EDGE_MS);
    samples[index] = edge > 0 ? BEEP_LEVEL * edge * Math.sin((2 * Math.PI * BEEP_HZ * at_ms) / 1_000) : 0;
  }
}

/** How long to sleep at `at_ms` until the next picture or chunk. */
export function sleepFor(at_ms: number): number {
  const picture_ms = frameTime(frameDue(at_ms) + 1) - at_ms;
  const sound_ms = CHUNK_MS - (at_ms % CHUNK_MS);
  return Math.max(0, Math.min(picture_ms, sound_ms));
}
