// A name as the room sees it, with the badge of staff: icon and word, given by the server's role and by nothing else.
// It never reads a role out of a name. Chat and questions show it.

import type { Person } from "../wire/message";
import { words } from "../words/en";
import { Icon } from "./icon";
import "./person.css";

export function PersonName({ person }: { person: Person }) {
  const badge = words.roles[person.role];
  return (
    <span class="person">
      <b class="person-name">{person.name}</b>
      {badge ? (
        <span class="person-badge">
          <Icon name="shield" size={12} />
          {badge}
        </span>
      ) : null}
    </span>
  );
}
