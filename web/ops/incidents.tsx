/**
 * Incidents, the newest first: each a timeline of what was seen, decided, done and told, and who was not reached.
 * It never judges them. The operator's page shows it.
 */
import { Icon, type IconName } from "../parts/icon";
import { afterOf, dayOf, spanOf } from "../staff/span";
import { Mark } from "../staff/tone";
import { opsWords as words } from "../words/en/ops";
import type { Incident, Step } from "./record";

const ICONS: Readonly<Record<string, IconName>> = {
  opened: "warn",
  verdict: "search",
  decided: "check",
  cut: "picture",
  moved: "link",
  notice: "mail",
  override: "pin",
  recovered: "up",
  closed: "check",
  held: "pause",
};

export function Incidents({ incidents, away }: { incidents: readonly Incident[] | null; away: boolean }) {
  return (
    <section aria-labelledby="incidents">
      <h2 id="incidents">{words.incidents.title}</h2>
      {away ? <p class="ops-note warn">{words.incidents.away(incidents !== null)}</p> : null}
      {incidents?.length === 0 ? <p class="card soft">{words.incidents.none}</p> : null}
      {(incidents ?? []).map((incident) => (
        <IncidentCard key={incident.id} incident={incident} />
      ))}
    </section>
  );
}

function IncidentCard({ incident }: { incident: Incident }) {
  const { opened_at, closed_at, steps } = incident;
  const open = closed_at === "";
  return (
    <article class={open ? "card incident open" : "card incident"} aria-label={`${incident.event} ${dayOf(opened_at)}`}>
      <header class="incident-head">
        <h3>
          {incident.room || incident.event} <span class="soft">{incident.cause.replaceAll("_", " ")}</span>
        </h3>
        {incident.drill ? <span class="badge">{words.incidents.drill}</span> : null}
        <Mark tone={open ? "bad" : "good"}>
          {open ? words.incidents.open : words.incidents.closed(spanOf(Date.parse(closed_at) - Date.parse(opened_at)))}
        </Mark>
        <time class="soft small" dateTime={opened_at}>
          {dayOf(opened_at)}
        </time>
      </header>
      <ol class="timeline" aria-label={words.incidents.timeline}>
        {steps.map((step, index) => (
          <TimelineStep key={`${step.at}-${index}`} step={step} from={opened_at} />
        ))}
      </ol>
      <Reached incident={incident} />
    </article>
  );
}

function TimelineStep({ step, from }: { step: Step; from: string }) {
  return (
    <li class={`on-rail step ${step.what}`}>
      <time class="small" dateTime={step.at}>
        {afterOf(step.at, from)}
      </time>
      <span class="disc step-icon">
        <Icon name={ICONS[step.what] ?? "dot"} size={16} />
      </span>
      <span class="step-words">
        <b>{words.incidents.steps[step.what] ?? step.what}</b> {step.text}
      </span>
    </li>
  );
}

function Reached({ incident }: { incident: Incident }) {
  const { reached, not_reached } = incident;
  if (reached === 0 && not_reached.length === 0) return <p class="small soft">{words.incidents.nobody}</p>;
  return (
    <div class="reached">
      {reached > 0 ? <Mark tone="good">{words.incidents.reached(reached)}</Mark> : null}
      {not_reached.length > 0 ? (
        <details open={not_reached.length <= 5}>
          <summary>
            <Mark tone="bad">{words.incidents.not_reached(not_reached.length)}</Mark>
          </summary>
          <ul class="small">
            {not_reached.map((one) => (
              <li key={one.address}>
                <b>{one.address}</b> {one.why}
              </li>
            ))}
          </ul>
        </details>
      ) : null}
    </div>
  );
}
