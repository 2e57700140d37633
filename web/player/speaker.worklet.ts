// The AudioWorklet that gives sound out: a ring, pulled once for each block of the context's clock.
// It decides nothing beyond the ring and never touches shared memory: everything comes and goes by postMessage.

import { Ring } from "./ring";

export type ToSpeaker =
  | { readonly type: "push"; readonly time_us: number; readonly channels: Float32Array[] }
  | { readonly type: "schedule"; readonly delay_ms: number }
  | { readonly type: "clear" };

export interface FromSpeaker {
  readonly slack_ms: number;
  readonly underruns: number;
}

declare const sampleRate: number;
declare const currentTime: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

const REPORT_EVERY_S = 0.25;

class Speaker extends AudioWorkletProcessor {
  readonly #ring = new Ring(sampleRate);
  #reported_s = currentTime;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<ToSpeaker>) => {
      if (data.type === "push") this.#ring.push(data.time_us, data.channels);
      else if (data.type === "schedule") this.#ring.schedule(data.delay_ms);
      else this.#ring.clear();
    };
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const out = outputs[0];
    if (out) this.#ring.pull(out, currentTime * 1_000);
    if (currentTime - this.#reported_s >= REPORT_EVERY_S) {
      this.#reported_s = currentTime;
      this.port.postMessage(this.#ring.report() satisfies FromSpeaker);
    }
    return true;
  }
}

registerProcessor("speaker", Speaker);
