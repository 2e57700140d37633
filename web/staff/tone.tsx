/**
 * How well something is, as an icon with its word: never by colour alone.
 * It never decides how well; the pages of staff say so.
 */
import { Icon, type IconName } from "../parts/icon";

export type Tone = "good" | "warn" | "bad" | "idle" | "air";

const ICONS: Readonly<Record<Tone, IconName>> = {
  good: "check",
  warn: "warn",
  bad: "close",
  idle: "clock",
  air: "dot",
};

export function Mark({ tone, children }: { tone: Tone; children: string }) {
  return (
    <span class={`mark ${tone}`}>
      <Icon name={ICONS[tone]} size={16} />
      <span>{children}</span>
    </span>
  );
}
