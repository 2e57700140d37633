// A page's hold on a room: what pages may see of it (signals) and do in it (commands).
// It decides nothing: the link machine decides about the socket, the room's reducer about what is shown.
// Pages and the player use it; `openRoom` (shell.ts) makes it.

import type { ReadonlySignal } from "@preact/signals";
import type { Frame } from "../wire/frame";
import type { Ack, Backup, Commands, CommandType, Feed, Kind, Media, Reject } from "../wire/message";
import type { RoomState } from "./room";

export interface RoomOptions {
  /** A room id (`demo`, `demo.backup`). After a move the client follows by itself. */
  readonly room: string;
  /** WebSocket bases (`ws://host:port`), the one to try first in front; empty: the page's own origin. */
  readonly bases?: readonly string[];
  readonly token: string | null;
  readonly name: string | null;
  /** What to receive; `none` (the default) for pages without a picture. */
  readonly media?: Media;
  /** Codec families that the player can decode (`supportedCodecs()`); absent: whatever there is. */
  readonly accept?: readonly string[];
  /** Guests may enter: a refused or expired token is given up for a new guest's entry, once. */
  readonly guest?: boolean;
  /** The token to come back with in the next hello: store it. */
  readonly onToken?: (token: string) => void;
  /** No gateway has been reachable for as long as the plan allows. Absent: the page goes to the link. */
  readonly onLeave?: (backup: Backup) => void;
}

/** Where media goes. `reset` says that the socket is a new one: feed and cut numbers start anew. */
export interface MediaSink {
  reset(): void;
  feed(feed: Feed): void;
  frame(frame: Frame): void;
}

export interface RoomClient {
  /** All there is to show; replaced, never changed. Take slices with `computed(() => client.state.value.members)`. */
  readonly state: ReadonlySignal<RoomState>;
  /**
   * Resolves with the server's ack; rejects with `Rejected`. Commands of weight (everything but `media.*` and
   * `qoe.report`) outlive the socket: they are sent again, with the same key, until they are answered. So is what is said
   * or paid while the server can't take it.
   */
  send<T extends CommandType>(type: T, fields: Commands[T]): Promise<Ack>;
  /** What to receive from now on, on this socket and the next. */
  selectMedia(media: Media): void;
  /** A decoder failed: send again from the newest key frame. */
  refresh(kind: Kind): void;
  /** Attach the player; answers how to detach it. One sink at a time. */
  onMedia(sink: MediaSink): () => void;
  /** Leave for good. Pending commands reject with `closed`. */
  close(): void;
}

/** A command was turned down: by the server, or by us because it could not be delivered (`closed`, `undelivered`).
 * `unknown`: it may have arrived or not, and nobody can say any more. */
export class Rejected extends Error {
  readonly code: string;
  readonly field: string | undefined;
  readonly retryAfter_s: number | undefined;

  constructor(reject: Pick<Reject, "code" | "reason"> & Partial<Reject>) {
    super(reject.reason);
    this.name = "Rejected";
    this.code = reject.code;
    this.field = reject.field;
    this.retryAfter_s = reject.retry_after_s;
  }
}

export { openRoom } from "./shell";
