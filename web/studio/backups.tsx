/**
 * The ladder drawn top to bottom, each rung with its verdict and where the room is; under it the wheel.
 * It never moves the room: it asks once, and sends what was confirmed. The studio's page shows it.
 */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Line } from "../connection/room";
import { Icon, type IconName } from "../parts/icon";
import { Ask, type Question } from "../staff/ask";
import { clock } from "../staff/clock";
import { spanOf, timeOf } from "../staff/span";
import { Mark, type Tone } from "../staff/tone";
import type { EventState, Health, RungKind, Verdict } from "../wire/message";
import { staffWords } from "../words/en/staff";
import { studioWords as words } from "../words/en/studio";
import { answerOf, type Decree, decreeOf, type LadderRow, ladderOf, type Said, sayingOf } from "./ladder";

const TONES: Readonly<Record<Verdict, Tone>> = { healthy: "good", suspect: "warn", failed: "bad", unknown: "idle" };
const ICONS: Readonly<Record<RungKind, IconName>> = {
  main: "camera",
  standby: "picture",
  audio: "ear",
  replay: "play",
  slate: "ask",
  backup_room: "link",
};
const VETO_S = 60;
const STEPS_SHOWN = 6;

export type Decide = (
  command:
    | { type: "contingency.force"; fields: { rung: RungKind } }
    | { type: "contingency.pin"; fields: { rung: RungKind } }
    | { type: "contingency.veto"; fields: { for_s: number } }
    | { type: "contingency.release"; fields: Record<never, never> },
) => Promise<boolean>;

export interface BackupsProps {
  readonly plan: readonly RungKind[] | null;
  readonly health: Health | null;
  readonly rung: RungKind;
  readonly eventState: EventState;
  readonly staff: readonly Line[];
  /** Whether it was taken; what was not, the page says. */
  readonly onDecide: Decide;
}

export function Backups(props: BackupsProps) {
  const { plan, health, rung, eventState, staff } = props;
  const rows = ladderOf(plan, health, rung);
  const now_ms = clock().value;
  const decree = decreeOf(health, staff, now_ms);
  const said = useSignal<Said | null>(null);
  const answer = answerOf(said.value, staff, now_ms);
  const place = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (answer !== null) place.current?.scrollIntoView({ block: "nearest" });
  }, [answer]);
  const decide: Decide = async (command) => {
    const saying = sayingOf(staff, Date.now());
    const taken = await props.onDecide(command);
    said.value = taken ? saying : null;
    return taken;
  };
  return (
    <section class="card backups" aria-labelledby="backups">
      <h2 id="backups">{words.ladder.title}</h2>
      <p class="soft small">{backupsText(health, eventState)}</p>
      {rows.length === 0 ? <p class="soft">{words.ladder.waiting}</p> : null}
      <ol class="ladder">
        {rows.map((row) => (
          <Rung key={row.rung} row={row} live={eventState === "live"} />
        ))}
      </ol>
      {decree === null ? null : <DecreeLine decree={decree} />}
      <Timeline health={health} staff={staff} />
      <Wheel rows={rows} decree={decree} onDecide={decide} />
      <p class="answer" role="status" ref={place}>
        {answer === "sent" ? words.wheel.sent : answer}
      </p>
    </section>
  );
}

function backupsText(health: Health | null, eventState: EventState): string {
  if (health === null) return words.ladder.no_controller;
  return eventState === "live" ? words.ladder.text : words.ladder.not_armed;
}

function Rung({ row, live }: { row: LadderRow; live: boolean }) {
  return (
    <li class={row.now ? "on-rail rung now" : "on-rail rung"} aria-current={row.now ? "step" : undefined}>
      <span class="disc rung-icon">
        <Icon name={ICONS[row.rung]} />
      </span>
      <span class="rung-name">{staffWords.rung[row.rung]}</span>
      <span class="rung-state">
        {row.now ? <span class="now-tag">{live ? words.ladder.now : words.ladder.now_off}</span> : null}
        <Mark tone={TONES[row.verdict]}>{staffWords.verdict[row.verdict]}</Mark>
      </span>
      {row.why === "" || row.verdict === "healthy" ? null : <span class="rung-why small soft">{row.why}</span>}
    </li>
  );
}

function DecreeLine({ decree }: { decree: Decree }) {
  const said =
    decree.kind === "pin"
      ? words.ladder.pinned(decree.rung, decree.by)
      : words.ladder.vetoed(spanOf(decree.until_ms - clock().value), decree.by);
  return (
    <p class="decree" role="status">
      <Icon name={decree.kind === "pin" ? "pin" : "clock"} size={18} />
      <span>{said}</span>
    </p>
  );
}

/** While an incident is open, its newest steps. */
function Timeline({ health, staff }: { health: Health | null; staff: readonly Line[] }) {
  if (!health?.incident) return null;
  const steps = staff.filter((line) => line.type === "step" && line.incident === health.incident).slice(-STEPS_SHOWN);
  if (steps.length === 0) return null;
  return (
    <div class="steps">
      <h3 class="small">{words.ladder.incident}</h3>
      <ol>
        {steps.map((step) => (
          <li key={step.line} class="small">
            <time dateTime={step.at}>{timeOf(step.at, true)}</time>
            <span>{step.type === "step" ? step.text : ""}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}

function Wheel({ rows, decree, onDecide }: { rows: readonly LadderRow[]; decree: Decree | null; onDecide: Decide }) {
  const chosen = useSignal<RungKind | null>(null);
  const question = useSignal<Question | null>(null);
  const rung = chosen.value ?? rows.find((row) => row.now)?.rung ?? rows[0]?.rung;
  if (rung === undefined) return null;
  const ask = (said: { title: string; text: string; confirm: string }, onConfirm: () => void, danger = false): void => {
    question.value = { ...said, danger, onConfirm };
  };
  return (
    <details class="wheel" open>
      <summary>{words.wheel.title}</summary>
      <div class="wheel-body">
        <div class="field">
          <label for="rung">{words.wheel.rung}</label>
          <select
            id="rung"
            class="input"
            value={rung}
            onChange={(change) => {
              chosen.value = change.currentTarget.value as RungKind;
            }}
          >
            {rows.map((row) => (
              <option key={row.rung} value={row.rung}>
                {staffWords.rung[row.rung]}
              </option>
            ))}
          </select>
        </div>
        <div class="wheel-buttons">
          <button
            type="button"
            class="button"
            onClick={() =>
              ask(
                words.wheel.ask_force(rung),
                () => void onDecide({ type: "contingency.force", fields: { rung } }),
                rung === "backup_room" || rung === "slate",
              )
            }
          >
            {words.wheel.force}
          </button>
          <button
            type="button"
            class="button"
            onClick={() =>
              ask(words.wheel.ask_pin(rung), () => void onDecide({ type: "contingency.pin", fields: { rung } }))
            }
          >
            <Icon name="pin" size={18} />
            {words.wheel.pin}
          </button>
          <button
            type="button"
            class="button"
            onClick={() =>
              ask(words.wheel.ask_veto, () => void onDecide({ type: "contingency.veto", fields: { for_s: VETO_S } }))
            }
          >
            {words.wheel.veto}
          </button>
          <button
            type="button"
            class={decree === null ? "button" : "button main"}
            onClick={() =>
              ask(words.wheel.ask_release, () => void onDecide({ type: "contingency.release", fields: {} }))
            }
          >
            {words.wheel.release}
          </button>
        </div>
      </div>
      {question.value === null ? null : (
        <Ask
          question={question.value}
          onClose={() => {
            question.value = null;
          }}
        />
      )}
    </details>
  );
}
