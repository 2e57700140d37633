// What lies over the picture, or stands where it would be: waiting, sound only, slate, break, ended, and small badges.
// It decides nothing; `sceneOf` does. The attendee's page lays it over the stage.

import type { RoomClient } from "../connection/client";
import { Icon } from "../parts/icon";
import { Meter } from "../parts/meter";
import { hasWebCodecs } from "../player/codecs";
import type { Player } from "../player/player";
import { words } from "../words/en";
import { choosePicture } from "./controls";
import { Questions } from "./questions";
import { type AudioChoice, countdown, type Scene } from "./scene";

export interface SceneryProps {
  readonly scene: Scene;
  readonly client: RoomClient;
  readonly player: Player;
  readonly host: string;
  readonly startsAt: string | null;
  readonly now_ms: number;
  /** What the slate says of where one is; elsewhere it stands on the stage. */
  readonly badge: string | null;
}

export function Scenery({ scene, client, player, host, startsAt, now_ms, badge }: SceneryProps) {
  switch (scene.is) {
    case "waiting":
      return <Waiting startsAt={startsAt} now_ms={now_ms} />;
    case "audio":
      return <AudioOnly client={client} player={player} host={host} by={scene.by} />;
    case "slate":
      return <Slate client={client} text={scene.text} badge={badge} />;
    case "break":
      return <Card title={words.scene.break} text={scene.text || words.scene.breakHint} />;
    case "ended":
      return <Card title={words.scene.ended} text={scene.text || words.scene.endedHint} />;
    case "unsupported":
      return (
        <Card
          title={words.scene.unsupported}
          text={hasWebCodecs() || isSecureContext ? words.scene.unsupportedWhy : words.scene.insecure}
        />
      );
    case "live":
      return player.hasPicture.value || player.painting.value ? null : <Loading />;
  }
}

function Card({ title, text }: { title: string; text: string }) {
  return (
    <div class="scene scene-card">
      <h2>{title}</h2>
      <p>{text}</p>
    </div>
  );
}

function Loading() {
  return (
    <div class="scene scene-loading">
      <p>{words.scene.loading}</p>
    </div>
  );
}

function Waiting({ startsAt, now_ms }: { startsAt: string | null; now_ms: number }) {
  const left_ms = startsAt === null ? null : Date.parse(startsAt) - now_ms;
  if (left_ms !== null && left_ms > 0) {
    return (
      <div class="scene scene-card">
        <p>{words.scene.startsIn}</p>
        <p class="scene-clock" role="timer">
          {countdown(left_ms)}
        </p>
        <p>{words.scene.waitingHint}</p>
      </div>
    );
  }
  return (
    <div class="scene scene-card">
      <h2>{words.scene.waiting}</h2>
      <p>{words.scene.waitingHint}</p>
    </div>
  );
}

function AudioOnly({
  client,
  player,
  host,
  by,
}: Pick<SceneryProps, "client" | "player" | "host"> & { by: AudioChoice }) {
  const cut = client.state.value.cut;
  const reason = by === "you" || by === "host" ? "" : cut?.words || cut?.reason || "";
  const who = words.scene.audioBy[by];
  return (
    <div class="scene scene-audio">
      <div class="scene-still" aria-hidden="true">
        {[...host][0]?.toUpperCase() ?? ""}
      </div>
      <h2>{host || words.scene.audio}</h2>
      <p class="scene-tag">
        <Icon name="ear" size={16} /> {words.scene.audio}
      </p>
      <Meter level={player.level} label={words.scene.soundLevel} />
      <p>{[reason, who].filter(Boolean).join(" ")}</p>
      {by === "you" ? (
        <button type="button" class="button on-stage" onClick={() => choosePicture(client, true)}>
          <Icon name="picture" /> {words.scene.pictureBack}
        </button>
      ) : null}
    </div>
  );
}

function Slate({ client, text, badge }: { client: RoomClient; text: string; badge: string | null }) {
  return (
    <div class="scene scene-slate">
      <div class="slate-words">
        {badge ? (
          <p class="stage-badge">
            <Icon name="info" size={16} /> {badge}
          </p>
        ) : null}
        <h2>{text}</h2>
        <p>{words.scene.slateHint}</p>
      </div>
      <Questions client={client} closed={null} />
    </div>
  );
}
