// Whether it was the name that kept a visitor out: then they are asked for another, not told of a fault.
// Pure; the rules for names are the server's. The attendee's page asks it once the room has closed.

import type { RoomState } from "../connection/room";

/** The server names the field that it refuses before it says why. */
const NAME = /^(hello: )?name: /;

export function nameRefused({ phase, entered }: Pick<RoomState, "phase" | "entered">): boolean {
  return phase.name === "closed" && phase.why === "protocol" && !entered && NAME.test(phase.reason);
}
