/**
 * Reads what the gateway tells the operator into values that the page can show: nodes, rooms, incidents, mail. Pure.
 * It trusts no shape: what is missing becomes empty, what is strange is left out. The operator's page calls it.
 */

export type NodeRole = "gateway" | "media" | "failover";
export const NODE_ROLES: readonly NodeRole[] = ["gateway", "media", "failover"];

export interface Node {
  readonly role: NodeRole;
  readonly url: string;
  readonly ready: boolean;
  readonly detail: string;
}

export interface Room {
  readonly room: string;
  readonly event: string;
  readonly members: number | null;
  readonly rung: string;
  readonly source: string;
  readonly state: string;
}

export interface OpsEvent {
  readonly id: string;
  readonly title: string;
  readonly host: string;
  readonly state: string;
  /** Where its audience is now. */
  readonly room: string;
}

export interface Overview {
  readonly nodes: readonly Node[];
  readonly events: readonly OpsEvent[];
  readonly rooms: readonly Room[];
}

export interface Step {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly what: string;
  readonly text: string;
}

export interface Unreached {
  readonly address: string;
  readonly why: string;
}

export interface Incident {
  readonly id: string;
  readonly event: string;
  readonly room: string;
  readonly opened_at: string;
  /** Empty while it is open. */
  readonly closed_at: string;
  readonly cause: string;
  readonly drill: boolean;
  readonly steps: readonly Step[];
  readonly reached: number;
  readonly not_reached: readonly Unreached[];
}

export interface Mail {
  readonly at: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly status: string;
  readonly lane: string;
}

type Fields = Readonly<Record<string, unknown>>;

export function overviewOf(body: unknown): Overview {
  const { nodes, events, rooms } = fieldsOf(body);
  return {
    nodes: rowsOf(nodes)
      .map((node) => ({
        role: NODE_ROLES.find((role) => role === node.role) ?? "gateway",
        url: text(node.url),
        ready: node.ready === true,
        detail: text(node.detail),
      }))
      .sort((one, other) => NODE_ROLES.indexOf(one.role) - NODE_ROLES.indexOf(other.role)),
    events: rowsOf(events).map((event) => ({
      id: text(event.id),
      title: text(event.title),
      host: text(event.host),
      state: text(event.state),
      room: text(event.room),
    })),
    rooms: rowsOf(rooms).map((room) => ({
      room: text(room.room),
      event: text(room.event),
      members: typeof room.members === "number" ? room.members : null,
      rung: text(room.rung),
      source: text(room.source),
      state: text(room.state),
    })),
  };
}

/** Incidents, the newest first; each one's steps in order of time. */
export function incidentsOf(body: unknown): readonly Incident[] {
  return rowsOf(fieldsOf(body).incidents)
    .map((incident) => ({
      id: text(incident.id),
      event: text(incident.event),
      room: text(incident.room),
      opened_at: moment(incident.opened_at),
      closed_at: moment(incident.closed_at),
      cause: text(incident.cause),
      drill: incident.drill === true || incident.drill === 1,
      steps: rowsOf(incident.steps)
        .map((step) => ({ at: moment(step.at), what: text(step.what), text: text(step.text) }))
        .sort(byMoment),
      reached: countOf(incident.reached),
      not_reached: unreachedOf(incident.not_reached),
    }))
    .sort((one, other) => Date.parse(other.opened_at) - Date.parse(one.opened_at));
}

export function mailOf(body: unknown): readonly Mail[] {
  return rowsOf(fieldsOf(body).mail).map((mail) => ({
    at: moment(mail.at),
    to: text(mail.to),
    subject: text(mail.subject),
    text: text(mail.text),
    status: text(mail.status),
    lane: text(mail.lane),
  }));
}

/** What happens in one breath, in the order in which it happens. */
const BREATH = ["opened", "verdict", "override", "held", "decided", "cut", "moved", "notice", "recovered", "closed"];

function byMoment(one: Step, other: Step): number {
  const apart_ms = Date.parse(one.at) - Date.parse(other.at);
  return apart_ms || BREATH.indexOf(one.what) - BREATH.indexOf(other.what);
}

function unreachedOf(value: unknown): Unreached[] {
  if (!Array.isArray(value)) return [];
  return value.map((one: unknown) =>
    typeof one === "string"
      ? { address: one, why: "" }
      : { address: text(fieldsOf(one).address), why: text(fieldsOf(one).why) },
  );
}

function countOf(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  return typeof value === "number" && value > 0 ? value : 0;
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function rowsOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** A moment as ISO 8601, from that or from Unix milliseconds; empty: none. */
function moment(value: unknown): string {
  const at = typeof value === "number" ? value : typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isFinite(at) ? new Date(at).toISOString() : "";
}
