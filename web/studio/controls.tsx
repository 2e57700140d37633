/**
 * The host's big buttons: go live, take a break, come back, end; for the standby: stand by, and stop it.
 * It never acts by itself: what would be felt by the audience is asked once. The studio's page shows it.
 */
import { useSignal } from "@preact/signals";
import { Ask, type Question } from "../staff/ask";
import type { EventState } from "../wire/message";
import { staffWords } from "../words/en/staff";
import { studioWords as words } from "../words/en/studio";
import type { Air } from "./air";

export interface ControlsProps {
  readonly air: Air;
  readonly source: "main" | "standby";
  readonly eventState: EventState;
  /** What the audience is sent now. */
  readonly programme: string | null;
  readonly members: number | null;
  readonly hasStream: boolean;
  readonly onGoLive: () => void;
  readonly onStop: () => void;
  readonly onOpen: () => void;
  readonly onResume: () => void;
  readonly onBreak: (words: string) => void;
  readonly onEnd: () => void;
}

export function Controls(props: ControlsProps) {
  const { air, source, eventState } = props;
  const question = useSignal<Question | null>(null);
  const next = useSignal("");
  const asked = question.value;
  const begins = air === "ready" || air === "refused";
  // The show is the host's to break and to end from any tab, whoever sends its picture.
  const steers = source === "main" && (!begins || eventState === "live" || eventState === "break");
  return (
    <section class="controls">
      {steers ? (
        <div class={begins ? "steering aside" : "steering"}>
          <Running {...props} onAsk={(one) => (question.value = one)} next={next} />
        </div>
      ) : null}
      {begins ? <Begin {...props} /> : null}
      {steers || begins || eventState === "ended" ? null : (
        <button
          type="button"
          class="button big"
          onClick={() =>
            (question.value = {
              ...(air === "on_air" ? words.ask_stop_on_air : words.ask_stop),
              danger: air === "on_air",
              onConfirm: props.onStop,
            })
          }
        >
          {words.stop_standing_by}
        </button>
      )}
      {asked === null ? null : (
        <Ask question={asked} onClose={() => (question.value = null)}>
          {asked.title === words.ask_break.title ? (
            <div class="field">
              <label for="next">{words.ask_break.what_next}</label>
              <input
                id="next"
                class="input"
                maxLength={200}
                placeholder={words.ask_break.placeholder}
                value={next.value}
                onInput={(input) => (next.value = input.currentTarget.value)}
              />
            </div>
          ) : null}
        </Ask>
      )}
    </section>
  );
}

/** What pressing the big button comes to. */
function beginText({ source, eventState, programme, hasStream }: ControlsProps): string {
  if (!hasStream) return words.need_picture;
  if (source !== "main") return words.stand_by_text;
  if (eventState === "break") return words.start_sending_text;
  if (eventState !== "live") return words.go_live_text;
  return programme === source ? words.go_live_taken : words.go_live_late;
}

function Begin(props: ControlsProps) {
  const { source, eventState, programme, hasStream, onGoLive, onOpen } = props;
  const main = source === "main";
  const taken = main && eventState === "live" && programme === source;
  const name = !main ? words.stand_by : eventState === "break" ? words.start_sending : words.go_live;
  return (
    <>
      <div class="begin">
        <button type="button" class={taken ? "button big" : "button main big"} disabled={!hasStream} onClick={onGoLive}>
          {name}
        </button>
        <p class="soft small">{beginText(props)}</p>
      </div>
      {main && eventState === "scheduled" ? (
        <div class="begin">
          <button type="button" class="button" onClick={onOpen}>
            {words.open_doors}
          </button>
          <p class="soft small">{words.open_doors_text}</p>
        </div>
      ) : null}
    </>
  );
}

function Running(props: ControlsProps & { onAsk: (question: Question) => void; next: { value: string } }) {
  const { air, eventState, members, onAsk, next } = props;
  const sends = air !== "ready" && air !== "refused";
  const end = (
    <button
      type="button"
      class="button big ending"
      onClick={() =>
        onAsk({
          title: words.ask_end.title,
          text: words.ask_end.text(staffWords.people(members ?? 0)),
          confirm: words.ask_end.confirm,
          danger: true,
          onConfirm: props.onEnd,
        })
      }
    >
      {words.end}
    </button>
  );
  if (eventState === "ended") return null;
  if (eventState === "break") {
    return (
      <>
        <div class="begin">
          <button type="button" class={sends ? "button main big" : "button big"} onClick={props.onResume}>
            {words.resume}
          </button>
          <p class="soft small">{sends ? words.resume_text : words.resume_elsewhere_text}</p>
        </div>
        {end}
      </>
    );
  }
  if (eventState !== "live") {
    return (
      <button type="button" class="button main big" onClick={props.onResume}>
        {words.begin}
      </button>
    );
  }
  return (
    <>
      <button
        type="button"
        class="button big"
        onClick={() => {
          next.value = "";
          onAsk({ ...words.ask_break, onConfirm: () => props.onBreak(next.value.trim()) });
        }}
      >
        {words.take_break}
      </button>
      {end}
    </>
  );
}
