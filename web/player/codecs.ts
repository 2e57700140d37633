// What this browser can decode, and decoder configurations made from the ones that feeds name.
// It decides nothing about playing; the player and the pages' hello ask it.

import type { Feed } from "../wire/message";

const PROBES: readonly { readonly family: string; readonly probe: () => Promise<boolean> }[] = [
  { family: "avc1.42e01f", probe: () => picture("avc1.42e01f") },
  { family: "vp8", probe: () => picture("vp8") },
  { family: "opus", probe: sound },
];

/** WebCodecs is there: a modern browser, and a secure context (https, localhost). */
export function hasWebCodecs(): boolean {
  return "VideoDecoder" in globalThis && "AudioDecoder" in globalThis;
}

/** Codec families this browser can decode, for `hello.accept`; empty where there is no WebCodecs. */
export async function supportedCodecs(): Promise<string[]> {
  if (!hasWebCodecs()) return [];
  const able = await Promise.all(PROBES.map(({ probe }) => probe().catch(() => false)));
  return PROBES.filter((_, index) => able[index]).map(({ family }) => family);
}

async function picture(codec: string): Promise<boolean> {
  return (await VideoDecoder.isConfigSupported({ codec, optimizeForLatency: true })).supported === true;
}

async function sound(): Promise<boolean> {
  const config = { codec: "opus", sampleRate: 48_000, numberOfChannels: 2 };
  return (await AudioDecoder.isConfigSupported(config)).supported === true;
}

export function pictureConfig({ config }: Feed): VideoDecoderConfig {
  const { codec, codedWidth, codedHeight } = config;
  return {
    codec,
    optimizeForLatency: true,
    ...(codedWidth && codedHeight ? { codedWidth, codedHeight } : {}),
    ...(config.description ? { description: fromBase64(config.description) } : {}),
  };
}

export function soundConfig({ config }: Feed): AudioDecoderConfig {
  return {
    codec: config.codec,
    sampleRate: config.sampleRate ?? 48_000,
    numberOfChannels: config.numberOfChannels ?? 2,
    ...(config.description ? { description: fromBase64(config.description) } : {}),
  };
}

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
