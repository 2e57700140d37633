/**
 * Says where the host stands, in one word and one sentence, and what is being done about it.
 * It never decides where that is. The studio's page shows it above all else.
 */

import type { Publisher } from "../publish/publisher";
import { clock } from "../staff/clock";
import { Mark, type Tone } from "../staff/tone";
import type { RungKind } from "../wire/message";
import { studioWords as words } from "../words/en/studio";
import type { Air } from "./air";

const TONES: Readonly<Record<Air, Tone>> = {
  ready: "idle",
  connecting: "idle",
  waiting: "good",
  on_air: "air",
  sound_only: "air",
  backup: "good",
  off_programme: "warn",
  paused: "warn",
  lost: "bad",
  following: "warn",
  retrying: "bad",
  refused: "bad",
  ended: "idle",
};

export interface HeadlineProps {
  readonly air: Air;
  readonly source: "main" | "standby";
  readonly rung: RungKind;
  readonly programme: string | null;
  readonly live: boolean;
  /** A human holds the room where it is. */
  readonly pinned: boolean;
  readonly publisher: Publisher;
  readonly onRetry: () => void;
}

export function Headline(props: HeadlineProps) {
  const { air } = props;
  return (
    <section class={`headline ${TONES[air]}`} role="status" data-air={air}>
      <Mark tone={TONES[air]}>{words.air[air].word}</Mark>
      <p>{sentenceOf(props)}</p>
      {air === "retrying" ? (
        <button type="button" class="button" onClick={() => props.publisher.hurry()}>
          {words.try_now}
        </button>
      ) : null}
      {air === "refused" ? (
        <button type="button" class="button" onClick={props.onRetry}>
          {words.try_again}
        </button>
      ) : null}
    </section>
  );
}

function sentenceOf({ air, source, rung, programme, live, pinned, publisher }: HeadlineProps): string {
  const state = publisher.state.value;
  switch (air) {
    case "ready":
      if (!live || source !== "main") return words.air.ready.text;
      return programme === source ? words.live_from_elsewhere : words.live_without_you(rung);
    case "off_programme":
      // On its own rung and not yet sent: the room has only just begun, or has only just moved here.
      if (programme === null && rung === source) return words.soon;
      return `${words.elsewhere(rung)} ${pinned ? words.elsewhere_pinned : words.elsewhere_returns}`;
    case "retrying": {
      // The clock is read so that the sentence counts down.
      void clock().value;
      const wait_s = Math.ceil(((state.retry_at_ms ?? 0) - performance.now()) / 1_000);
      return `${words.air.retrying.text} ${words.trying_in(wait_s)}`;
    }
    case "refused":
      return refusalWords(state.refusal, source);
    default:
      return words.air[air].text;
  }
}

/** Why the picture was not taken, and what a human can do about it. */
export function refusalWords(refusal: { code: string; status: number } | null, source: "main" | "standby"): string {
  if (refusal === null) return words.air.refused.text;
  if (refusal.code === "source_taken") return words.refusal.source_taken[source];
  if (refusal.status === 401) return words.refusal.token;
  if (refusal.status === 403) return words.refusal.forbidden;
  if (refusal.status === 404) return words.refusal.not_found;
  return words.refusal.other(refusal.code);
}
