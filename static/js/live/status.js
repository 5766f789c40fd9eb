// Says honestly whether this page is live. The stream sends a sign of life every 20 seconds: 45 without one is offline,
// and while it is, threads ask every 15 seconds.
import { catchUp } from "../thread/cursors.js";
import { isOpen } from "./stream.js";

const SILENT_MS = 45_000;
const POLL_MS = 15_000;
const WORDS = { live: "Live", "catching-up": "Catching up", offline: "Offline" };

const SLOW_MS = 400; // Catching up is quick as a rule: nothing to announce.

let heard = 0;
let asking = 0;
let shown;
let timer;

function show() {
  const status = document.getElementById("live-status");
  if (!status || status.dataset.state === "looking") return;
  // An open stream may speak for a while after the network has gone.
  const alive = navigator.onLine && isOpen() && heard && Date.now() - heard < SILENT_MS;
  const state = !alive ? "offline" : asking ? "catching-up" : "live";
  if (status.dataset.state === state && shown === state) return;
  shown = state;
  status.dataset.state = state;
  // The state is told at once, the word that is read out only if it lasts.
  clearTimeout(timer);
  timer = setTimeout(() => { if (status.textContent !== WORDS[state]) status.textContent = WORDS[state]; }, SLOW_MS);
}

function set(moment) {
  heard = moment;
  show();
}

// By the request's own element: it may have left the page by the time the answer is there.
const asks = ({ detail: { ctx } }) => ctx.sourceElement.matches("[data-conversation]");
document.addEventListener("htmx:before:request", (event) => { if (asks(event)) { asking += 1; show(); } });
document.addEventListener("htmx:finally:request", (event) => { if (asks(event)) { asking = Math.max(0, asking - 1); show(); } });
document.addEventListener("htmx:sse:before:message", () => set(Date.now()));
document.addEventListener("htmx:sse:error", () => set(0));
document.addEventListener("htmx:error", ({ target }) => { if (target.id === "stream") set(0); });
addEventListener("offline", () => set(0));
setInterval(show, 1000);
setInterval(() => {
  const state = document.getElementById("live-status")?.dataset.state;
  if (!["offline", "looking"].includes(state) || document.hidden) return;
  document.querySelectorAll("[data-conversation]").forEach((thread) => catchUp(thread, "poll"));
}, POLL_MS);
setTimeout(show, 3000);
