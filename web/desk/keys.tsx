/**
 * The desk's keys, folded away until asked for.
 * It decides nothing: key.ts does. The desk's page shows it under the card.
 */
import { deskWords as words } from "../words/en/desk";

export function Keys() {
  return (
    <details class="keys">
      <summary>{words.keys.title}</summary>
      <dl>
        {words.keys.rows.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              {key.split(" ").map((one) => (
                <kbd key={one}>{one}</kbd>
              ))}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
