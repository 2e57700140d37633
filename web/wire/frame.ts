// The 16-byte header of a media frame, read and written; it never looks into the payload.
// Layout (big-endian): kind, flags, feed number, cut number, presentation time in microseconds. The connection drives it.

export const HEADER_BYTES = 16;
const MEDIA_FRAME = 1;
const KEY = 0x01;
const FIRST_OF_CUT = 0x02;

export interface Frame {
  readonly feed: number;
  readonly cut: number;
  readonly key: boolean;
  readonly firstOfCut: boolean;
  /** On the source's timeline, which its picture and its sound share. */
  readonly time_us: number;
  /** A view into the message it came in: not a copy. */
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** The frame in `data`; null for anything that is not a whole media frame, which readers ignore. */
export function unpack(data: ArrayBuffer): Frame | null {
  if (data.byteLength <= HEADER_BYTES) return null;
  const view = new DataView(data);
  if (view.getUint8(0) !== MEDIA_FRAME) return null;
  const flags = view.getUint8(1);
  return {
    feed: view.getUint16(2),
    cut: view.getUint32(4),
    key: (flags & KEY) !== 0,
    firstOfCut: (flags & FIRST_OF_CUT) !== 0,
    time_us: Number(view.getBigInt64(8)),
    payload: new Uint8Array(data, HEADER_BYTES),
  };
}

/** The frame as it goes on the wire. */
export function pack(frame: Frame): ArrayBuffer {
  const data = new ArrayBuffer(HEADER_BYTES + frame.payload.byteLength);
  const view = new DataView(data);
  view.setUint8(0, MEDIA_FRAME);
  view.setUint8(1, (frame.key ? KEY : 0) | (frame.firstOfCut ? FIRST_OF_CUT : 0));
  view.setUint16(2, frame.feed);
  view.setUint32(4, frame.cut);
  view.setBigInt64(8, BigInt(frame.time_us));
  new Uint8Array(data, HEADER_BYTES).set(frame.payload);
  return data;
}
