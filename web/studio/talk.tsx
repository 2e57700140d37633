/**
 * The room's chat as the host reads it, and the line to say something; it keeps its place when one has scrolled up.
 * It never moderates. The studio's page shows it.
 */
import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Line, Pending } from "../connection/room";
import { Icon } from "../parts/icon";
import { moneyOf, timeOf } from "../staff/span";
import { staffWords } from "../words/en/staff";
import { studioWords as words } from "../words/en/studio";

const NEAR_PX = 40;

export interface TalkProps {
  readonly lines: readonly Line[];
  readonly pending: readonly Pending[];
  readonly closed: boolean;
  readonly onSay: (text: string) => void;
}

export function Talk({ lines, pending, closed, onSay }: TalkProps) {
  const list = useRef<HTMLDivElement>(null);
  const stuck = useRef(true);
  const seen = useRef(0);
  const fresh = useSignal(0);
  const shown = lines.filter((line) => line.type === "chat" || line.type === "tip" || line.type === "question");
  const said = pending.filter((one) => one.type === "chat.send");
  const toEnd = (): void => {
    list.current?.scrollTo({ top: list.current.scrollHeight });
    fresh.value = 0;
  };
  useLayoutEffect(() => {
    if (stuck.current) toEnd();
    else fresh.value += Math.max(0, shown.length - seen.current);
    seen.current = shown.length;
  }, [shown.length, said.length]);
  return (
    <section class="card talk" aria-labelledby="talk">
      <h2 id="talk">{words.chat.title}</h2>
      <div class="talk-place">
        <div
          class="talk-list"
          ref={list}
          role="log"
          aria-labelledby="talk"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
          tabIndex={0}
          onScroll={(scroll) => {
            const { scrollHeight, scrollTop, clientHeight } = scroll.currentTarget;
            stuck.current = scrollHeight - scrollTop - clientHeight < NEAR_PX;
            if (stuck.current) fresh.value = 0;
          }}
        >
          {shown.length + said.length === 0 ? <p class="soft small">{words.chat.empty}</p> : null}
          {shown.map((line) => (
            <Said key={line.line} line={line} />
          ))}
          {said.map((one) => (
            <p key={one.key} class="said pending">
              {one.text} <em class="small">{one.state === "held" ? words.chat.held : words.chat.sending}</em>
            </p>
          ))}
        </div>
        {fresh.value > 0 ? (
          <button type="button" class="button newer" onClick={toEnd}>
            {words.chat.newer(fresh.value)}
            <Icon name="down" size={16} />
          </button>
        ) : null}
      </div>
      <Composer closed={closed} onSay={onSay} />
    </section>
  );
}

function Said({ line }: { line: Line }) {
  if (line.type !== "chat" && line.type !== "tip" && line.type !== "question") return null;
  const { role, name } = line.from;
  return (
    <p class={line.withdrawn ? "said withdrawn" : `said ${line.type}`}>
      <span class="said-head small">
        <b>{name}</b>
        {role === "attendee" ? null : <span class="badge">{staffWords.role[role]}</span>}
        <time class="soft" dateTime={line.at}>
          {timeOf(line.at)}
        </time>
      </span>
      {line.type === "tip" ? <b>{words.chat.tipped(moneyOf(line.amount, line.currency))} </b> : null}
      <span>{line.withdrawn ? words.chat.deleted : line.text}</span>
    </p>
  );
}

function Composer({ closed, onSay }: { closed: boolean; onSay: (text: string) => void }) {
  const text = useSignal("");
  return (
    <form
      class="composer"
      onSubmit={(submit) => {
        submit.preventDefault();
        const said = text.value.trim();
        if (said === "") return;
        onSay(said);
        text.value = "";
      }}
    >
      <input
        class="input"
        aria-label={words.chat.say}
        placeholder={words.chat.say}
        maxLength={1000}
        autoComplete="off"
        disabled={closed}
        value={text.value}
        onInput={(input) => (text.value = input.currentTarget.value)}
      />
      <button type="submit" class="button icon-only" disabled={closed || text.value.trim() === ""}>
        <Icon name="send" />
        <span class="unseen">{words.chat.send}</span>
      </button>
    </form>
  );
}
