/**
 * Measures how loud the host's own sound is, for the meter and for the sound's lamp.
 * It never plays or changes it. The studio's page drives it with whatever stream is chosen.
 */
import { type Signal, signal } from "@preact/signals";
import { share } from "./level";

const EVERY_MS = 60;
const HEARD_ABOVE = 0.12;

export class Loudness {
  /** 0 (silence) to 1 (as loud as it gets), on a scale of decibels; null: it cannot be measured yet. */
  readonly level: Signal<number | null> = signal(null);
  /** When something was heard last, in Unix milliseconds. */
  readonly heard_at_ms: Signal<number | null> = signal(null);
  #context: AudioContext | null = null;
  #source: MediaStreamAudioSourceNode | null = null;
  #timer: ReturnType<typeof setInterval> | null = null;

  /** Measure this stream from now on; null, or one without sound: nothing. */
  follow(stream: MediaStream | null): void {
    this.#source?.disconnect();
    this.#source = null;
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.level.value = null;
    if (stream === null || stream.getAudioTracks().length === 0) return;
    const context = this.#awake();
    const analyser = new AnalyserNode(context, { fftSize: 2048 });
    this.#source = new MediaStreamAudioSourceNode(context, { mediaStream: stream });
    this.#source.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.#timer = setInterval(() => {
      if (context.state !== "running") return;
      analyser.getFloatTimeDomainData(samples);
      const level = share(samples);
      // Falls softly, so that the eye can follow.
      this.level.value = Math.max(level, (this.level.value ?? 0) - 0.06);
      if (level > HEARD_ABOVE) this.heard_at_ms.value = Date.now();
    }, EVERY_MS);
  }

  #awake(): AudioContext {
    if (this.#context === null) {
      const context = new AudioContext();
      this.#context = context;
      // Browsers may hold it until the page is touched.
      const wake = (): void => void context.resume();
      for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, wake, { once: true });
      wake();
    }
    return this.#context;
  }
}
