/**
 * The head of a staff page, and under it the line that is empty when the connection is well.
 * It never decides what is said there. Studio, desk and operator's page show it.
 */
import type { ComponentChildren } from "preact";
import type { Phase } from "../connection/room";
import { Icon } from "../parts/icon";
import { ThemeSwitch } from "../parts/theme";
import { staffWords } from "../words/en/staff";

export function Bar({ title, page, children }: { title: string; page: string; children?: ComponentChildren }) {
  return (
    <header class="bar">
      <div class="bar-name">
        <h1>{title || "…"}</h1>
        <span class="bar-page">{page}</span>
      </div>
      <div class="bar-side">
        {children}
        <ThemeSwitch />
      </div>
    </header>
  );
}

export function PhaseLine({ phase }: { phase: Phase }) {
  const said = phaseWords(phase);
  return (
    <div class="phase" role="status">
      {said === null ? null : (
        <p class={phase.name === "closed" ? "phase-line bad" : "phase-line"}>
          <Icon name={phase.name === "closed" ? "close" : "link"} size={18} />
          <span>{said}</span>
        </p>
      )}
    </div>
  );
}

/** What the connection's state means to whoever looks at the page; null while it is well. */
export function phaseWords(phase: Phase): string | null {
  const words = staffWords.phase;
  switch (phase.name) {
    case "live":
      return null;
    case "connecting":
      return words.connecting;
    case "reconnecting":
      return phase.fault === "yours" ? words.reconnecting_yours : words.reconnecting_ours;
    case "leaving":
      return words.leaving;
    case "closed":
      return words.closed[phase.why] ?? phase.reason;
  }
}

/** In place of a page that was opened without its link. */
export function NoPass() {
  return (
    <main class="alone">
      <h1>{staffWords.no_pass.title}</h1>
      <p>{staffWords.no_pass.text}</p>
    </main>
  );
}
