// Every word of the moderators' desk, in English.

export const deskWords = {
  page: "Desk",
  page_title: (event: string) => `${event} · Desk`,

  force: {
    name: "In force now",
    none: "No house rules in force",
    slow_mode: (seconds: number) => `Slow mode: one message every ${seconds} s`,
    locked: "Room locked: only staff can write",
    people: "In the room",
    banned: (count: number) => (count === 1 ? "1 banned" : `${count} banned`),
  },

  tabs: { all: "All", questions: "Questions", tips: "Tips", deeds: "Done" },
  tabs_name: "What to show",
  find: "Find",
  find_placeholder: "Find words or a name ( / )",

  queue: "Queue",
  empty: {
    all: "Nothing has been said yet. What people say appears here, the newest at the bottom.",
    questions: "Nobody has asked anything yet.",
    tips: "No tips yet.",
    deeds: "Nothing has been done yet. Whatever staff does to a message or a member is listed here.",
    found: "Nothing found.",
  },
  newer: (count: number) => `${count} new`,
  carried: "before the move",
  withdrawn: "deleted",
  words_withdrawn: "words deleted",
  tipped: (amount: string) => `tipped ${amount}`,
  answered_by: (name: string) => `${name} answered`,
  to_answer: "to answer",
  answered: "answered",

  answer: "Answer",

  delete: "Delete",
  kick: "Kick",
  ban: "Ban",
  unban: "Unban",
  show_card: (name: string) => `Show ${name}`,

  did: {
    deleted: (name: string, by: string) => `${by} deleted a message of ${name}`,
    kick: (name: string, by: string) => `${by} put ${name} out for a minute`,
    ban: (name: string, by: string) => `${by} banned ${name}`,
    unban: (name: string, by: string) => `${by} let ${name} back in`,
    mute: (name: string, by: string) => `${by} muted ${name}`,
    timeout: (name: string, by: string) => `${by} timed ${name} out`,
  },

  deed: {
    deleted: (name: string) => `Deleted what ${name} said. That is final.`,
    tip_deleted: (name: string) => `Deleted what ${name} wrote with the tip. That is final; the tip itself stays.`,
    kicked: (name: string) => `${name} is out for a minute.`,
    banned: (name: string) => `${name} is banned.`,
    unbanned: (name: string) => `${name} may come back.`,
    answered: (name: string) => `Answered ${name}.`,
    failed: (reason: string) => `That did not work: ${reason}`,
    undo: (seconds: number) => `Undo (${seconds})`,
    undone: (name: string) => `Undone: ${name} may come back.`,
  },

  card: {
    empty: "Choose a message to see who wrote it.",
    name: "Member",
    seen: "First seen",
    said: (count: number) => (count === 1 ? "1 message" : `${count} messages`),
    tips: "Tips",
    no_tips: "None",
    history: "What was done",
    no_history: "Nothing",
    messages: "What they said",
    no_messages: "Nothing yet",
    banned: "Banned",
    staff: "One of the staff",
    close: "Close",
    for_name: "How long",
    for_hour: "An hour",
    for_day: "A day",
    for_good: "For good",
  },

  keys: {
    title: "Keys",
    rows: [
      ["j k", "down, up"],
      ["d", "delete"],
      ["x", "kick"],
      ["b", "ban"],
      ["u", "undo"],
      ["a", "answer"],
      ["/", "find"],
      ["Esc", "let go"],
    ],
  },
} as const;
