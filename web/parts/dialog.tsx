// A modal dialog with a title and a way out: the browser's own element, so focus and Escape are its affair.
// It decides nothing; its content does. Pages show it while it is open, and drop it in `onClose`.

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { words } from "../words/en";
import { Icon } from "./icon";
import "./dialog.css";

export interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

export function Dialog({ title, onClose, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog ref={element} class="dialog" aria-labelledby={id} onClose={onClose}>
      <header class="dialog-head">
        <h2 id={id}>{title}</h2>
        <button type="button" class="button quiet icon-only" onClick={() => element.current?.close()}>
          <Icon name="close" />
          <span class="unseen">{words.close}</span>
        </button>
      </header>
      {children}
    </dialog>
  );
}
