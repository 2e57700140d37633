import { expect, test } from "vitest";
import { HEADER_BYTES, pack, unpack } from "./frame";

const frame = {
  feed: 7,
  cut: 3,
  key: true,
  firstOfCut: true,
  time_us: 9_007_199_254,
  payload: new Uint8Array([1, 2, 3]),
};

test("what is packed is unpacked again", () => {
  const back = unpack(pack(frame));
  expect(back).toEqual(frame);
});

test("the header is the protocol's: kind, flags, feed, cut, time, big-endian", () => {
  const view = new DataView(pack({ ...frame, firstOfCut: false }));
  expect([view.getUint8(0), view.getUint8(1), view.getUint16(2), view.getUint32(4), view.getBigInt64(8)]).toEqual([
    1,
    1,
    7,
    3,
    9_007_199_254n,
  ]);
});

test("a time before zero survives", () => {
  expect(unpack(pack({ ...frame, time_us: -20_000 }))?.time_us).toBe(-20_000);
});

test("what is too short, or of another kind, is ignored", () => {
  expect(unpack(new ArrayBuffer(0))).toBeNull();
  expect(unpack(new ArrayBuffer(HEADER_BYTES))).toBeNull();
  const other = pack(frame);
  new DataView(other).setUint8(0, 2);
  expect(unpack(other)).toBeNull();
});
