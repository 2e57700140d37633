// Every word of the operator's page, in English.

export const opsWords = {
  page: "Operations",
  title: "Live events",
  stale: (age: string) => `No answer from this gateway for ${age}. What you see is from before; trying again.`,
  never: "No answer from this gateway yet. Trying again.",
  refused: "This link is not valid for the operator's page, or has expired. Make a new one with `liveserver link`.",
  print: "Print",
  printed: (when: string) => `As of ${when}`,

  nodes: {
    title: "Nodes",
    planes: { gateway: "Gateways", media: "Media nodes", failover: "Guards" },
    job: {
      gateway: "sockets, pages, API",
      media: "pictures and sound in",
      failover: "monitor, controller, notifier",
    },
    ready: "Ready",
    not_ready: "Not ready",
    none: "None is named in the settings.",
    metrics: "Metrics",
    readiness: "Readiness",
    api: "API",
    all_ready: (count: number) => (count === 1 ? "The one node is ready" : `All ${count} nodes are ready`),
    some: (down: number, count: number) => `${down} of ${count} nodes ${down === 1 ? "is" : "are"} not ready`,
  },
  rooms: {
    title: "Rooms",
    none: "No event yet.",
    head: { room: "Room", event: "Event", state: "State", people: "People", rung: "Rung", source: "Source" },
    unknown: "unknown",
    audience_here: "audience here",
  },
  incidents: {
    title: "Incidents",
    none: "No incident. When an audience has to be carried somewhere, its timeline appears here.",
    open: "Open",
    closed: (span: string) => `Closed after ${span}`,
    drill: "Drill",
    began: (when: string) => `Began ${when}`,
    timeline: "Timeline",
    reached: (count: number) => (count === 1 ? "1 person was written to" : `${count} people were written to`),
    nobody: "Nobody had to be written to.",
    not_reached: (count: number) => (count === 1 ? "1 person was not reached" : `${count} people were not reached`),
    away: (known: boolean) =>
      known
        ? "The guards do not answer. What is shown here is from before."
        : "The guards do not answer: incidents and mail cannot be shown now.",
    steps: {
      opened: "Opened",
      verdict: "Verdict",
      decided: "Decided",
      cut: "Cut",
      moved: "Moved",
      notice: "Told",
      override: "By hand",
      recovered: "Recovered",
      closed: "Closed",
      held: "Held",
    } as Readonly<Record<string, string>>,
  },
  mail: {
    title: "Mail",
    text: "What was written to people who left an address. Without a mail server, nothing left this machine.",
    none: "Nothing was mailed yet.",
    to: (address: string) => `To ${address}`,
    status: { sent: "Sent", failed: "Not sent", unsure: "Perhaps sent", kept: "Kept here" } as Readonly<
      Record<string, string>
    >,
    lane: (lane: string) => `by ${lane}`,
  },
} as const;
