// On every page of somebody who answers: the inbox changed at most once a second, whatever happens in it, and a new ticket
// is a toast.
import { paced } from "./pace.js";
import "./totals.js";

const PACE_MS = 1000;

document.addEventListener("inbox", paced(PACE_MS, () => htmx.trigger(document.body, "inbox-due")));

document.addEventListener("ticket-began", ({ detail }) => {
  htmx.ajax("GET", JSON.parse(detail.data).toast, { target: "#toasts", swap: "beforeend" });
});
