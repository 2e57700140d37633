/**
 * The studio: green room, live, backup, on one page whose parts stay where they are.
 * It never decides for the room: it shows what the room and the publisher say, and sends what the host confirms.
 * main.tsx makes its neighbours and renders it.
 */
import { type ReadonlySignal, useComputed, useSignal, useSignalEffect } from "@preact/signals";
import type { RoomClient } from "../connection/client";
import { Stage } from "../parts/stage";
import type { Player } from "../player/player";
import type { Publisher } from "../publish/publisher";
import { Bar, PhaseLine } from "../staff/bar";
import { clock } from "../staff/clock";
import { Mark } from "../staff/tone";
import type { Commands, CommandType, RungKind } from "../wire/message";
import { staffWords } from "../words/en/staff";
import { studioWords as words } from "../words/en/studio";
import { airOf, holdsTheShow } from "./air";
import { Backups } from "./backups";
import type { Capture } from "./capture";
import { Controls } from "./controls";
import { Headline } from "./headline";
import { InputChoice } from "./input";
import { cutsToSound, ladderOf } from "./ladder";
import { audienceLamp, judgedOf, pictureLamp, soundLamp } from "./lamp";
import { Lamps } from "./lamps";
import type { Loudness } from "./loudness";
import { Others } from "./others";
import { Meter, OwnPicture } from "./own";
import { Questions } from "./questions";
import { Talk } from "./talk";

export interface StudioProps {
  readonly source: "main" | "standby";
  readonly room: RoomClient;
  readonly player: Player;
  readonly publisher: Publisher;
  readonly capture: Capture;
  readonly loudness: Loudness;
  readonly plan: ReadonlySignal<readonly RungKind[] | null>;
}

export function Studio(props: StudioProps) {
  const { source, room, player, publisher, capture, loudness, plan } = props;
  const state = room.state.value;
  const publication = publisher.state.value;
  const fault = useSignal<string | null>(null);
  const since_ms = useSignal(Date.now());
  const air = useComputed(() => {
    const { eventState, source: programme, rung } = room.state.value;
    return airOf({ source, eventState, programme, rung, publication: publisher.state.value });
  });
  /** Whether it was taken. */
  const send = async <T extends CommandType>(type: T, fields: Commands[T]): Promise<boolean> => {
    fault.value = null;
    try {
      await room.send(type, fields);
      return true;
    } catch (why) {
      fault.value = staffWords.failed(why instanceof Error ? why.message : String(why));
      return false;
    }
  };

  useSignalEffect(() => loudness.follow(capture.stream.value));
  useSignalEffect(() => {
    const stream = capture.stream.value;
    if (stream === null || publisher.state.peek().name === "idle") return;
    void publisher.replace(stream);
    if (air.peek() !== "on_air" || stream.getVideoTracks().length > 0) return;
    const { health, rung } = room.state.peek();
    if (!cutsToSound(ladderOf(plan.peek(), health, rung), health)) return;
    // Where it is not taken, the plan does the same a little later.
    room.send("contingency.force", { rung: "audio" }).catch(() => undefined);
  });
  const there = useComputed(() => room.state.value.room);
  useSignalEffect(() => publisher.follow(there.value));
  useSignalEffect(() => {
    if (air.value === "ended" && publisher.state.peek().name !== "idle") publisher.stop();
  });
  const due = useComputed(() => air.value === "waiting" && room.state.value.phase.name === "live");
  useSignalEffect(() => {
    // The event begins with the host's picture, not before it. The plan may have begun it already: that is no fault.
    if (due.value) room.send("event.start", {}).catch(() => undefined);
  });
  useSignalEffect(() => {
    if (!holdsTheShow(air.value)) return;
    const stay = (leaving: BeforeUnloadEvent): void => leaving.preventDefault();
    addEventListener("beforeunload", stay);
    return () => removeEventListener("beforeunload", stay);
  });

  const goLive = (): void => {
    const stream = capture.stream.value;
    if (stream === null) return;
    since_ms.value = Date.now();
    publisher.start(stream, room.state.value.room);
  };
  const stream = capture.stream.value;
  const video = stream?.getVideoTracks()[0];
  const sound = {
    present: (stream?.getAudioTracks().length ?? 0) > 0,
    muted: capture.muted.value,
    heard_at_ms: loudness.heard_at_ms.value,
  };
  const sending = air.value !== "ready" && air.value !== "refused";

  return (
    <div class="studio">
      <Bar title={state.title} page={words.page[source]}>
        <Mark tone={state.eventState === "live" ? "air" : "idle"}>{staffWords.event[state.eventState]}</Mark>
      </Bar>
      <PhaseLine phase={state.phase} />
      <main class="studio-main">
        <div class="studio-picture">
          <Headline
            air={air.value}
            source={source}
            rung={state.rung}
            programme={state.source}
            live={state.eventState === "live"}
            pinned={Boolean(state.health?.pinned)}
            publisher={publisher}
            onRetry={goLive}
          />
          <figure class="studio-own">
            <OwnPicture capture={capture} mirrored={capture.input.value === "camera"} />
            <figcaption>{words.preview.title}</figcaption>
          </figure>
          <Meter capture={capture} loudness={loudness} />
          <Lamps
            lamps={{
              picture: pictureLamp(
                publication.name,
                publisher.flow.value,
                video !== undefined,
                judgedOf(state.health, source),
                clock().value - since_ms.value,
              ),
              sound: soundLamp(publication.name, sound, since_ms.value, clock().value),
              audience: audienceLamp(state.members, state.health),
            }}
          />
          <p class="fault" role="alert" hidden={fault.value === null}>
            {fault.value}
          </p>
          <Controls
            air={air.value}
            source={source}
            eventState={state.eventState}
            programme={state.source}
            members={state.members}
            hasStream={stream !== null}
            onGoLive={goLive}
            onStop={() => publisher.stop()}
            onOpen={() => send("event.open", {})}
            onResume={() => send("event.start", {})}
            onBreak={(text) => send("event.pause", text === "" ? {} : { text })}
            onEnd={() => send("event.end", {})}
          />
        </div>
        <div class="studio-side">
          {sending ? null : (
            <section class="card">
              <InputChoice capture={capture} />
            </section>
          )}
          <ReturnPicture player={player} dimmed={state.phase.name !== "live"} />
          {sending ? null : <Others state={state} track={video} hasSound={sound.present && !sound.muted} />}
          <Questions room={room} />
          <Backups
            plan={plan.value}
            health={state.health}
            rung={state.rung}
            eventState={state.eventState}
            staff={state.staff}
            onDecide={({ type, fields }) => send(type, fields)}
          />
          {sending ? (
            <details class="card change" open={capture.fault.value !== null}>
              <summary>{words.input.change}</summary>
              <InputChoice capture={capture} />
            </details>
          ) : null}
        </div>
        <Talk room={room} />
      </main>
    </div>
  );
}

function ReturnPicture({ player, dimmed }: { player: Player; dimmed: boolean }) {
  const said = player.state.value === "unsupported" ? words.back.no_webcodecs : words.back.nothing;
  return (
    <figure class="return">
      <Stage player={player} label={words.back.label} dimmed={dimmed}>
        {player.hasPicture.value ? null : <p class="return-empty">{said}</p>}
      </Stage>
      <figcaption>{words.back.title}</figcaption>
    </figure>
  );
}
