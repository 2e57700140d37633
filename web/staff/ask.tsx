/**
 * Asks once before something that the whole room feels, and says what it will do.
 * It never acts: whoever shows it is told of the answer. The studio and the desk show it.
 */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { staffWords } from "../words/en/staff";

export interface Question {
  readonly title: string;
  readonly text: string;
  readonly confirm: string;
  readonly danger?: boolean;
  readonly onConfirm: () => void;
}

export function Ask({
  question,
  onClose,
  children,
}: {
  question: Question;
  onClose: () => void;
  children?: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  const answer = (event: Event): void => {
    event.preventDefault();
    question.onConfirm();
    onClose();
  };
  return (
    <dialog ref={dialog} class="asking" aria-labelledby="ask-title" aria-describedby="ask-text" onClose={onClose}>
      <form method="dialog" onSubmit={answer}>
        <h2 id="ask-title">{question.title}</h2>
        <p id="ask-text">{question.text}</p>
        {children}
        <div class="ask-buttons">
          <button type="button" class="button" onClick={onClose}>
            {staffWords.cancel}
          </button>
          <button type="submit" class={question.danger ? "button danger" : "button main"}>
            {question.confirm}
          </button>
        </div>
      </form>
    </dialog>
  );
}
