/**
 * Writes and reads the strip of black and white blocks that carries a test picture's source and time.
 * It never draws and never touches a canvas: blocks go out as numbers, brightness comes in through a function.
 * The test picture drives the encoder; whoever judges painted pixels drives the decoder (docs/test-picture.md).
 */

export const COLUMNS = 32;
export const ROWS = 2;
/** The strip covers the picture's whole width and this share of its height, from the top. */
export const SHARE_OF_HEIGHT = 0.1;

const TIME_DIGITS = 11;
const CHECK_DIGITS = 3;
const WORD_DIGITS = 1 + TIME_DIGITS + CHECK_DIGITS;
const CHECK_MODULUS = 4093;
const CONTRAST_MIN = 64;
const UNDECIDED = 0.15;
const SYNC: readonly (readonly [number, number])[] = [
  [1, 0],
  [0, 1],
];

/** What a strip says: which source painted it (0–15) and when, in Unix milliseconds. */
export interface Stamp {
  readonly source: number;
  readonly at_ms: number;
}

/** The numbers that stand for the sources' names. */
export const SOURCE_ID: Readonly<Record<string, number>> = { main: 1, standby: 2, slate: 3, replay: 4 };
const OTHER_SOURCE = 15;

/** The number of a source's name; names without one share 15. */
export function sourceId(name: string): number {
  return SOURCE_ID[name] ?? OTHER_SOURCE;
}

/** The name of a source's number, or null for a number without one. */
export function sourceName(id: number): string | null {
  return Object.entries(SOURCE_ID).find(([, number]) => number === id)?.[0] ?? null;
}

/** Blocks row by row, left to right: 1 is white, 0 is black. Throws RangeError for what does not fit. */
export function encode(stamp: Stamp): readonly (readonly number[])[] {
  const { source, at_ms } = stamp;
  if (!Number.isInteger(source) || source < 0 || source > 15) {
    throw new RangeError(`source must be a whole number from 0 to 15, not ${source}`);
  }
  if (!Number.isInteger(at_ms) || at_ms < 0 || at_ms >= 16 ** TIME_DIGITS) {
    throw new RangeError(`at_ms must be a whole number of 44 bits, not ${at_ms}`);
  }
  const content = source.toString(16) + at_ms.toString(16).padStart(TIME_DIGITS, "0");
  const bits = bitsOf(content + checkOf(content));
  const half = bits.length / ROWS;
  return SYNC.map((sync, row) => [...sync, ...bits.slice(row * half, (row + 1) * half)]);
}

/**
 * What the strip at the top of a picture says, or null where there is none, or none that can be trusted.
 * `brightness` gives 0 (black) to 255 (white) at a pixel; `width` and `height` are the whole picture's.
 */
export function decode(brightness: (x: number, y: number) => number, width: number, height: number): Stamp | null {
  const means: number[][] = [];
  for (let row = 0; row < ROWS; row += 1) {
    const line: number[] = [];
    for (let column = 0; column < COLUMNS; column += 1) line.push(meanOf(brightness, width, height, row, column));
    means.push(line);
  }
  const levels = levelsOf(means);
  if (levels === null) return null;
  const bits: number[] = [];
  for (const line of means) {
    for (const mean of line.slice(2)) {
      const share = (mean - levels.black) / (levels.white - levels.black);
      if (Math.abs(share - 0.5) < UNDECIDED) return null;
      bits.push(share > 0.5 ? 1 : 0);
    }
  }
  return stampOf(bits);
}

/** The same, from the pixels (RGBA, row by row) of the whole picture or of its top; `height` is the picture's. */
export function decodePixels(pixels: ArrayLike<number>, width: number, height: number): Stamp | null {
  const at = (x: number, y: number): number => {
    const first = (y * width + x) * 4;
    return ((pixels[first] ?? 0) + 2 * (pixels[first + 1] ?? 0) + (pixels[first + 2] ?? 0)) / 4;
  };
  return decode(at, width, height);
}

function meanOf(
  brightness: (x: number, y: number) => number,
  width: number,
  height: number,
  row: number,
  column: number,
): number {
  const wide = width / COLUMNS;
  const high = (height * SHARE_OF_HEIGHT) / ROWS;
  let sum = 0;
  for (const down of [0.3, 0.5, 0.7]) {
    for (const across of [0.3, 0.5, 0.7]) {
      sum += brightness(Math.floor((column + across) * wide), Math.floor((row + down) * high));
    }
  }
  return sum / 9;
}

function levelsOf(means: readonly (readonly number[])[]): { white: number; black: number } | null {
  const [above, below] = means;
  const whites = [above?.[0] ?? 0, below?.[1] ?? 0];
  const blacks = [above?.[1] ?? 0, below?.[0] ?? 0];
  const [white, black] = [Math.min(...whites), Math.max(...blacks)];
  return white - black < CONTRAST_MIN ? null : { white, black };
}

function stampOf(bits: readonly number[]): Stamp | null {
  let word = "";
  for (let digit = 0; digit < WORD_DIGITS; digit += 1) {
    word += bits
      .slice(digit * 4, digit * 4 + 4)
      .reduce((value, bit) => value * 2 + bit, 0)
      .toString(16);
  }
  const content = word.slice(0, 1 + TIME_DIGITS);
  if (checkOf(content) !== word.slice(1 + TIME_DIGITS)) return null;
  return { source: Number.parseInt(content.slice(0, 1), 16), at_ms: Number.parseInt(content.slice(1), 16) };
}

function bitsOf(word: string): number[] {
  return [...word].flatMap((digit) => {
    const value = Number.parseInt(digit, 16);
    return [(value >> 3) & 1, (value >> 2) & 1, (value >> 1) & 1, value & 1];
  });
}

function checkOf(content: string): string {
  let check = 0;
  for (const digit of content) check = (check * 31 + Number.parseInt(digit, 16) + 7) % CHECK_MODULUS;
  return check.toString(16).padStart(CHECK_DIGITS, "0");
}
