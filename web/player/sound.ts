// Decodes one sound feed and gives it out through the worklet, by the schedule it is told.
// It never decides how late: the playout machine does. While the browser wants a gesture its clock stands still, and
// what is decoded is only measured for the level meter. The player drives it.

import type { Frame } from "../wire/frame";
import type { Feed } from "../wire/message";
import { Attempt } from "./attempt";
import { soundConfig } from "./codecs";
import type { FromSpeaker, ToSpeaker } from "./speaker.worklet";
import speakerUrl from "./speaker.worklet?worker&url";
import { ClockTie } from "./tie";

const RATE = 48_000;

export interface SoundEvents {
  /** Decoded and on its way to the worklet. */
  ready(time_us: number): void;
  slack(report: FromSpeaker): void;
  /** The clock has begun or stopped running. */
  running(running: boolean): void;
  /** RMS of a packet, 0 to 1. */
  loudness(rms: number): void;
}

export class Sounds {
  readonly #tie = new ClockTie();
  readonly #attempt = new Attempt();
  #decoder: AudioDecoder | null = null;
  #feed: Feed | null = null;
  #context: AudioContext | null = null;
  #node: AudioWorkletNode | null = null;
  #gain: GainNode | null = null;
  #volume = 1;
  #delay_ms: number | null = null;
  #closed = false;

  constructor(
    private readonly events: SoundEvents,
    private readonly silent: boolean,
  ) {}

  get running(): boolean {
    return this.#node !== null && this.#context?.state === "running";
  }

  /** There is sound to give out and the browser does not let it begin. */
  get waitsForGesture(): boolean {
    return this.#context !== null && this.#context.state !== "running" && this.#context.state !== "closed";
  }

  /** There is sound to give out, and what it comes out of cannot be loaded. */
  get away(): boolean {
    return this.#attempt.away;
  }

  /** From the worklet to the ear. */
  get latency_ms(): number {
    const context = this.#context;
    if (context === null) return 0;
    return ((context.outputLatency || 0) > 0 ? context.outputLatency : context.baseLatency || 0.02) * 1_000;
  }

  decode(frame: Frame, feed: Feed): void {
    if (this.#closed) return;
    if (!this.silent && this.#node === null && this.#attempt.begins(performance.now())) void this.#open();
    try {
      if (this.#decoder === null || this.#feed !== feed) this.#renew(feed);
      this.#decoder?.decode(new EncodedAudioChunk({ type: "key", timestamp: frame.time_us, data: frame.payload }));
    } catch {
      this.#stop();
    }
  }

  /** What lies ready is of another timeline. */
  clear(): void {
    this.#stop();
    this.#delay_ms = null;
    this.#tell({ type: "clear" });
  }

  schedule(delay_ms: number): void {
    this.#delay_ms = delay_ms;
    this.#reschedule();
  }

  /** Call a few times a second: follows the two clocks as they drift apart. */
  follow(): void {
    this.#look();
    this.#reschedule();
  }

  async resume(): Promise<void> {
    await this.#context?.resume();
  }

  set volume(volume: number) {
    this.#volume = volume;
    if (this.#gain && this.#context) this.#gain.gain.setTargetAtTime(volume, this.#context.currentTime, 0.015);
  }

  close(): void {
    this.#closed = true;
    this.#stop();
    this.#shut();
  }

  /** Each try has a context of its own: one remembers for good what it could not load. */
  async #open(): Promise<void> {
    this.#shut();
    let context: AudioContext | null = null;
    try {
      context = new AudioContext({ latencyHint: "interactive", sampleRate: RATE });
      this.#context = context;
      context.onstatechange = () => this.#turned();
      await context.audioWorklet.addModule(speakerUrl);
      if (this.#context === context) this.#speak(context);
    } catch {
      // Another try is under way, or nobody listens any more. Without its worklet a browser still shows the picture.
      if (this.#context !== context) return;
      this.#shut();
      this.#attempt.failed(performance.now(), Math.random());
      this.events.running(false);
    }
  }

  #shut(): void {
    const context = this.#context;
    this.#context = null;
    if (context === null) return;
    context.onstatechange = null;
    if (context.state !== "closed") void context.close();
  }

  #speak(context: AudioContext): void {
    const node = new AudioWorkletNode(context, "speaker", { numberOfInputs: 0, outputChannelCount: [2] });
    node.port.onmessage = ({ data }: MessageEvent<FromSpeaker>) => this.events.slack(data);
    this.#gain = new GainNode(context, { gain: this.#volume });
    node.connect(this.#gain).connect(context.destination);
    this.#node = node;
    this.#attempt.succeeded();
    this.#turned();
  }

  #turned(): void {
    this.#tie.clear();
    this.#tell({ type: "clear" });
    this.events.running(this.running);
  }

  #renew(feed: Feed): void {
    this.#stop();
    const decoder = new AudioDecoder({
      output: (data) => {
        if (this.#decoder === decoder) this.#output(data);
        data.close();
      },
      error: () => {
        if (this.#decoder === decoder) this.#stop();
      },
    });
    decoder.configure(soundConfig(feed));
    this.#decoder = decoder;
    this.#feed = feed;
  }

  #output(data: AudioData): void {
    const channels: Float32Array<ArrayBuffer>[] = [];
    for (let planeIndex = 0; planeIndex < Math.min(2, data.numberOfChannels); planeIndex += 1) {
      const samples = new Float32Array(data.numberOfFrames);
      data.copyTo(samples, { planeIndex, format: "f32-planar" });
      channels.push(samples);
    }
    this.events.loudness(rms(channels[0]));
    if (!this.running || data.sampleRate !== RATE) return;
    this.#look();
    this.#tell(
      { type: "push", time_us: data.timestamp, channels },
      channels.map((samples) => samples.buffer),
    );
    this.events.ready(data.timestamp);
  }

  #look(): void {
    if (this.running && this.#context) this.#tie.add(performance.now(), this.#context.currentTime * 1_000);
  }

  #reschedule(): void {
    const apart_ms = this.#tie.apart_ms;
    if (this.#delay_ms === null || apart_ms === null) return;
    this.#tell({ type: "schedule", delay_ms: this.#delay_ms - apart_ms });
  }

  #tell(message: ToSpeaker, transfer: Transferable[] = []): void {
    this.#node?.port.postMessage(message, transfer);
  }

  #stop(): void {
    const decoder = this.#decoder;
    this.#decoder = null;
    this.#feed = null;
    if (decoder && decoder.state !== "closed") decoder.close();
  }
}

function rms(samples: Float32Array | undefined): number {
  if (samples === undefined || samples.length === 0) return 0;
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / samples.length);
}

/** RMS to what a meter shows: −54 dB is nothing, −6 dB is full. */
export function meterOf(rms: number): number {
  if (rms <= 0) return 0;
  return Math.max(0, Math.min(1, (20 * Math.log10(rms) + 54) / 48));
}
