// The studio page's entry: makes the neighbours (room, player, publisher, capture) and renders the page with them.
import { signal } from "@preact/signals";
import { render } from "preact";
import { openRoom } from "../connection/client";
import { createPlayer, supportedCodecs } from "../player/player";
import { Publisher } from "../publish/publisher";
import { NoPass } from "../staff/bar";
import { eventOf, keepPass, takePass } from "../staff/pass";
import type { RungKind } from "../wire/message";
import { studioWords as words } from "../words/en/studio";
import { Capture } from "./capture";
import { firstInput, keepInput } from "./habit";
import { Loudness } from "./loudness";
import { Studio } from "./page";
import { fetchRungs } from "./plan";
import "../staff/staff.css";
import "./studio.css";
import "./own.css";
import "./controls.css";
import "./input.css";
import "./backups.css";

async function begin(place: HTMLElement): Promise<void> {
  const event = eventOf(location.pathname);
  const query = new URLSearchParams(location.search);
  const source = query.get("source") === "standby" ? "standby" : "main";
  const pass = takePass("studio", event);
  if (pass === null || event === "") {
    render(<NoPass />, place);
    return;
  }
  let token = pass;
  const room = openRoom({
    room: event,
    token,
    name: null,
    media: "video",
    accept: await supportedCodecs(),
    onToken: (newer) => {
      token = newer;
      keepPass("studio", event, newer);
    },
  });
  const publisher = new Publisher({ event, source, token: () => token });
  const capture = new Capture(source, source === "main" ? "MAIN" : "STANDBY");
  const plan = signal<readonly RungKind[] | null>(null);
  document.title = words.page_title(event);
  render(
    <Studio
      source={source}
      room={room}
      player={createPlayer(room, { silent: true })}
      publisher={publisher}
      capture={capture}
      loudness={new Loudness()}
      plan={plan}
    />,
    place,
  );
  void capture.choose(firstInput(event, source, query.get("input")));
  capture.input.subscribe((input) => {
    if (input !== null) keepInput(event, source, input);
  });
  plan.value = await fetchRungs(event, () => token);
}

const place = document.getElementById("page");
if (place) void begin(place);
