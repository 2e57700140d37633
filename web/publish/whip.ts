/**
 * Speaks WHIP (RFC 9725): one offer, one answer, one DELETE at the end.
 * It never tries again and chooses no address; a refusal is thrown as it was answered.
 * The publisher drives it.
 */
import type { Refusal } from "./publication";

/** What an endpoint (WHIP or the gateway's API) answered instead of what was asked for; status 0: nothing at all. */
export class Refused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal, reason: string) {
    super(reason);
    this.refusal = refusal;
  }
}

export interface Quality {
  readonly max_bitrate_bps: number;
  readonly max_frames_per_s: number;
}

export const QUALITY: Quality = { max_bitrate_bps: 2_500_000, max_frames_per_s: 30 };

const GATHER_WITHIN_MS = 400;
const ANSWER_BYTES_MAX = 200_000;

/**
 * A connection that sends `stream` and receives nothing. Video prefers H.264, then VP8; sound is Opus. Both are offered
 * whatever `stream` has: what it lacks now may come later without another offer, which would be another publication.
 */
export function sender(stream: MediaStream, quality: Quality = QUALITY): RTCPeerConnection {
  const connection = new RTCPeerConnection({ bundlePolicy: "max-bundle", iceServers: [] });
  for (const kind of ["audio", "video"]) {
    const transceiver = connection.addTransceiver(trackOf(stream, kind) ?? kind, {
      direction: "sendonly",
      streams: [stream],
      ...(kind === "video"
        ? { sendEncodings: [{ maxBitrate: quality.max_bitrate_bps, maxFramerate: quality.max_frames_per_s }] }
        : {}),
    });
    const codecs = preferred(kind, RTCRtpSender.getCapabilities(kind)?.codecs ?? []);
    if (codecs.length > 0) transceiver.setCodecPreferences?.(codecs);
  }
  return connection;
}

/** Send this stream's picture and sound on the same connection from now on, or none where it has none. */
export async function resend(connection: RTCPeerConnection, stream: MediaStream): Promise<void> {
  const senders = connection.getTransceivers().map(({ sender, receiver }) => ({ sender, kind: receiver.track.kind }));
  await Promise.all(senders.map(({ sender, kind }) => sender.replaceTrack(trackOf(stream, kind))));
}

function trackOf(stream: MediaStream, kind: string): MediaStreamTrack | null {
  return stream.getTracks().find((track) => track.kind === kind) ?? null;
}

/** The codecs to offer, best first: what every viewer's decoder takes without our touching it. */
export function preferred<Codec extends { mimeType: string; sdpFmtpLine?: string }>(
  kind: string,
  codecs: readonly Codec[],
): Codec[] {
  const named = (name: string): Codec[] => codecs.filter((codec) => codec.mimeType.toLowerCase() === name);
  if (kind === "audio") return named("audio/opus");
  // Packetization mode 1 and the baseline profiles: one picture per frame, no B-pictures to wait for.
  const h264 = named("video/h264").filter((codec) => /packetization-mode=1/.test(codec.sdpFmtpLine ?? ""));
  const baseline = h264.filter((codec) => /profile-level-id=42/i.test(codec.sdpFmtpLine ?? ""));
  return [...baseline, ...named("video/vp8"), ...named("video/rtx")];
}

/** Offer `connection` at `url`; the session's address (for `hangUp`), or null where the endpoint gave none. */
export async function offer(
  connection: RTCPeerConnection,
  url: string,
  token: string,
  signal: AbortSignal,
): Promise<string | null> {
  await connection.setLocalDescription();
  await gathered(connection, signal);
  signal.throwIfAborted();
  const answer = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/sdp", Authorization: `Bearer ${token}` },
    body: connection.localDescription?.sdp ?? "",
    signal,
  });
  if (answer.status !== 201) throw await refusedBy(answer);
  const location = answer.headers.get("Location");
  const resource = location === null ? null : new URL(location, url).href;
  const sdp = await answer.text();
  if (sdp.length > ANSWER_BYTES_MAX) throw new Refused({ code: "too_large", status: 0 }, "The answer is too long");
  if (signal.aborted) {
    if (resource !== null) hangUp(resource, token);
    signal.throwIfAborted();
  }
  await connection.setRemoteDescription({ type: "answer", sdp });
  return resource;
}

/** End a session. It goes out even while the page is being closed, and nobody waits for its answer. */
export function hangUp(resource: string, token: string): void {
  fetch(resource, { method: "DELETE", headers: { Authorization: `Bearer ${token}` }, keepalive: true }).catch(() => {
    // The node notices by itself that nothing comes any more.
  });
}

/** The refusal in an HTTP answer: the API's JSON `{code, reason}` where there is one. */
export async function refusedBy(answer: Response): Promise<Refused> {
  let code = `http_${answer.status}`;
  let reason = answer.statusText;
  try {
    const body: unknown = await answer.json();
    if (typeof body === "object" && body !== null) {
      if ("code" in body && typeof body.code === "string") code = body.code.slice(0, 64);
      if ("reason" in body && typeof body.reason === "string") reason = body.reason.slice(0, 300);
    }
  } catch {
    // Something between us and the server answered in its place: its status is all there is.
  }
  return new Refused({ code, status: answer.status }, reason);
}

/** Candidates go with the offer (no trickle): wait for them, but not for an interface that never answers. */
function gathered(connection: RTCPeerConnection, signal: AbortSignal): Promise<void> {
  if (connection.iceGatheringState === "complete") return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      connection.removeEventListener("icegatheringstatechange", look);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const look = (): void => {
      if (connection.iceGatheringState === "complete") done();
    };
    const timer = setTimeout(done, GATHER_WITHIN_MS);
    connection.addEventListener("icegatheringstatechange", look);
    signal.addEventListener("abort", done);
  });
}
