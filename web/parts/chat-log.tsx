// The room's conversation, oldest first: it follows the newest line, but keeps its place when one has scrolled up.
// It never sends and never hides: what is withdrawn says so. Text is shown as text.

import { Component } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Line, Pending } from "../connection/room";
import { words } from "../words/en";
import { Icon } from "./icon";
import { money } from "./money";
import { PersonName } from "./person";
import "./chat-log.css";

const NEAR_PX = 48;
/** One person's lines within this time stand under one name. */
const TOGETHER_MS = 180_000;

export interface ChatLogProps {
  readonly lines: readonly Line[];
  readonly pending: readonly Pending[];
  readonly you: string | null;
  readonly yourName: string;
}

export function ChatLog({ lines, pending, you, yourName }: ChatLogProps) {
  const list = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const seen = useRef<string | null>(null);
  const measured = useRef("");
  const [fresh, setFresh] = useState(0);
  const shown = lines.filter(isShown);
  const waiting = pending.filter((one) => one.type === "chat.send");
  const newest = shown.at(-1)?.line ?? null;

  const toEnd = () => {
    const element = list.current;
    if (element) element.scrollTop = element.scrollHeight;
    follows.current = true;
    seen.current = newest;
    setFresh(0);
  };

  useLayoutEffect(() => {
    if (follows.current) toEnd();
    else setFresh(freshSince(shown, seen.current));
  }, [newest, waiting.length]);

  // The window changes size (a keyboard opens): whoever was at the end stays there.
  useLayoutEffect(() => {
    const element = list.current;
    if (element === null) return undefined;
    const watcher = new ResizeObserver(() => {
      measured.current = sizeOf(element);
      if (follows.current) element.scrollTop = element.scrollHeight;
    });
    watcher.observe(element);
    return () => watcher.disconnect();
  }, []);

  const scrolled = () => {
    const element = list.current;
    if (element === null) return;
    // A window that changes its size scrolls by itself: that is nobody's wish to look back.
    const size = sizeOf(element);
    if (size !== measured.current) {
      measured.current = size;
      if (follows.current) toEnd();
      return;
    }
    const near = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX;
    if (near) {
      follows.current = true;
      seen.current = newest;
      setFresh(0);
    } else if (follows.current) {
      follows.current = false;
      seen.current = newest;
    }
  };

  return (
    <div class="chat-log">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <div class="chat-lines" ref={list} onScroll={scrolled} role="log" aria-label={words.chat.label} tabIndex={0}>
        {shown.length + waiting.length === 0 ? <p class="chat-empty soft">{words.chat.empty}</p> : null}
        {shown.map((line, at) => (
          <Row key={line.line} line={line} before={shown[at - 1] ?? null} you={you} />
        ))}
        {waiting.map((one) => (
          <div key={one.key} class="chat-row chat-waiting">
            <b class="person-name">{yourName}</b>
            <p class="chat-text">{one.text}</p>
            <small>
              <Icon name="clock" size={12} /> {one.state === "held" ? words.chat.held : words.chat.sending}
            </small>
          </div>
        ))}
      </div>
      {fresh > 0 ? (
        <button type="button" class="chat-fresh" onClick={toEnd} aria-label={words.chat.freshLabel(fresh)}>
          {words.chat.fresh(fresh)} <Icon name="down" size={16} />
        </button>
      ) : null}
    </div>
  );
}

type QuestionLine = Extract<Line, { type: "question" }>;

interface RowProps {
  readonly line: Line;
  readonly before: Line | null;
  readonly you: string | null;
}

/** Five hundred of these stand at once; each is drawn again only when its own line changes. */
class Row extends Component<RowProps> {
  override shouldComponentUpdate(next: RowProps): boolean {
    return (
      next.line !== this.props.line || next.before?.line !== this.props.before?.line || next.you !== this.props.you
    );
  }

  override render({ line, before, you }: RowProps) {
    const carriedEnds = before?.carried === true && line.carried !== true;
    const carriedBegins = line.carried === true && before?.carried !== true;
    return (
      <>
        {carriedBegins || carriedEnds ? <hr class="chat-seam" aria-label={words.chat.carried} /> : null}
        {carriedBegins ? <p class="chat-said">{words.chat.carried}</p> : null}
        {body(line, before, you)}
      </>
    );
  }
}

function body(line: Line, before: Line | null, you: string | null) {
  switch (line.type) {
    case "chat":
      return (
        <div class={`chat-row${line.from.id === you ? " chat-own" : ""}`}>
          {together(line, before) ? null : <Head line={line} person={line.from} />}
          <Words line={line} />
        </div>
      );
    case "question":
      return line.state === "answered" && !line.withdrawn ? <Answer line={line} /> : <Asked line={line} />;
    case "tip":
      return (
        <div class="chat-row chat-card chat-tip">
          <div class="chat-head">
            <Icon name="tip" size={16} />
            <PersonName person={line.from} /> <span>{words.chat.tipped}</span>
            <b>{money(line.amount, line.currency)}</b>
          </div>
          {line.text && !line.withdrawn ? <p class="chat-text">{line.text}</p> : null}
        </div>
      );
    case "notice":
      return (
        <p class={`chat-said chat-notice ${line.severity ?? "info"}`}>
          <Icon name={line.severity === "info" || !line.severity ? "info" : "warn"} size={16} />
          <span>{line.text}</span>
        </p>
      );
    case "moderated":
      return <p class="chat-said">{line.action === "ban" ? words.chat.ban(line.name) : words.chat.kick(line.name)}</p>;
    case "event":
      return <p class="chat-said">{[words.chat.states[line.state], line.reason].filter(Boolean).join(". ")}</p>;
    default:
      return null;
  }
}

function Asked({ line }: { line: QuestionLine }) {
  return (
    <div class="chat-row chat-card">
      <Head line={line} person={line.from} said={words.chat.asks} />
      <Words line={line} />
    </div>
  );
}

/** The log says a question again when it is answered: then it is the answer that is news. */
function Answer({ line }: { line: QuestionLine }) {
  return (
    <div class="chat-row chat-card">
      <Head line={line} person={line.answered_by ?? line.from} said={words.chat.answers(line.from.name)} />
      <p class="chat-text chat-quote">{line.text}</p>
      <p class="chat-text">{line.answer}</p>
    </div>
  );
}

function Words({ line }: { line: Line & { readonly text: string } }) {
  if (line.withdrawn) return <p class="chat-text chat-removed">{words.chat.removed}</p>;
  return <p class="chat-text">{line.text}</p>;
}

function Head({
  line,
  person,
  said,
}: {
  line: Line;
  person: Parameters<typeof PersonName>[0]["person"];
  said?: string;
}) {
  return (
    <div class="chat-head">
      <PersonName person={person} />
      {said ? <span class="soft">{said}</span> : null}
      <time class="chat-time" dateTime={line.at}>
        {clock(line.at)}
      </time>
    </div>
  );
}

function sizeOf(element: HTMLElement): string {
  return `${element.clientWidth} ${element.clientHeight}`;
}

function isShown(line: Line): boolean {
  if (line.type === "moderated") return line.action === "kick" || line.action === "ban";
  if (line.type === "event") return line.state !== "scheduled";
  return line.type === "chat" || line.type === "tip" || line.type === "notice" || line.type === "question";
}

function together(line: Line, before: Line | null): boolean {
  if (line.type !== "chat" || before?.type !== "chat" || line.carried !== before.carried) return false;
  return line.from.id === before.from.id && Date.parse(line.at) - Date.parse(before.at) < TOGETHER_MS;
}

function freshSince(shown: readonly Line[], seen: string | null): number {
  const at = seen === null ? -1 : shown.findIndex((line) => line.line === seen);
  return shown.length - 1 - at;
}

const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

function clock(at: string): string {
  const time = Date.parse(at);
  return Number.isNaN(time) ? "" : CLOCK.format(time);
}
