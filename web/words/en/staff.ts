// What the pages of staff say in common: the connection's state, roles, rungs, verdicts.

import type { EventState, Role, RungKind, Verdict } from "../../wire/message";

export const staffWords = {
  phase: {
    connecting: "Connecting to the room…",
    reconnecting_yours: "Your connection dropped. Trying again; what you wrote is kept.",
    reconnecting_ours: "Our server went away. You are being taken to another; what you wrote is kept.",
    leaving: "No server of ours answers. You are being taken to the backup.",
    closed: {
      asked: "You have left the room.",
      kicked: "You were put out of this room.",
      banned: "You were banned from this event.",
      ended: "The event has ended.",
      expired: "Your link has expired. Ask whoever sent it for a new one.",
      unknown_room: "There is no such room here. Check the link.",
      forbidden: "This link does not open this page. Ask whoever sent it for the right one.",
      protocol: "This page and the server do not understand each other. Load the page again.",
      too_many: "You have this room open too many times. Close a tab and load this page again.",
    },
  },
  no_pass: {
    title: "This page needs its link",
    text: "It opens with the personal link that was made with the event. Follow that link again, or ask whoever sent it to you.",
  },
  role: { attendee: "Attendee", moderator: "Moderator", host: "Host", operator: "Operator" } satisfies Record<
    Role,
    string
  >,
  event: {
    scheduled: "Not open yet",
    open: "Doors open",
    live: "Live",
    break: "On a break",
    ended: "Ended",
  } satisfies Record<EventState, string>,
  rung: {
    main: "Main camera",
    standby: "Second camera",
    audio: "Sound only",
    replay: "Replay",
    slate: "Slate and questions",
    backup_room: "Backup room",
  } satisfies Record<RungKind, string>,
  verdict: { healthy: "Ready", suspect: "In doubt", failed: "Down", unknown: "Not checked" } satisfies Record<
    Verdict,
    string
  >,
  cancel: "Cancel",
  answer: {
    open: "Answer",
    label: (name: string) => `Your answer to ${name}`,
    send: "Send answer",
    failed: (reason: string) => `Your answer was not sent: ${reason}`,
  },
  failed: (reason: string) => `That did not work: ${reason}`,
  people: (count: number) => (count === 1 ? "1 person" : `${count.toLocaleString("en")} people`),
} as const;
