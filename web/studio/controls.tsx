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
  return (
    <section class="controls">
      {air === "ready" || air === "refused" ? (
        <Begin {...props} />
      ) : source === "main" ? (
        <Running {...props} onAsk={(one) => (question.value = one)} next={next} />
      ) : eventState === "ended" ? null : (
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

function Begin({ source, eventState, hasStream, onGoLive, onOpen }: ControlsProps) {
  const main = source === "main";
  const late = main && eventState === "live";
  const text = !hasStream
    ? words.need_picture
    : late
      ? words.go_live_late
      : main
        ? words.go_live_text
        : words.stand_by_text;
  return (
    <>
      <div class="begin">
        <button type="button" class="button main big" disabled={!hasStream} onClick={onGoLive}>
          {main ? words.go_live : words.stand_by}
        </button>
        <p class="soft small">{text}</p>
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
  const { eventState, members, onAsk, next } = props;
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
          <button type="button" class="button main big" onClick={props.onResume}>
            {words.resume}
          </button>
          <p class="soft small">{words.resume_text}</p>
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
