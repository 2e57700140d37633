// The line one writes into: Enter sends, Shift-Enter breaks the line, the draft outlives a reload, refusals are said.
// It never loses text: what was refused comes back into it. Attendee's page and question forms show it.

import { useEffect, useRef, useState } from "preact/hooks";
import { Rejected } from "../connection/client";
import { words } from "../words/en";
import { Icon } from "./icon";
import "./composer.css";

export interface ComposerProps {
  readonly label: string;
  readonly placeholder: string;
  readonly sendLabel: string;
  readonly max: number;
  /** Why nobody may write now; null: they may. */
  readonly closed: string | null;
  readonly hint?: string | null;
  readonly draft: string;
  readonly onDraft: (text: string) => void;
  /** Rejects with `Rejected` where it was turned down. */
  readonly onSend: (text: string) => Promise<unknown>;
}

export function Composer({ label, placeholder, sendLabel, max, closed, hint, draft, onDraft, onSend }: ComposerProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState(draft);
  const [fault, setFault] = useState<string | null>(null);
  const left_s = useCountdown(fault);
  const over = [...text].length - max;

  const change = (next: string) => {
    setText(next);
    onDraft(next);
  };

  const send = () => {
    const said = text.trim();
    if (said === "" || over > 0 || closed !== null || left_s.value > 0) return;
    change("");
    setFault(null);
    field.current?.focus();
    onSend(said).catch((why: unknown) => {
      setText((now) => (now === "" ? said : now));
      if (!(why instanceof Rejected)) throw why;
      setFault(why.code === "unknown" ? why.message : `${words.chat.failed} ${why.message}`);
      left_s.start(why.retryAfter_s ?? 0);
    });
  };

  useEffect(() => grow(field.current), [text]);

  const said =
    over > 0
      ? words.chat.tooLong(over)
      : left_s.value > 0
        ? words.chat.slowLeft(left_s.value)
        : (fault ?? hint ?? null);
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div class="composer-row">
        <textarea
          ref={field}
          class="input"
          rows={1}
          value={closed === null ? text : ""}
          aria-label={label}
          placeholder={closed ?? placeholder}
          disabled={closed !== null}
          enterkeyhint="send"
          onInput={(event) => change(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            send();
          }}
        />
        <button
          type="submit"
          class="button main icon-only"
          disabled={closed !== null || text.trim() === "" || over > 0 || left_s.value > 0}
        >
          <Icon name="send" />
          <span class="unseen">{sendLabel}</span>
        </button>
      </div>
      <p class={fault || over > 0 ? "composer-hint composer-fault" : "composer-hint"} role="status">
        {said}
      </p>
    </form>
  );
}

/** Grows with its text, up to five lines. */
function grow(field: HTMLTextAreaElement | null): void {
  if (field === null) return;
  field.style.height = "auto";
  field.style.height = `${Math.min(field.scrollHeight + 2, 132)}px`;
}

/** Seconds that are left after a refusal with a time to wait. */
function useCountdown(fault: string | null): { value: number; start: (span_s: number) => void } {
  const [left_s, setLeft] = useState(0);
  useEffect(() => {
    if (left_s <= 0) return undefined;
    const timer = setTimeout(() => setLeft(left_s - 1), 1_000);
    return () => clearTimeout(timer);
  }, [left_s, fault]);
  return { value: left_s, start: (span_s) => setLeft(Math.ceil(span_s)) };
}
