// The studio page's entry: finds its place in the document and renders the page into it.
import { render } from "preact";

const place = document.getElementById("page");
if (place) render(<main />, place);
