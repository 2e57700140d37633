// The switch between light, dark and the system's choice; theme.js applies the stored choice before the first paint.
// It never decides colours: tokens.css does. Every page shows it.

import { signal } from "@preact/signals";
import { words } from "../words/en";
import { Icon } from "./icon";

type Theme = "system" | "light" | "dark";
const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };

const stored = (): Theme => {
  const theme = document.documentElement.dataset.theme;
  return theme === "light" || theme === "dark" ? theme : "system";
};

const theme = signal<Theme>(stored());

function choose(next: Theme): void {
  theme.value = next;
  if (next === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  try {
    if (next === "system") localStorage.removeItem("theme");
    else localStorage.setItem("theme", next);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}

export function ThemeSwitch() {
  const name = words.theme[theme.value];
  return (
    <button type="button" class="button quiet icon-only" title={name} onClick={() => choose(NEXT[theme.value])}>
      <Icon name={theme.value === "system" ? "auto" : theme.value === "light" ? "sun" : "moon"} />
      <span class="unseen">{name}</span>
    </button>
  );
}
