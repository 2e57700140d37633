// When things last happened in a room, on the page's clock, from one state of it to the next: pure.
// It makes no words; the state line asks how long ago each moment was. `useMoments` keeps them for a component.

import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { RoomClient } from "../connection/client";
import type { RoomState } from "../connection/room";
import type { Moments } from "./scene";

export const NEVER: Moments = { cut_ms: null, moving_ms: null, moved_ms: null, notice_ms: null };

/** The moments after `next` followed on `before`. */
export function momentsAfter(moments: Moments, before: RoomState, next: RoomState, now_ms: number): Moments {
  const entered = next.entered && !before.entered;
  const cut = next.rung !== before.rung || next.source !== before.source;
  const shown = entered ? next.rung !== "main" : cut;
  const noticed = next.notices.at(-1) !== before.notices.at(-1) && next.notices.length > 0 && !entered;
  return {
    cut_ms: shown ? now_ms : moments.cut_ms,
    moving_ms: next.moved === before.moved ? moments.moving_ms : next.moved === null ? null : now_ms,
    moved_ms: next.room !== before.room && next.movedFrom !== null ? now_ms : moments.moved_ms,
    notice_ms: noticed ? now_ms : moments.notice_ms,
  };
}

/** A box with the room's moments, kept up to date; reading it draws nothing. */
export function useMoments(client: RoomClient): { readonly current: Moments } {
  const box = useRef<Moments>(NEVER);
  useEffect(() => {
    let before = client.state.peek();
    return effect(() => {
      const next = client.state.value;
      box.current = momentsAfter(box.current, before, next, performance.now());
      before = next;
    });
  }, [client]);
  return box;
}
