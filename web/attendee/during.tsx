// During: the stage with its state line above and its controls below, the chat beside it (below it on a phone).
// It decides nothing; scene and line are pure functions of the room. The attendee's page shows it from joining on.

import { useComputed } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import type { RoomClient } from "../connection/client";
import type { RoomState } from "../connection/room";
import { ChatLog } from "../parts/chat-log";
import { Composer } from "../parts/composer";
import { Dialog } from "../parts/dialog";
import { Icon } from "../parts/icon";
import { Stage } from "../parts/stage";
import { ThemeSwitch } from "../parts/theme";
import type { Player } from "../player/player";
import { words } from "../words/en";
import { Controls } from "./controls";
import type { EventInfo } from "./event";
import { useMoments } from "./moments";
import { Notify } from "./notify";
import { Questions } from "./questions";
import { badgeOf, lineOf, sceneOf, type Watching } from "./scene";
import { Scenery } from "./scenery";
import { draftOf, keepDraft } from "./ticket";
import { TipDialog } from "./tip";

const TEXT_MAX = 1_000;
const TICK_MS = 250;

export interface DuringProps {
  readonly client: RoomClient;
  readonly player: Player;
  readonly info: EventInfo | null;
  readonly name: string;
  /** They pressed the button that is gone now: what they do next takes the focus. */
  readonly pressed: boolean;
}

export function During({ client, player, info, name, pressed }: DuringProps) {
  const page = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (pressed) focusOn(page.current);
  }, []);
  const [dialog, setDialog] = useState<"tip" | "ask" | null>(null);
  const title = useSlice(client, (room) => room.title) || info?.title || "";
  const host = useSlice(client, (room) => room.host) || info?.host || "";
  const slate = useSlice(client, (room) => room.rung === "slate" && room.eventState === "live");
  return (
    <div class={slate ? "during during-slate" : "during"} ref={page}>
      <Head client={client} title={title} />
      <main class="during-main" tabIndex={-1}>
        <Line client={client} />
        <Theatre client={client} player={player} host={host} info={info} onDialog={setDialog} />
        <section class="about">
          <h2>{title}</h2>
          <p class="soft">{host ? words.before.with(host) : ""}</p>
          {info?.notify ? <Notify event={info.id} name={name} token={client.state.peek().you?.token ?? null} /> : null}
        </section>
      </main>
      <Talk client={client} name={name} />
      {dialog === "tip" ? <TipDialog client={client} host={host} onClose={() => setDialog(null)} /> : null}
      {dialog === "ask" ? (
        <Dialog title={words.ask.title} onClose={() => setDialog(null)}>
          <Questions client={client} closed={null} />
        </Dialog>
      ) : null}
    </div>
  );
}

/** Where there is room for a keyboard, the field to write in; on a phone one would rise over the picture. */
function focusOn(page: HTMLElement | null): void {
  const field = matchMedia("(min-width: 901px)").matches ? ".talk textarea:enabled" : "";
  page?.querySelector<HTMLElement>(field || ".during-main")?.focus({ preventScroll: true });
}

function Head({ client, title }: { client: RoomClient; title: string }) {
  const members = useSlice(client, (room) => room.members);
  return (
    <header class="during-head">
      <h1 class="during-title">{title}</h1>
      {members === null ? null : (
        <p class="during-people" title={words.people(members)}>
          <Icon name="people" size={16} />
          <span class="during-count" aria-hidden="true">
            {members}
          </span>
          <span class="during-said">{words.people(members)}</span>
        </p>
      )}
      <ThemeSwitch />
    </header>
  );
}

const TONES = { info: "info", warn: "warn", bad: "warn" } as const;

/** The line above the stage, empty when all is well; a second, unseen one tells it without its running numbers. */
function Line({ client }: { client: RoomClient }) {
  const moments = useMoments(client);
  const now_ms = useTick();
  const room = client.state.value;
  const line = lineOf(room, moments.current, now_ms);
  const told = line?.text.replace(/ in \d+ s| \(\d+\)/g, "") ?? "";
  // What the stage says in large letters need not stand above it, too; it is told all the same.
  const shown = line !== null && !(line.text === room.cut?.words && (room.rung === "slate" || room.rung === "audio"));
  return (
    <div class="line-place">
      {shown ? (
        <p class={`line ${line.tone}`}>
          <Icon name={TONES[line.tone]} size={16} />
          <span>{line.text}</span>
          {line.link && /^https?:\/\//.test(line.link) ? <a href={line.link}>{line.link}</a> : null}
        </p>
      ) : null}
      <p class="unseen" aria-live="assertive">
        {told}
      </p>
    </div>
  );
}

interface TheatreProps {
  readonly client: RoomClient;
  readonly player: Player;
  readonly host: string;
  readonly info: EventInfo | null;
  readonly onDialog: (dialog: "tip" | "ask") => void;
}

function Theatre({ client, player, host, info, onDialog }: TheatreProps) {
  const element = useRef<HTMLDivElement>(null);
  const room = client.state.value;
  const watching: Watching = {
    able: player.state.value !== "unsupported",
    hasPicture: player.hasPicture.value,
    painting: player.painting.value,
  };
  const scene = sceneOf(room, watching);
  const silent = player.soundAway.value ? words.scene.soundAway : null;
  const where = badgeOf(room, watching, scene.is);
  // The slate has words of its own in that corner, and says it among them.
  const badge = silent ?? (scene.is === "slate" ? null : where);
  const away = room.phase.name === "reconnecting" || room.phase.name === "leaving";
  return (
    <div class={`theatre theatre-${scene.is}`} ref={element}>
      <Stage player={player} label={words.scene.picture(host)} dimmed={away && scene.is === "live"}>
        <Scened client={client} player={player} host={host} info={info} watching={watching} badge={where} />
        {badge ? (
          <p class="stage-badge" role={silent ? "status" : undefined}>
            <Icon name={silent ? "muted" : "info"} size={16} /> {badge}
          </p>
        ) : null}
        {player.needsGesture.value && (scene.is === "live" || scene.is === "audio") ? (
          <button type="button" class="stage-sound" onClick={() => player.resumeSound()}>
            <Icon name="sound" /> {words.controls.sound}
          </button>
        ) : null}
      </Stage>
      <Controls
        client={client}
        player={player}
        theatre={() => element.current}
        onAsk={() => onDialog("ask")}
        onTip={() => onDialog("tip")}
      />
    </div>
  );
}

function Scened(props: Omit<TheatreProps, "onDialog"> & { watching: Watching; badge: string | null }) {
  const room = props.client.state.value;
  const scene = sceneOf(room, props.watching);
  useTick(scene.is === "waiting");
  if (!room.entered) return null;
  return (
    <Scenery
      scene={scene}
      client={props.client}
      player={props.player}
      host={props.host}
      startsAt={props.info?.starts_at ?? null}
      now_ms={Date.now()}
      badge={props.badge}
    />
  );
}

function Talk({ client, name }: { client: RoomClient; name: string }) {
  const entries = useSlice(client, (room) => room.entries);
  const pending = useSlice(client, (room) => room.pending);
  const you = useSlice(client, (room) => room.you);
  const locked = useSlice(client, (room) => room.locked && room.role === "attendee");
  const slow_s = useSlice(client, (room) => room.slowMode_s);
  return (
    <section class="talk" aria-label={words.chat.title}>
      <h2 class="unseen">{words.chat.title}</h2>
      <ChatLog lines={entries} pending={pending} you={you?.id ?? null} yourName={you?.name ?? name} />
      <Composer
        label={words.chat.writeAnswer}
        placeholder={words.chat.write}
        sendLabel={words.chat.send}
        max={TEXT_MAX}
        closed={locked ? words.chat.locked : null}
        hint={slow_s > 0 ? words.chat.slow(slow_s) : null}
        draft={draftOf("chat")}
        onDraft={(text) => keepDraft("chat", text)}
        onSend={(text) => client.send("chat.send", { text })}
      />
    </section>
  );
}

/** One slice of the room: the component is drawn anew only when it changes. */
function useSlice<T>(client: RoomClient, slice: (room: RoomState) => T): T {
  return useComputed(() => slice(client.state.value)).value;
}

/** The page's clock, four times a second. */
function useTick(on = true): number {
  const [now_ms, setNow] = useState(performance.now());
  useEffect(() => {
    if (!on) return undefined;
    const timer = setInterval(() => setNow(performance.now()), TICK_MS);
    return () => clearInterval(timer);
  }, [on]);
  return now_ms;
}
