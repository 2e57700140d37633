/**
 * The card of one member, with what can be done about them; on a phone it lies over the queue.
 * It never acts: it tells what was pressed. The desk's page shows it.
 */
import { useSignal } from "@preact/signals";
import { Icon } from "../parts/icon";
import { money } from "../parts/money";
import { dayOf, timeOf } from "../staff/span";
import { Mark } from "../staff/tone";
import { deskWords as words } from "../words/en/desk";
import { staffWords } from "../words/en/staff";
import type { Card } from "./card";
import { WithdrawnTag } from "./row";

const SPANS: readonly { name: string; for_s: number | null }[] = [
  { name: words.card.for_good, for_s: null },
  { name: words.card.for_day, for_s: 86_400 },
  { name: words.card.for_hour, for_s: 3_600 },
];

export interface MemberCardProps {
  readonly card: Card | null;
  readonly onKick: () => void;
  readonly onBan: (for_s: number | null) => void;
  readonly onUnban: () => void;
  readonly onClose: () => void;
}

export function MemberCard({ card, onKick, onBan, onUnban, onClose }: MemberCardProps) {
  const span = useSignal(0);
  if (card === null) {
    return (
      <section class="card member empty" aria-label={words.card.name}>
        <p class="soft">{words.card.empty}</p>
      </section>
    );
  }
  const { member } = card;
  return (
    <section class="card member" aria-label={words.card.name}>
      <div class="member-head">
        <h2>{member.name}</h2>
        {card.staff && member.role ? <span class="badge">{staffWords.role[member.role]}</span> : null}
        {card.banned ? <Mark tone="bad">{words.card.banned}</Mark> : null}
        <button type="button" class="button quiet icon-only member-close" onClick={onClose}>
          <Icon name="close" />
          <span class="unseen">{words.card.close}</span>
        </button>
      </div>
      {card.staff ? (
        <p class="soft small">{words.card.staff}</p>
      ) : card.banned ? (
        <button type="button" class="button" onClick={onUnban}>
          <Icon name="undo" size={18} />
          {words.unban}
        </button>
      ) : (
        <div class="member-actions">
          <button type="button" class="button" onClick={onKick}>
            <Icon name="close" size={18} />
            {words.kick}
          </button>
          <button type="button" class="button" onClick={() => onBan(SPANS[span.value]?.for_s ?? null)}>
            <Icon name="ban" size={18} />
            {words.ban}
          </button>
          <div class="field">
            <label for="span">{words.card.for_name}</label>
            <select
              id="span"
              class="input"
              value={span.value}
              onChange={(change) => {
                span.value = Number(change.currentTarget.value);
              }}
            >
              {SPANS.map((one, index) => (
                <option key={one.name} value={index}>
                  {one.name}
                </option>
              ))}
            </select>
          </div>
        </div>
      )}
      <dl class="facts">
        <div>
          <dt>{words.card.seen}</dt>
          <dd>{card.first_at === null ? "–" : dayOf(card.first_at)}</dd>
        </div>
        <div>
          <dt>{words.card.tips}</dt>
          <dd>
            {card.tips.length === 0
              ? words.card.no_tips
              : card.tips.map((tip) => money(tip.amount, tip.currency)).join(", ")}
          </dd>
        </div>
      </dl>
      <h3>{words.card.history}</h3>
      {card.deeds.length === 0 ? <p class="soft small">{words.card.no_history}</p> : null}
      <ol class="member-list">
        {card.deeds.map((line) => (
          <li key={line.line}>
            <time class="small soft">{timeOf(line.at)}</time>
            <span>
              {line.type === "moderated"
                ? words.did[line.action](line.name, line.by.name)
                : line.type === "deleted"
                  ? words.did.deleted(member.name, line.by.name)
                  : ""}
            </span>
          </li>
        ))}
      </ol>
      <h3>{words.card.messages}</h3>
      {card.said.length === 0 ? <p class="soft small">{words.card.no_messages}</p> : null}
      <ol class="member-list">
        {card.said.map((line) => (
          <li key={line.line}>
            <time class="small soft">{timeOf(line.at)}</time>
            <span>
              {line.type === "tip" ? `${words.tipped(money(line.amount, line.currency))} ` : ""}
              <span class={line.withdrawn ? "withdrawn" : ""}>{"text" in line ? line.text : ""}</span>{" "}
              {line.withdrawn ? <WithdrawnTag tip={line.type === "tip"} /> : null}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
