// The attendee page's entry: takes the ticket out of the address before anything else, and renders the page.

import { render } from "preact";
import { Page } from "./page";
import { takeTicket } from "./ticket";
import "./before.css";
import "./during.css";
import "./controls.css";
import "./scene.css";
import "./questions.css";
import "./tip.css";

const event = decodeURIComponent(location.pathname.split("/")[2] ?? "");
const place = document.getElementById("page");
if (place) render(<Page event={event} ticket={takeTicket(event)} />, place);
