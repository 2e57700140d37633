/**
 * Keeps a list at its newest line while its reader is there, and in its place when they have scrolled up.
 * It never loads or drops lines; it counts what came meanwhile. The desk's queue uses it.
 */
import { type Signal, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

const NEAR_PX = 48;

export interface Stick {
  readonly list: RefObject<HTMLDivElement | null>;
  /** How many lines have come since the reader scrolled up. */
  readonly fresh: Signal<number>;
  readonly onScroll: () => void;
  readonly toEnd: () => void;
}

/** `lines` are the list's, by id, oldest first; another `subject` (a filter, a room) starts at the end again. */
export function useStick(lines: readonly string[], subject: string): Stick {
  const list = useRef<HTMLDivElement>(null);
  const stuck = useRef(true);
  const seen = useRef({ newest: null as string | null, subject });
  const fresh = useSignal(0);
  const newest = lines.at(-1) ?? null;
  const reached = (): void => {
    stuck.current = true;
    seen.current = { newest, subject };
    fresh.value = 0;
  };
  const toEnd = (): void => {
    reached();
    list.current?.scrollTo({ top: list.current.scrollHeight });
  };
  const onScroll = (): void => {
    const shown = list.current;
    if (shown === null) return;
    if (shown.scrollHeight - shown.scrollTop - shown.clientHeight < NEAR_PX) reached();
    else stuck.current = false;
  };
  useLayoutEffect(() => {
    if (stuck.current || seen.current.subject !== subject) toEnd();
    else fresh.value = freshSince(lines, seen.current.newest);
  }, [newest, subject]);
  return { list, fresh, onScroll, toEnd };
}

/** How many lines stand after the one seen last. A full list is no longer with each that comes; seen last may be gone. */
export function freshSince(lines: readonly string[], seen: string | null): number {
  return lines.length - 1 - (seen === null ? -1 : lines.lastIndexOf(seen));
}
