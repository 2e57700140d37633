// Decodes one picture feed at a time and keeps decoded pictures until they are painted or dropped.
// It never decides when: the playout machine does. The player drives it.

import type { Frame } from "../wire/frame";
import type { Feed } from "../wire/message";
import { pictureConfig } from "./codecs";

export interface PictureEvents {
  /** A picture lies ready. */
  ready(time_us: number): void;
  /** So many frames are left in the decoder's queue. */
  dequeued(left: number): void;
  /** The decoder gave up; it needs a new one and a key frame. */
  failed(): void;
}

export class Pictures {
  #decoder: VideoDecoder | null = null;
  readonly #ready = new Map<number, VideoFrame>();

  constructor(private readonly events: PictureEvents) {}

  decode(frame: Frame, feed: Feed, fresh: boolean): void {
    try {
      if (fresh || this.#decoder === null) this.#renew(feed);
      this.#decoder?.decode(
        new EncodedVideoChunk({ type: frame.key ? "key" : "delta", timestamp: frame.time_us, data: frame.payload }),
      );
    } catch {
      this.#fail();
    }
  }

  /** Paint it onto `canvas` (or nowhere) and forget it. Answers whether there was one. */
  paint(time_us: number, canvas: HTMLCanvasElement | null): boolean {
    const picture = this.#ready.get(time_us);
    if (picture === undefined) return false;
    this.#ready.delete(time_us);
    const context = canvas?.getContext("2d", { alpha: false });
    if (canvas && context) {
      const { displayWidth: width, displayHeight: height } = picture;
      if (canvas.width !== width || canvas.height !== height) {
        canvas.width = width;
        canvas.height = height;
      }
      context.drawImage(picture, 0, 0, width, height);
    }
    picture.close();
    return true;
  }

  drop(time_us: number): void {
    this.#ready.get(time_us)?.close();
    this.#ready.delete(time_us);
  }

  close(): void {
    this.#stop();
    for (const picture of this.#ready.values()) picture.close();
    this.#ready.clear();
  }

  /** Begin anew: with the decoder there is, which takes a fraction of the time that a new one does to get going. */
  #renew(feed: Feed): void {
    const current = this.#decoder;
    if (current && current.state !== "closed") {
      current.reset();
      current.configure(pictureConfig(feed));
      return;
    }
    const decoder = new VideoDecoder({
      output: (picture) => {
        if (this.#decoder === decoder) this.#output(picture);
        else picture.close();
      },
      error: () => {
        if (this.#decoder === decoder) this.#fail();
      },
    });
    decoder.ondequeue = () => {
      if (this.#decoder === decoder) this.events.dequeued(decoder.decodeQueueSize);
    };
    decoder.configure(pictureConfig(feed));
    this.#decoder = decoder;
  }

  #output(picture: VideoFrame): void {
    this.drop(picture.timestamp);
    this.#ready.set(picture.timestamp, picture);
    this.events.ready(picture.timestamp);
  }

  #fail(): void {
    this.#stop();
    this.events.failed();
  }

  #stop(): void {
    const decoder = this.#decoder;
    this.#decoder = null;
    if (decoder && decoder.state !== "closed") decoder.close();
  }
}
