/**
 * The field in which one of the staff answers a question; Escape lets go of it, Ctrl-Enter sends.
 * It never sends by itself: it tells what was written, or null for nothing. Desk and studio show it.
 */
import { useSignal } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import { staffWords } from "../words/en/staff";

const TEXT_MAX = 1_000;

export function AnswerForm({ to, onAnswer }: { to: string; onAnswer: (text: string | null) => void }) {
  const text = useSignal("");
  const field = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  useEffect(() => field.current?.focus(), []);
  const send = (): void => {
    if (text.value.trim() !== "") onAnswer(text.value.trim());
  };
  return (
    <form
      class="answer"
      onSubmit={(submit) => {
        submit.preventDefault();
        send();
      }}
      onKeyDown={(key) => {
        if (key.key === "Escape") onAnswer(null);
        else if (key.key === "Enter" && (key.ctrlKey || key.metaKey)) send();
      }}
    >
      <label class="label" for={id}>
        {staffWords.answer.label(to)}
      </label>
      <textarea
        id={id}
        ref={field}
        class="input"
        rows={2}
        maxLength={TEXT_MAX}
        value={text.value}
        onInput={(input) => {
          text.value = input.currentTarget.value;
        }}
      />
      <div class="answer-buttons">
        <button type="button" class="button" onClick={() => onAnswer(null)}>
          {staffWords.cancel}
        </button>
        <button type="submit" class="button main" disabled={text.value.trim() === ""}>
          {staffWords.answer.send}
        </button>
      </div>
    </form>
  );
}
