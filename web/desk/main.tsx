// The desk page's entry: joins the room as its moderator and renders the page with it.
import { render } from "preact";
import { openRoom } from "../connection/client";
import { NoPass } from "../staff/bar";
import { eventOf, keepPass, takePass } from "../staff/pass";
import { deskWords as words } from "../words/en/desk";
import { Desk } from "./page";
import "../staff/staff.css";
import "./desk.css";
import "./queue.css";
import "./member.css";

function begin(place: HTMLElement): void {
  const event = eventOf(location.pathname);
  const token = takePass("desk", event);
  if (token === null || event === "") {
    render(<NoPass />, place);
    return;
  }
  document.title = words.page_title(event);
  const room = openRoom({ room: event, token, name: null, onToken: (newer) => keepPass("desk", event, newer) });
  render(<Desk room={room} />, place);
}

const place = document.getElementById("page");
if (place) begin(place);
