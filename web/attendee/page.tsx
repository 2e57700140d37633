// The attendee's page: looks the event up, asks for a name where it must, then holds the room open.
// It decides which of three pages is shown — before, during, gone — and nothing within them. `main.tsx` renders it.

import { useEffect, useRef, useState } from "preact/hooks";
import { openRoom, type RoomClient } from "../connection/client";
import { createPlayer, type Player, supportedCodecs } from "../player/player";
import { Before } from "./before";
import { During } from "./during";
import { basesOf, type EventInfo, type Looked, lookUp } from "./event";
import { Gone } from "./gone";
import { choiceOf, forgetJoined, keepName, keepToken, type Ticket } from "./ticket";

const LOOK_AGAIN_MS = 15_000;
const AWAY_AGAIN_MS = 3_000;

interface Entered {
  readonly client: RoomClient;
  readonly player: Player;
}

export function Page({ event, ticket }: { event: string; ticket: Ticket }) {
  const [info, setInfo] = useState<EventInfo | null>(null);
  const [trouble, setTrouble] = useState<"loading" | "away" | "missing" | null>("loading");
  const [entered, setEntered] = useState<Entered | null>(null);
  const [name, setName] = useState(ticket.name);
  const entering = useRef(false);

  const enter = async (as: string, known: EventInfo | null) => {
    if (entering.current) return;
    entering.current = true;
    setName(as);
    keepName(event, as);
    setEntered(await open(event, known, ticket.token, as));
  };

  useEffect(() => {
    if (entered !== null) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    const look = async () => {
      const looked = await lookUp(event);
      if (over) return;
      const found = "found" in looked ? looked.found : null;
      if (found) setInfo(found);
      setTrouble(found ? null : "missing" in looked ? "missing" : "away");
      if (mayEnter(ticket, looked)) void enter(ticket.name, found);
      if (!("missing" in looked)) timer = setTimeout(look, found ? LOOK_AGAIN_MS : AWAY_AGAIN_MS);
    };
    void look();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [entered]);

  useEffect(() => {
    if (info) document.title = info.title;
  }, [info?.title]);

  if (entered === null) {
    return (
      <Before
        key={info ? "known" : "unknown"}
        info={info}
        trouble={trouble}
        name={name}
        token={ticket.token}
        onJoin={(as) => void enter(as, info)}
      />
    );
  }
  return <Room event={event} entered={entered} info={info} name={name} />;
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
}

function Room({ event, entered, info, name }: RoomProps) {
  const { phase } = entered.client.state.value;
  const closed = phase.name === "closed";
  useEffect(() => {
    if (!closed) return;
    forgetJoined(event);
    entered.player.close();
  }, [closed]);
  if (closed) {
    return (
      <Gone
        phase={phase}
        room={entered.client.state.peek()}
        host={entered.client.state.peek().host || (info?.host ?? "")}
      />
    );
  }
  return <During client={entered.client} player={entered.player} info={info} name={name} />;
}

async function open(event: string, info: EventInfo | null, token: string | null, name: string): Promise<Entered> {
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
  return { client, player };
}
