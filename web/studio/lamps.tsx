/**
 * The three lamps: picture, sound, audience, each an icon and a word, with what lies behind it.
 * It never measures. The studio's page shows it.
 */
import { Icon, type IconName } from "../parts/icon";
import { Mark } from "../staff/tone";
import { studioWords as words } from "../words/en/studio";
import type { Lamp } from "./lamp";

const ICONS = { picture: "picture", sound: "mic", audience: "people" } as const satisfies Record<string, IconName>;

export function Lamps({ lamps }: { lamps: Readonly<Record<keyof typeof ICONS, Lamp>> }) {
  return (
    <section class="lamps" aria-label={words.lamps}>
      {(Object.keys(ICONS) as (keyof typeof ICONS)[]).map((name) => (
        <article key={name} class={`lamp ${lamps[name].tone}`}>
          <h2>
            <Icon name={ICONS[name]} size={18} />
            {words.lamp.names[name]}
          </h2>
          <Mark tone={lamps[name].tone}>{lamps[name].word}</Mark>
          <p class="lamp-detail small soft">{lamps[name].detail}</p>
        </article>
      ))}
    </section>
  );
}
