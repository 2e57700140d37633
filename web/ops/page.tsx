/**
 * The operator's page: nodes, rooms, incidents and mail of one deployment at a glance, readable on paper too.
 * It never commands anything. main.tsx makes its watch and renders it.
 */
import { Icon } from "../parts/icon";
import { Bar } from "../staff/bar";
import { clock } from "../staff/clock";
import { dayOf, spanOf } from "../staff/span";
import { Mark } from "../staff/tone";
import { opsWords as words } from "../words/en/ops";
import { staffWords } from "../words/en/staff";
import { Incidents } from "./incidents";
import { Mails } from "./mails";
import { NODE_ROLES, type Node, type NodeRole, type OpsEvent, type Room } from "./record";
import type { Watch } from "./watch";

const STALE_MS = 7_000;

export function Ops({ watch }: { watch: Watch }) {
  const overview = watch.overview.value;
  return (
    <div class="ops">
      <Bar title={words.title} page={words.page}>
        {overview === null || isStale(watch) ? null : <Summary nodes={overview.nodes} />}
        <button type="button" class="button no-print" onClick={() => print()}>
          {words.print}
        </button>
      </Bar>
      <Freshness watch={watch} />
      <main class={isStale(watch) ? "ops-main stale" : "ops-main"}>
        <div class="ops-state">
          <section aria-labelledby="nodes">
            <h2 id="nodes">{words.nodes.title}</h2>
            <div class="planes">
              {NODE_ROLES.map((role) => (
                <Plane key={role} role={role} nodes={overview?.nodes.filter((node) => node.role === role) ?? null} />
              ))}
            </div>
          </section>
          <section aria-labelledby="rooms">
            <h2 id="rooms">{words.rooms.title}</h2>
            <Rooms rooms={overview?.rooms ?? null} events={overview?.events ?? []} />
          </section>
        </div>
        <Incidents incidents={watch.incidents.value} away={watch.guards_away.value} />
        <Mails mail={watch.mail.value} />
      </main>
    </div>
  );
}

/** What is shown is from before: the gateway has not answered for a while. */
function isStale(watch: Watch): boolean {
  const at_ms = watch.answered_at_ms.value;
  return at_ms !== null && clock().value - at_ms > STALE_MS;
}

function Summary({ nodes }: { nodes: readonly Node[] }) {
  const down = nodes.filter((node) => !node.ready).length;
  if (nodes.length === 0) return null;
  return down === 0 ? (
    <Mark tone="good">{words.nodes.all_ready(nodes.length)}</Mark>
  ) : (
    <Mark tone="bad">{words.nodes.some(down, nodes.length)}</Mark>
  );
}

function Freshness({ watch }: { watch: Watch }) {
  const now_ms = clock().value;
  const at_ms = watch.answered_at_ms.value;
  const said = watch.refused.value
    ? words.refused
    : at_ms === null
      ? watch.asked.value
        ? words.never
        : null
      : now_ms - at_ms > STALE_MS
        ? words.stale(spanOf(now_ms - at_ms))
        : null;
  return (
    <>
      <div role="status">
        {said === null ? null : (
          <p class={watch.refused.value ? "phase-line bad" : "phase-line"}>
            <Icon name="warn" size={18} />
            <span>{said}</span>
          </p>
        )}
      </div>
      <p class="print-only small">{words.printed(dayOf(new Date(at_ms ?? now_ms).toISOString()))}</p>
    </>
  );
}

function Plane({ role, nodes }: { role: NodeRole; nodes: readonly Node[] | null }) {
  return (
    <article class="card plane">
      <h3>{words.nodes.planes[role]}</h3>
      <p class="small soft">{words.nodes.job[role]}</p>
      {nodes?.length === 0 ? <p class="soft">{words.nodes.none}</p> : null}
      <ul>
        {(nodes ?? []).map((node) => (
          <li key={node.url} class="node">
            <div class="node-head">
              <span class="node-url">{node.url.replace(/^https?:\/\//, "")}</span>
              <Mark tone={node.ready ? "good" : "bad"}>{node.ready ? words.nodes.ready : words.nodes.not_ready}</Mark>
            </div>
            {node.detail === "" ? null : <p class="small">{node.detail}</p>}
            <p class="node-links small no-print">
              <a href={`${node.url}/metrics`}>{words.nodes.metrics}</a>
              <a href={`${node.url}/readyz`}>{words.nodes.readiness}</a>
              {role === "gateway" ? <a href={`${node.url}/api/openapi.json`}>{words.nodes.api}</a> : null}
            </p>
          </li>
        ))}
      </ul>
    </article>
  );
}

function Rooms({ rooms, events }: { rooms: readonly Room[] | null; events: readonly OpsEvent[] }) {
  if (rooms?.length === 0) return <p class="card soft">{words.rooms.none}</p>;
  const { head } = words.rooms;
  return (
    <div class="card table-card">
      <table class="rooms">
        <thead>
          <tr>
            {Object.values(head).map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {(rooms ?? []).map((room) => (
            <RoomRow key={room.room} room={room} event={events.find((event) => event.id === room.event)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function RoomRow({ room, event }: { room: Room; event: OpsEvent | undefined }) {
  const { head } = words.rooms;
  const here = event?.room === room.room;
  const fine = room.rung === "main" || room.rung === "";
  const state = room.state in staffWords.event ? staffWords.event[room.state as keyof typeof staffWords.event] : "";
  const rung = room.rung in staffWords.rung ? staffWords.rung[room.rung as keyof typeof staffWords.rung] : "–";
  return (
    <tr>
      <th scope="row" data-head={head.room}>
        {room.room}
        {here ? <span class="badge">{words.rooms.audience_here}</span> : null}
      </th>
      <td data-head={head.event}>{event?.title ?? room.event}</td>
      <td data-head={head.state}>
        <Mark tone={room.state === "live" ? "air" : "idle"}>{state || words.rooms.unknown}</Mark>
      </td>
      <td data-head={head.people} class="number">
        {room.members ?? "–"}
      </td>
      <td data-head={head.rung}>{fine ? rung : <Mark tone="warn">{rung}</Mark>}</td>
      <td data-head={head.source}>{room.source || "–"}</td>
    </tr>
  );
}
