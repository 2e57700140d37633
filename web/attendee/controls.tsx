// The strip below the picture: sound, volume, sound only, fullscreen on the left; ask and tip on the right.
// It keeps the choices of volume and picture for the next visit. The attendee's page shows it, also in fullscreen.

import { useEffect, useState } from "preact/hooks";
import type { RoomClient } from "../connection/client";
import { Icon, type IconName } from "../parts/icon";
import type { Player } from "../player/player";
import { words } from "../words/en";
import { choiceOf, keepChoice } from "./ticket";

export interface ControlsProps {
  readonly client: RoomClient;
  readonly player: Player;
  readonly theatre: () => HTMLElement | null;
  readonly onAsk: () => void;
  readonly onTip: () => void;
}

export function Controls({ client, player, theatre, onAsk, onTip }: ControlsProps) {
  const { media } = client.state.value;
  const silent = player.volume.value === 0;
  const full = useFullscreen();
  const able = player.state.value !== "unsupported";
  const setVolume = (volume: number) => {
    player.setVolume(volume);
    keepChoice("volume", String(volume));
    void player.resumeSound();
  };
  return (
    <div class="controls">
      {able ? (
        <>
          <Control
            icon={silent ? "muted" : "sound"}
            name={silent ? words.controls.unmute : words.controls.mute}
            onClick={() => setVolume(silent ? lastVolume() : 0)}
          />
          <input
            class="controls-volume"
            type="range"
            min={0}
            max={1}
            step={0.05}
            value={player.volume.value}
            aria-label={words.controls.volume}
            onInput={(event) => setVolume(Number(event.currentTarget.value))}
          />
          <Control
            icon={media === "audio" ? "picture" : "ear"}
            name={media === "audio" ? words.controls.withPicture : words.controls.soundOnly}
            onClick={() => choosePicture(client, media === "audio")}
          />
        </>
      ) : null}
      {document.fullscreenEnabled ? (
        <Control
          icon={full ? "shrink" : "full"}
          name={full ? words.controls.shrink : words.controls.full}
          onClick={() => (full ? document.exitFullscreen() : theatre()?.requestFullscreen())}
        />
      ) : null}
      <span class="controls-gap" />
      <button type="button" class="control control-word" onClick={onAsk}>
        <Icon name="ask" /> {words.controls.ask}
      </button>
      <button type="button" class="control control-word" onClick={onTip}>
        <Icon name="tip" /> {words.controls.tip}
      </button>
    </div>
  );
}

/** The visitor's own choice, kept for the next visit. */
export function choosePicture(client: RoomClient, picture: boolean): void {
  keepChoice("media", picture ? "video" : "audio");
  client.selectMedia(picture ? "video" : "audio");
}

function lastVolume(): number {
  const kept = Number(choiceOf("volume"));
  return kept > 0 && kept <= 1 ? kept : 1;
}

function Control({ icon, name, onClick }: { icon: IconName; name: string; onClick: () => unknown }) {
  return (
    <button type="button" class="control" title={name} onClick={onClick}>
      <Icon name={icon} />
      <span class="unseen">{name}</span>
    </button>
  );
}

function useFullscreen(): boolean {
  const [full, setFull] = useState(document.fullscreenElement !== null);
  useEffect(() => {
    const changed = () => setFull(document.fullscreenElement !== null);
    document.addEventListener("fullscreenchange", changed);
    return () => document.removeEventListener("fullscreenchange", changed);
  }, []);
  return full;
}
