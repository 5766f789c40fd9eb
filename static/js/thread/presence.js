// Says that this page is looked at and how far its reader has come, and shows who else is here. Each answer has who is here
// now, so that whatever was missed is mended by the next one.
import { say } from "../csrf.js";
import { register } from "./lifecycle.js";
import { positionOf, showMarks } from "./reading.js";

const BEAT_MS = 25_000; // The server forgets a page after 35 seconds.
const SOON_MS = 250;
const CROWD = 20; // Where so many read, they don't all say so at once.
const CROWD_MS = 15_000;

const PAGE = [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => (byte % 36).toString(36)).join("");
const open = new Map(); // Thread: its timer, when that is due, and what the server knows of it.

const pace = (thread) => (thread.querySelectorAll("[data-positions] > li").length > CROWD ? Math.random() * CROWD_MS : SOON_MS);

function later(thread, delay) {
  const state = open.get(thread);
  const due = Date.now() + delay;
  if (!state || document.hidden || (state.timer && state.due <= due)) return;
  clearTimeout(state.timer);
  state.due = due;
  state.timer = setTimeout(tell, delay, thread);
}

function show(thread, text) {
  const { body } = new DOMParser().parseFromString(text, "text/html");
  showMarks(thread, body.querySelectorAll("[data-positions]"));
  const region = thread.querySelector(".thread-presence");
  const here = body.querySelector("[data-presence]")?.innerHTML;
  if (!region || here === undefined || region.dataset.shown === here || region.querySelector(":popover-open")) return;
  region.dataset.shown = here;
  region.innerHTML = here;
}

async function tell(thread) {
  const state = open.get(thread);
  if (!state || !thread.isConnected || document.hidden) return;
  clearTimeout(state.timer);
  state.timer = undefined;
  later(thread, BEAT_MS);
  const { read, delivered } = positionOf(thread) ?? {};
  const fields = { page: PAGE };
  const { marks } = state;
  if (marks) fields.marks = "1";
  if (read > state.read) fields.read = read;
  if (delivered > state.delivered) fields.delivered = delivered;
  const answer = await say(thread.dataset.position, fields);
  if (answer?.status === 401 || answer?.status === 404) return forget(thread);
  if (!answer?.ok) return;
  state.read = Math.max(state.read, read ?? 0);
  state.delivered = Math.max(state.delivered, delivered ?? 0);
  if (marks) state.marks = false;
  if (answer.status === 200) show(thread, await answer.text());
}

function forget(thread) {
  clearTimeout(open.get(thread)?.timer);
  open.delete(thread);
}

function sayGoodbye(thread) {
  const state = open.get(thread);
  clearTimeout(state.timer);
  state.timer = undefined;
  const fields = { page: PAGE, away: "1" };
  const { read } = positionOf(thread) ?? {};
  if (read > state.read) fields.read = read;
  say(thread.dataset.position, fields, { keepalive: true });
}

register({
  connect(thread) {
    if (!thread.dataset.position) return;
    open.set(thread, { read: Number(thread.dataset.read), delivered: 0 });
    later(thread, SOON_MS);
  },
  removed(thread) {
    if (!open.has(thread)) return;
    sayGoodbye(thread);
    forget(thread);
  },
});

document.addEventListener("thread:moved", ({ target }) => later(target, pace(target)));
// Somebody came or went; who only changes pages does both.
document.addEventListener("presence", ({ detail }) => {
  const { conversation } = JSON.parse(detail.data);
  const thread = document.querySelector(`.thread[data-conversation="${Number(conversation)}"]`);
  if (thread) later(thread, 1000 + Math.random() * 1000);
});
// What the others read while this page had no stream was not told to it.
document.addEventListener("stream-open", () => {
  for (const [thread, state] of open) {
    state.marks = true;
    later(thread, pace(thread));
  }
});
document.addEventListener("visibilitychange", () => {
  for (const thread of open.keys()) {
    if (document.hidden) sayGoodbye(thread);
    else later(thread, SOON_MS);
  }
});
addEventListener("pagehide", () => { if (!document.hidden) for (const thread of open.keys()) sayGoodbye(thread); });
addEventListener("pageshow", ({ persisted }) => { if (persisted) for (const thread of open.keys()) later(thread, SOON_MS); });

// A toast says that a message has reached a page of its reader.
document.addEventListener("htmx:before:swap", ({ detail: { tasks } }) => {
  for (const { target, fragment } of tasks) {
    if (target?.id !== "toasts") continue;
    for (const { dataset: { conversation, key, position } } of fragment.querySelectorAll("[data-key][data-position]")) {
      if (!document.querySelector(`.thread[data-conversation="${Number(conversation)}"]`)) say(position, { delivered: key });
    }
  }
});
