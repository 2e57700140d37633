// Turns a text frame into a message: a map with a type, or nothing.
// It does not judge the fields: the gateway is ours, and readers take what they know. The connection's shell drives it.

import type { ServerMessage } from "./message";

/** The message in `text`; null for what is none. */
export function parse(text: string): ServerMessage | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  return typeof (value as { type?: unknown }).type === "string" ? (value as ServerMessage) : null;
}
