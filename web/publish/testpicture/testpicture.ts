/**
 * Gives a stream of the test picture and its tone, for a host who has no camera at hand.
 * It never publishes or shows it; whoever asked for it stops it.
 * The studio's green room calls it.
 */
import { BEEP_HZ, BEEP_MS, HEIGHT, WIDTH } from "./beat";
import { draw } from "./draw";
import type { Due, Order } from "./worker";

export interface TestPicture {
  readonly stream: MediaStream;
  stop(): void;
}

interface Generator<Chunk> extends MediaStreamTrack {
  readonly writable: WritableStream<Chunk>;
}

type GeneratorOf = new <Chunk>(kind: { kind: "audio" | "video" }) => Generator<Chunk>;

/** Begin the test picture of `source`, called `label` in the picture itself. */
export function testPicture(source: string, label: string): TestPicture {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  const TrackGenerator = (globalThis as { MediaStreamTrackGenerator?: GeneratorOf }).MediaStreamTrackGenerator;
  return TrackGenerator === undefined
    ? drawnHere(worker, source, label)
    : drawnThere(worker, TrackGenerator, source, label);
}

function drawnThere(worker: Worker, TrackGenerator: GeneratorOf, source: string, label: string): TestPicture {
  const video = new TrackGenerator<VideoFrame>({ kind: "video" });
  const audio = new TrackGenerator<AudioData>({ kind: "audio" });
  const order: Order = { source, label, video: video.writable, audio: audio.writable };
  worker.postMessage(order, [video.writable, audio.writable]);
  video.contentHint = "motion";
  const stream = new MediaStream([video, audio]);
  return {
    stream,
    stop: () => {
      worker.terminate();
      for (const track of stream.getTracks()) track.stop();
    },
  };
}

/** Drawn by the page, on the worker's word: a worker's timers go on in a hidden tab, a page's do not. */
function drawnHere(worker: Worker, source: string, label: string): TestPicture {
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const context = canvas.getContext("2d", { alpha: false });
  if (context === null) throw new Error("This browser gives the page nothing to draw on");
  const stream = canvas.captureStream(30);
  const tone = beeper();
  for (const track of tone.stream.getAudioTracks()) stream.addTrack(track);
  worker.addEventListener("message", (message: MessageEvent<Due>) => {
    draw({ context, source, label }, message.data.frame, performance.timeOrigin + performance.now());
    tone.keep();
  });
  worker.postMessage({ source, label, video: null, audio: null } satisfies Order);
  return {
    stream,
    stop: () => {
      worker.terminate();
      tone.stop();
      for (const track of stream.getTracks()) track.stop();
    },
  };
}

/** An oscillator whose gain opens for 100 ms at each full second of the wall's clock. */
function beeper(): { stream: MediaStream; keep(): void; stop(): void } {
  const context = new AudioContext({ sampleRate: 48_000 });
  const oscillator = new OscillatorNode(context, { frequency: BEEP_HZ });
  const gain = new GainNode(context, { gain: 0 });
  const end = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
  oscillator.connect(gain).connect(end);
  oscillator.start();
  let planned_s = 0;
  const keep = (): void => {
    const unix_s = (performance.timeOrigin + performance.now()) / 1_000;
    const second = Math.floor(unix_s) + 1;
    if (second <= planned_s) return;
    planned_s = second;
    const at = context.currentTime + (second - unix_s);
    gain.gain.setValueAtTime(0.25, at);
    gain.gain.setValueAtTime(0, at + BEEP_MS / 1_000);
  };
  return { stream: end.stream, keep, stop: () => void context.close() };
}
