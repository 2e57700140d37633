// The page of those who are not in the room any more: what happened, until when, whom to ask.
// It reconnects nothing by itself; coming back is the visitor's own step. The attendee's page shows it.

import type { Phase, RoomState } from "../connection/room";
import { words } from "../words/en";

type Closed = Extract<Phase, { name: "closed" }>;

export function Gone({ phase, room, host }: { phase: Closed; room: RoomState; host: string }) {
  const { title, lines, back } = said(phase, room, host);
  return (
    <main class="before">
      <div class="before-card" role="alert">
        <h1>{title}</h1>
        {lines.filter(Boolean).map((line) => (
          <p key={line}>{line}</p>
        ))}
        {back ? (
          <button type="button" class="button" onClick={() => location.reload()}>
            {back}
          </button>
        ) : null}
      </div>
    </main>
  );
}

interface Said {
  readonly title: string;
  readonly lines: readonly string[];
  readonly back?: string;
}

function said(phase: Closed, room: RoomState, host: string): Said {
  const gone = words.gone;
  switch (phase.why) {
    case "banned":
    case "kicked": {
      const until = untilOf(phase, room);
      const lines = [
        gone.byTeam,
        until ? gone.until(until) : phase.why === "banned" ? gone.forever : "",
        gone.whom(host),
      ];
      return phase.why === "banned"
        ? { title: gone.bannedTitle, lines, ...(until ? { back: gone.back } : {}) }
        : { title: gone.kickedTitle, lines, back: gone.back };
    }
    case "ended":
      return { title: gone.endedTitle, lines: [room.eventReason || gone.ended] };
    case "expired":
      return { title: gone.expiredTitle, lines: [gone.expired] };
    case "forbidden":
      return { title: gone.forbiddenTitle, lines: [phase.reason || gone.forbidden] };
    case "unknown_room":
      return { title: gone.unknownTitle, lines: [gone.unknown] };
    case "too_many":
      return { title: gone.fullTitle, lines: [gone.full], back: gone.reload };
    default:
      return { title: gone.protocolTitle, lines: [phase.reason, gone.protocol], back: gone.reload };
  }
}

const UNTIL = new Intl.DateTimeFormat("en-GB", {
  weekday: "short",
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});

/** From the room's entry, or from the close reason, which carries the same moment. */
function untilOf(phase: Closed, room: RoomState): string | null {
  const at = room.removal?.until ?? /\d{4}-\d\d-\d\dT[\d:.]+Z/.exec(phase.reason)?.[0] ?? null;
  if (at === null) return null;
  const time = Date.parse(at);
  return Number.isNaN(time) ? null : `after ${UNTIL.format(time)}`;
}
