/**
 * The host's own picture as the camera gives it, and the meter of the sound under it.
 * It never sends anything. The studio's page shows it.
 */
import { type ReadonlySignal, useComputed } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../parts/icon";
import { studioWords as words } from "../words/en/studio";
import type { Capture } from "./capture";
import { levelWord } from "./level";
import type { Loudness } from "./loudness";

export function OwnPicture({ capture, mirrored }: { capture: Capture; mirrored: boolean }) {
  const video = useRef<HTMLVideoElement>(null);
  const stream = capture.stream.value;
  useEffect(() => {
    if (video.current) video.current.srcObject = stream;
  }, [stream]);
  const hasVideo = (stream?.getVideoTracks().length ?? 0) > 0;
  const empty = capture.busy.value
    ? words.preview.starting
    : stream === null
      ? words.preview.none
      : words.preview.sound_only;
  return (
    <div class="own">
      <video
        ref={video}
        class={mirrored ? "own-picture mirrored" : "own-picture"}
        hidden={!hasVideo}
        aria-label={words.preview.label}
        autoPlay
        playsInline
        muted
      />
      {hasVideo ? null : <p class="own-empty">{empty}</p>}
    </div>
  );
}

export function Meter({ capture, loudness }: { capture: Capture; loudness: Loudness }) {
  const present = (capture.stream.value?.getAudioTracks().length ?? 0) > 0;
  const muted = capture.muted.value;
  const word = useComputed(() => levelWord(loudness.level.value));
  const said = !present ? words.level.none : muted ? words.level.off : words.level[word.value];
  return (
    <div class="level-row">
      <button
        type="button"
        class="button icon-only"
        aria-pressed={muted}
        disabled={!present}
        title={muted ? words.input.unmute : words.input.mute}
        onClick={() => capture.mute(!muted)}
      >
        <Icon name={muted || !present ? "muted" : "mic"} />
        <span class="unseen">{words.input.mute}</span>
      </button>
      <Bar level={loudness.level} off={muted || !present} said={said} />
      <span class="level-word small">{said}</span>
    </div>
  );
}

/** Sixteen times a second is too often for a render: the bar is moved by hand. */
function Bar({ level, off, said }: { level: ReadonlySignal<number | null>; off: boolean; said: string }) {
  const bar = useRef<HTMLDivElement>(null);
  useEffect(
    () =>
      level.subscribe((value) => {
        bar.current?.style.setProperty("clip-path", `inset(0 ${off ? 100 : 100 - 100 * (value ?? 0)}% 0 0)`);
      }),
    [level, off],
  );
  return (
    // biome-ignore lint/a11y/useSemanticElements: the bar is moved sixteen times a second without a render
    <div
      class="level"
      role="meter"
      aria-label={words.level.name}
      aria-valuemin={0}
      aria-valuemax={1}
      aria-valuenow={off ? 0 : Math.round((level.peek() ?? 0) * 10) / 10}
      aria-valuetext={said}
    >
      <div class="level-bar" ref={bar} />
    </div>
  );
}
