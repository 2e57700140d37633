import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  COLUMNS,
  decode,
  decodePixels,
  encode,
  ROWS,
  SHARE_OF_HEIGHT,
  type Stamp,
  sourceId,
  sourceName,
} from "./strip";

const STAMP: Stamp = { source: 1, at_ms: 1_795_173_128_457 };

/** A picture of a strip: grey below it, `shade` bending what is white and black. */
function paint(stamp: Stamp, width: number, height: number, shade = (bit: number) => bit * 255): Uint8ClampedArray {
  const rows = encode(stamp);
  const pixels = new Uint8ClampedArray(width * height * 4).fill(128);
  for (let y = 0; y < height * SHARE_OF_HEIGHT; y += 1) {
    const row = rows[Math.min(ROWS - 1, Math.floor(y / ((height * SHARE_OF_HEIGHT) / ROWS)))];
    for (let x = 0; x < width; x += 1) {
      const bit = row?.[Math.floor(x / (width / COLUMNS))] ?? 0;
      pixels.fill(shade(bit), (y * width + x) * 4, (y * width + x) * 4 + 3);
    }
  }
  return pixels;
}

describe("the strip", () => {
  it("is two rows of thirty-two blocks, each begun by its sync", () => {
    const rows = encode(STAMP);
    expect(rows.map((row) => row.length)).toEqual([COLUMNS, COLUMNS]);
    expect(rows.map((row) => row.slice(0, 2))).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });

  it.each([
    [1280, 720],
    [960, 540],
    [640, 360],
    [480, 270],
    [320, 180],
  ])("is read at %i by %i", (width, height) => {
    for (let step = 0; step < 50; step += 1) {
      const stamp = { source: step % 16, at_ms: STAMP.at_ms + step * 7919 };
      expect(decodePixels(paint(stamp, width, height), width, height)).toEqual(stamp);
    }
  });

  it("is read through the grey of studio range and the noise of an encoder", () => {
    let roll = 1;
    const noisy = (bit: number): number => {
      roll = (roll * 1103515245 + 12345) % 2147483648;
      return 40 + bit * 150 + (roll % 40) - 20;
    };
    expect(decodePixels(paint(STAMP, 640, 360, noisy), 640, 360)).toEqual(STAMP);
  });

  it("is not seen where there is none", () => {
    expect(decode(() => 0, 640, 360)).toBeNull();
    expect(decode(() => 255, 640, 360)).toBeNull();
    expect(decode((x, y) => ((x * 7 + y * 13) % 17) * 15, 640, 360)).toBeNull();
  });

  it("is not trusted with a block between black and white", () => {
    const pixels = paint(STAMP, 640, 360);
    for (let y = 0; y < 18; y += 1) pixels.fill(128, (y * 640 + 200) * 4, (y * 640 + 220) * 4);
    expect(decodePixels(pixels, 640, 360)).toBeNull();
  });

  it("is not trusted with any one block turned", () => {
    const rows = encode(STAMP);
    for (let turned = 0; turned < ROWS * COLUMNS; turned += 1) {
      const at = (x: number, y: number): number => {
        const [row, column] = [Math.floor(y / 18), Math.floor(x / 20)];
        const bit = rows[row]?.[column] ?? 0;
        return (row * COLUMNS + column === turned ? 1 - bit : bit) * 255;
      };
      expect(decode(at, 640, 360)).toBeNull();
    }
  });

  it("takes no number that does not fit", () => {
    for (const stamp of [
      { source: 16, at_ms: 0 },
      { source: -1, at_ms: 0 },
      { source: 1.5, at_ms: 0 },
      { source: 1, at_ms: -1 },
      { source: 1, at_ms: 2 ** 44 },
      { source: 1, at_ms: 0.5 },
    ]) {
      expect(() => encode(stamp)).toThrow(RangeError);
    }
    expect(encode({ source: 15, at_ms: 2 ** 44 - 1 })).toHaveLength(ROWS);
  });

  it("names sources by number and back", () => {
    expect(["main", "standby", "elsewhere"].map(sourceId)).toEqual([1, 2, 15]);
    expect([1, 2, 15].map(sourceName)).toEqual(["main", "standby", null]);
  });

  it("is read by the function printed in the documentation", () => {
    const text = readFileSync(new URL("../../docs/test-picture.md", import.meta.url), "utf8");
    const code = /```js\n([\s\S]*?)```/.exec(text)?.[1] ?? "";
    const readStrip = new Function(`${code}\nreturn readStrip;`)() as typeof decodePixels;
    expect(readStrip(paint(STAMP, 640, 360), 640, 360)).toEqual(STAMP);
    expect(readStrip(new Uint8ClampedArray(640 * 36 * 4), 640, 360)).toBeNull();
  });
});
