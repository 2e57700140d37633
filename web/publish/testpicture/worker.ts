/**
 * Draws the test picture and sounds its tone in a worker, so that both go on while the tab is hidden.
 * It never publishes: pictures and sound go into the streams that it was given, and only on their way's own pace.
 * The page starts it with an `Order`; without streams it only says when a picture is due.
 */
import {
  CHUNK_MS,
  CHUNK_SAMPLES,
  chunkSamples,
  chunksDue,
  frameDue,
  frameTime,
  HEIGHT,
  SAMPLES_PER_S,
  sleepFor,
  WIDTH,
} from "./beat";
import { draw, type Easel } from "./draw";

export interface Order {
  readonly source: string;
  readonly label: string;
  /** Null: draw nothing, post a `Due` for each picture. */
  readonly video: WritableStream<VideoFrame> | null;
  readonly audio: WritableStream<AudioData> | null;
}

export interface Due {
  readonly frame: number;
}

/** Unix milliseconds by the monotonic clock: it neither jumps nor runs backwards. */
const clock = (): number => performance.timeOrigin + performance.now();

let last_frame: number | null = null;
let last_chunk: number | null = null;

addEventListener("message", (message: MessageEvent<Order>) => run(message.data), { once: true });

function run(order: Order): void {
  if (order.video === null) {
    turn((frame) => postMessage({ frame } satisfies Due), null);
    return;
  }
  const canvas = new OffscreenCanvas(WIDTH, HEIGHT);
  const context = canvas.getContext("2d", { alpha: false });
  if (context === null) throw new Error("This browser gives a worker nothing to draw on");
  const easel: Easel = { context, source: order.source, label: order.label };
  const pictures = order.video.getWriter();
  const sounds = order.audio?.getWriter() ?? null;
  const paint = (frame: number): void => {
    draw(easel, frame, clock());
    const timestamp = Math.round((frameTime(frame) - performance.timeOrigin) * 1_000);
    const picture = new VideoFrame(canvas, { timestamp, duration: 33_333 });
    // A track that takes nothing (ended, or its page frozen) must not be fed a queue.
    if ((pictures.desiredSize ?? 0) > 0) pictures.write(picture).catch(() => close());
    else picture.close();
  };
  const sound = (chunk: number): void => {
    if (sounds === null) return;
    const samples = new Float32Array(CHUNK_SAMPLES);
    chunkSamples(chunk, samples);
    const data = new AudioData({
      format: "f32-planar",
      sampleRate: SAMPLES_PER_S,
      numberOfFrames: CHUNK_SAMPLES,
      numberOfChannels: 1,
      timestamp: Math.round((chunk * CHUNK_MS - performance.timeOrigin) * 1_000),
      data: samples,
    });
    sounds.write(data).catch(() => close());
  };
  turn(paint, sound);
}

function turn(paint: (frame: number) => void, sound: ((chunk: number) => void) | null): void {
  const now_ms = clock();
  const frame = frameDue(now_ms);
  if (frame !== last_frame) {
    last_frame = frame;
    paint(frame);
  }
  if (sound !== null) {
    for (const chunk of chunksDue(now_ms, last_chunk)) {
      last_chunk = chunk;
      sound(chunk);
    }
  }
  setTimeout(() => turn(paint, sound), sleepFor(clock()));
}
