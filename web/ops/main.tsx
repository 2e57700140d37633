// The operator page's entry: begins to watch the deployment and renders the page with what it sees.
import { render } from "preact";
import { NoPass } from "../staff/bar";
import { takePass } from "../staff/pass";
import { opsWords as words } from "../words/en/ops";
import { Ops } from "./page";
import { Watch } from "./watch";
import "../staff/staff.css";
import "./ops.css";
import "./record.css";

function begin(place: HTMLElement): void {
  const token = takePass("ops", "");
  document.title = words.page;
  if (token === null) {
    render(<NoPass />, place);
    return;
  }
  const watch = new Watch(token);
  render(<Ops watch={watch} />, place);
  void watch.run();
}

const place = document.getElementById("page");
if (place) begin(place);
