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

/** `count` is how many lines the list has; another `subject` (a filter, a room) starts at the end again. */
export function useStick(count: number, subject: string): Stick {
  const list = useRef<HTMLDivElement>(null);
  const stuck = useRef(true);
  const seen = useRef({ count: 0, subject });
  const fresh = useSignal(0);
  const toEnd = (): void => {
    stuck.current = true;
    fresh.value = 0;
    list.current?.scrollTo({ top: list.current.scrollHeight });
  };
  const onScroll = (): void => {
    const shown = list.current;
    if (shown === null) return;
    stuck.current = shown.scrollHeight - shown.scrollTop - shown.clientHeight < NEAR_PX;
    if (stuck.current) fresh.value = 0;
  };
  useLayoutEffect(() => {
    const before = seen.current;
    seen.current = { count, subject };
    if (stuck.current || before.subject !== subject) toEnd();
    else fresh.value += Math.max(0, count - before.count);
  }, [count, subject]);
  return { list, fresh, onScroll, toEnd };
}
