/**
 * What is in force in the room now: people, house rules, where the audience is, who is banned (and the way back).
 * It never changes a rule. The desk's page shows it at the top.
 */
import type { RoomState } from "../connection/room";
import { Icon } from "../parts/icon";
import { Mark } from "../staff/tone";
import { deskWords as words } from "../words/en/desk";
import { staffWords } from "../words/en/staff";

export function InForce({ state, onUnban }: { state: RoomState; onUnban: (member: string, name: string) => void }) {
  const { slowMode_s, locked, members, banned, eventState, rung } = state;
  return (
    <section class="force" aria-label={words.force.name}>
      <span class="force-item">
        <Icon name="people" size={18} />
        {members === null ? "…" : staffWords.people(members)}
      </span>
      {eventState === "live" && rung !== "main" ? <Mark tone="warn">{staffWords.rung[rung]}</Mark> : null}
      {slowMode_s > 0 ? <Mark tone="warn">{words.force.slow_mode(slowMode_s)}</Mark> : null}
      {locked ? <Mark tone="warn">{words.force.locked}</Mark> : null}
      {slowMode_s === 0 && !locked ? <span class="soft">{words.force.none}</span> : null}
      {banned.size > 0 ? (
        <details class="force-banned">
          <summary>{words.force.banned(banned.size)}</summary>
          <ul>
            {[...banned].map(([member, name]) => (
              <li key={member}>
                <span>{name}</span>
                <button type="button" class="button" onClick={() => onUnban(member, name)}>
                  {words.unban}
                </button>
              </li>
            ))}
          </ul>
        </details>
      ) : null}
    </section>
  );
}
