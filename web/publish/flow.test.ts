import { expect, it } from "vitest";
import { readFlow } from "./flow";

const reports = (at_ms: number, sent: number, received: number, frames: number) => [
  {
    type: "outbound-rtp",
    kind: "video",
    timestamp: at_ms,
    bytesSent: sent,
    framesSent: frames,
    frameWidth: 1280,
    frameHeight: 720,
    qualityLimitationReason: "cpu",
  },
  { type: "outbound-rtp", kind: "audio", timestamp: at_ms, bytesSent: 1_000 },
  { type: "remote-inbound-rtp", kind: "video", fractionLost: 0.02 },
  { type: "remote-inbound-rtp", kind: "audio", fractionLost: 0 },
  { type: "candidate-pair", nominated: false, bytesReceived: 9_999_999 },
  { type: "candidate-pair", nominated: true, bytesReceived: received, currentRoundTripTime: 0.012 },
];

it("says what went out between two readings", () => {
  const first = readFlow(reports(1_000, 100_000, 500, 30), null);
  expect(first).toMatchObject({ flow: null, heard: true });
  const second = readFlow(reports(1_500, 225_000, 500, 45), first.reading);
  expect(second.heard).toBe(false);
  expect(second.flow).toEqual({
    bitrate_bps: 2_000_000,
    frames_per_s: 30,
    width: 1280,
    height: 720,
    loss: 0.02,
    round_trip_ms: 12,
    limited_by: "cpu",
  });
  expect(readFlow(reports(2_000, 300_000, 900, 60), second.reading).heard).toBe(true);
});

it("says nothing of a reading that is no newer", () => {
  const first = readFlow(reports(1_000, 100_000, 500, 30), null);
  expect(readFlow(reports(1_000, 100_000, 500, 30), first.reading)).toMatchObject({ flow: null, heard: false });
});

it("bears reports with nothing in them", () => {
  expect(readFlow([], null).reading).toEqual({ at_ms: 0, sent_bytes: 0, received_bytes: 0, frames: 0 });
  const flow = readFlow([{ type: "outbound-rtp", kind: "video", timestamp: 5 }], {
    at_ms: 1,
    sent_bytes: 9,
    received_bytes: 0,
    frames: 9,
  }).flow;
  expect(flow).toEqual({
    bitrate_bps: 0,
    frames_per_s: 0,
    width: null,
    height: null,
    loss: null,
    round_trip_ms: null,
    limited_by: null,
  });
});
