// The attendee's page: looks the event up, asks for a name where it must, then holds the room open.
// It decides which of three pages is shown — before, during, gone — and nothing within them. `main.tsx` renders it.

import { useEffect, useRef, useState } from "preact/hooks";
import { openRoom, type RoomClient } from "../connection/client";
import { createPlayer, type Player, supportedCodecs } from "../player/player";
import { Before } from "./before";
import { During } from "./during";
import { basesOf, type EventInfo, type Looked, lookUp } from "./event";
import { Gone } from "./gone";
import { nameRefused } from "./refusal";
import { choiceOf, forgetJoined, keepName, keepToken, type Ticket } from "./ticket";

const LOOK_AGAIN_MS = 15_000;
const AWAY_AGAIN_MS = 3_000;

interface Entered {
  readonly client: RoomClient;
  readonly player: Player;
  /** By the visitor's own press, not by a link or a reload. */
  readonly pressed: boolean;
}

export function Page({ event, ticket }: { event: string; ticket: Ticket }) {
  const [entered, setEntered] = useState<Entered | null>(null);
  const [name, setName] = useState(ticket.name);
  const [refused, setRefused] = useState(false);
  const looked = useLooked(event, entered !== null);
  const entering = useRef(false);
  const info = looked !== null && "found" in looked ? looked.found : null;

  const enter = async (as: string, pressed: boolean) => {
    if (entering.current) return;
    entering.current = true;
    setName(as);
    setRefused(false);
    keepName(event, as);
    setEntered({ ...(await open(event, info, ticket.token, as)), pressed });
  };

  const askAgain = () => {
    entering.current = false;
    setRefused(true);
    setEntered(null);
  };

  useEffect(() => {
    if (info) document.title = info.title;
    if (looked !== null && mayEnter(ticket, looked) && !refused) void enter(ticket.name, false);
  }, [looked]);

  if (entered !== null) return <Room {...{ event, entered, info, name }} onNameRefused={askAgain} />;
  const asked = looked !== null && (refused || !mayEnter(ticket, looked));
  return (
    <Before
      key={asked ? "known" : "unknown"}
      refused={refused}
      info={asked ? info : null}
      trouble={troubleIn(looked)}
      name={name}
      token={ticket.token}
      onJoin={(as) => void enter(as, true)}
    />
  );
}

/** The event, looked up again and again until `enough`; what was found once stays, should our server go away. */
function useLooked(event: string, enough: boolean): Looked | null {
  const [looked, setLooked] = useState<Looked | null>(null);
  useEffect(() => {
    if (enough) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    const look = async () => {
      const next = await lookUp(event);
      if (over) return;
      setLooked((before) => (before && "found" in before && "away" in next ? before : next));
      if (!("missing" in next)) timer = setTimeout(look, "away" in next ? AWAY_AGAIN_MS : LOOK_AGAIN_MS);
    };
    void look();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [event, enough]);
  return looked;
}

function troubleIn(looked: Looked | null): "loading" | "away" | "missing" | null {
  if (looked === null) return "loading";
  if ("found" in looked) return null;
  return "missing" in looked ? "missing" : "away";
}

/** Without being asked: by a personal link, or after a reload. */
function mayEnter(ticket: Ticket, looked: Looked): boolean {
  if (!ticket.enters) return false;
  if ("found" in looked) return looked.found.state !== "ended";
  // Whoever holds a ticket needs no records: the room may well be there without them.
  return "away" in looked && ticket.token !== null;
}

interface RoomProps {
  readonly event: string;
  readonly entered: Entered;
  readonly info: EventInfo | null;
  readonly name: string;
  readonly onNameRefused: () => void;
}

function Room({ event, entered, info, name, onNameRefused }: RoomProps) {
  const { phase } = entered.client.state.value;
  const closed = phase.name === "closed";
  const refused = nameRefused(entered.client.state.value);
  useEffect(() => {
    if (!closed) return;
    forgetJoined(event);
    entered.player.close();
    if (refused) onNameRefused();
  }, [closed]);
  if (refused) return null;
  if (closed) {
    return (
      <Gone
        phase={phase}
        room={entered.client.state.peek()}
        host={entered.client.state.peek().host || (info?.host ?? "")}
      />
    );
  }
  return <During {...entered} info={info} name={name} />;
}

async function open(
  event: string,
  info: EventInfo | null,
  token: string | null,
  name: string,
): Promise<Omit<Entered, "pressed">> {
  const accept = await supportedCodecs();
  const wanted = choiceOf("media") === "audio" ? "audio" : "video";
  const client = openRoom({
    room: info?.room ?? event,
    bases: basesOf(info?.gateways ?? [], location.origin),
    token,
    name: name || null,
    media: accept.length > 0 ? wanted : "none",
    accept,
    guest: info?.guests ?? true,
    onToken: (next) => keepToken(event, next),
  });
  const player = createPlayer(client);
  const volume = choiceOf("volume");
  if (volume !== null) player.setVolume(Number(volume) || 0);
  // For whoever helps a visitor, and for measuring, from the browser's console.
  Object.assign(globalThis, { live: { client, player } });
  return { client, player };
}
