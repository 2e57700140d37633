/**
 * Turns a connection's statistics into what a host understands: how much goes out, how much is lost, how far the node is.
 * It never asks for statistics and keeps nothing: the reading before is given.
 * The publisher drives it, twice a second.
 */

/** One look at the counters. */
export interface Reading {
  readonly at_ms: number;
  readonly sent_bytes: number;
  readonly received_bytes: number;
  readonly frames: number;
}

/** What goes out now. `loss` is a share from 0 to 1; null is unknown. */
export interface Flow {
  readonly bitrate_bps: number;
  readonly frames_per_s: number;
  readonly width: number | null;
  readonly height: number | null;
  readonly loss: number | null;
  readonly round_trip_ms: number | null;
  /** What holds the encoder back, by its own account. */
  readonly limited_by: "cpu" | "bandwidth" | null;
}

type Report = Readonly<Record<string, unknown>>;

const number = (value: unknown): number | null => (typeof value === "number" && Number.isFinite(value) ? value : null);

/** `flow` is null for the first reading; `heard` says whether anything at all has come back since the last one. */
export function readFlow(
  reports: readonly Report[],
  before: Reading | null,
): { reading: Reading; flow: Flow | null; heard: boolean } {
  const outbound = reports.filter((report) => report["type"] === "outbound-rtp");
  const remote = reports.filter((report) => report["type"] === "remote-inbound-rtp");
  const pair = reports.find((report) => report["type"] === "candidate-pair" && report["nominated"] === true);
  const video = outbound.find((report) => report["kind"] === "video");
  const reading: Reading = {
    at_ms: number(outbound[0]?.["timestamp"]) ?? number(pair?.["timestamp"]) ?? 0,
    sent_bytes: outbound.reduce((sum, report) => sum + (number(report["bytesSent"]) ?? 0), 0),
    received_bytes: number(pair?.["bytesReceived"]) ?? 0,
    frames: number(video?.["framesSent"]) ?? 0,
  };
  if (before === null || reading.at_ms <= before.at_ms) {
    return { reading: before ?? reading, flow: null, heard: before === null };
  }
  const span_s = (reading.at_ms - before.at_ms) / 1_000;
  const losses = remote.map((report) => number(report["fractionLost"])).filter((loss) => loss !== null);
  const limit = video?.["qualityLimitationReason"];
  const round_trip_s = number(pair?.["currentRoundTripTime"]);
  const flow: Flow = {
    bitrate_bps: Math.max(0, ((reading.sent_bytes - before.sent_bytes) * 8) / span_s),
    frames_per_s: Math.max(0, (reading.frames - before.frames) / span_s),
    width: number(video?.["frameWidth"]),
    height: number(video?.["frameHeight"]),
    loss: losses.length > 0 ? Math.max(...losses) : null,
    round_trip_ms: round_trip_s === null ? null : round_trip_s * 1_000,
    limited_by: limit === "cpu" || limit === "bandwidth" ? limit : null,
  };
  return { reading, flow, heard: reading.received_bytes > before.received_bytes };
}
