// The bell: how much is unread, in the header and before the title of every tab. A tab that has a stream hears that it
// changed, asks for the number, and tells the other tabs of this browser, those without a stream too.
import { say } from "../csrf.js";
import { VIEWER } from "../viewer.js";

const WAIT_MS = 80;

const count = document.getElementById("unread-count");
const panel = document.getElementById("bell-panel");
const tabs = new BroadcastChannel(`homeroom:bell:${VIEWER}`);

let known = 0; // When the number that is shown was asked for: an older one that comes later is not shown.
let timer;
let changed = false; // It is news even if the number is the same: one was read, and another came.

function entitle() {
  const bare = document.title.replace(/^\(\d+\) /, "");
  const title = count.textContent ? `(${count.textContent}) ${bare}` : bare;
  if (document.title !== title) document.title = title;
}

function show(text, asked) {
  if (asked < known) return;
  known = asked;
  count.textContent = text;
  count.parentElement.setAttribute("aria-label", text ? `Notifications, ${text} unread` : "Notifications");
  entitle();
  if (panel.matches(":popover-open")) htmx.trigger(panel, "bell-changed", {}, false);
  htmx.trigger(document.body, "bell-changed");
}

async function ask() {
  timer = undefined;
  const asked = Date.now();
  const answer = await fetch(panel.dataset.count, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok) return;
  const text = await answer.text();
  tabs.postMessage({ text, asked });
  if (text !== count.textContent || changed) show(text, asked);
  changed = false;
}

const soon = () => { timer ??= setTimeout(ask, WAIT_MS); };

// A notification led here: now that its page is seen it is read.
function read() {
  const here = new URL(location.href);
  const notice = here.searchParams.get("notice");
  if (!/^\d+$/.test(notice)) return;
  here.searchParams.delete("notice");
  history.replaceState(history.state, "", here);
  say(panel.dataset.read.replace("/0/", `/${notice}/`), { part: "page" });
}

if (count) {
  document.addEventListener("bell", () => { changed = true; soon(); });
  document.addEventListener("stream-open", soon);
  tabs.addEventListener("message", ({ data: { text, asked } }) => { if (text !== count.textContent) show(text, asked); });
  document.addEventListener("htmx:after:swap", entitle);
  entitle();
  if (document.prerendering) document.addEventListener("prerenderingchange", read, { once: true });
  else read();
}
