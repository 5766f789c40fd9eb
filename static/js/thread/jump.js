// Going to a message: a quote, a pinned one, a hit of a search (`[data-goto]` inside a thread). What isn't loaded yet comes with what
// stands around it, in the thread's own place. Older and newer ones are read from there on.
import { register } from "./lifecycle.js";
import { toEnd } from "./messages.js";
import { isTree } from "./order.js";

const FOUND_MS = 2000;

export const isPartial = (thread) => Boolean(thread.querySelector(".thread-newer a"));

function show(message) {
  message.scrollIntoView({ block: "center" });
  message.dataset.found = "";
  setTimeout(() => { delete message.dataset.found; }, FOUND_MS);
}

async function open(thread, source, query) {
  const { conversation, url } = thread.dataset;
  await htmx.ajax("GET", `${url}?part=thread${query}`, { source, target: thread, swap: "outerHTML" });
  return document.querySelector(`.thread[data-conversation="${Number(conversation)}"]`);
}

export async function goTo(thread, id, source = thread.querySelector(".thread-new")) {
  const find = () => document.getElementById(`message-${Number(id)}`);
  if (!find()) await open(thread, source, `&at=${Number(id)}`);
  const message = find();
  if (message) show(message);
  return message;
}

export async function toLatest(thread) {
  if (isTree(thread) || !isPartial(thread)) return toEnd(thread);
  const fresh = await open(thread, thread.querySelector(".thread-new"), "");
  if (fresh) toEnd(fresh);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-goto]");
  const thread = link?.closest(".thread");
  if (!thread || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  goTo(thread, link.dataset.goto, link);
});

// What was sent stands at the end: go there.
document.addEventListener("composer:sent", ({ target }) => toLatest(target.closest(".thread")));

// A page that comes at the end must not move what is being read: the scroller counts from its end.
let anchor;

document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => {
  const newer = ctx.sourceElement?.closest?.(".thread-newer");
  const last = newer?.parentElement.querySelector(".thread-messages").lastElementChild;
  anchor = last && { last, top: last.getBoundingClientRect().top, thread: newer.closest(".thread") };
});
document.addEventListener("htmx:after:swap", () => {
  if (!anchor) return;
  const { last, top, thread } = anchor;
  anchor = undefined;
  if (isTree(thread)) return;
  if (last.isConnected) thread.querySelector(".thread-scroll").scrollTop += last.getBoundingClientRect().top - top;
  awaitEnd(thread);
});

// The page begins at its place, not at its end: only after that does the end ask for what follows.
const reached = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) if (isIntersecting) htmx.trigger(target, "reached", {}, false);
});
const PLACED_MS = 300;

function awaitEnd(thread) {
  const link = thread.querySelector(".thread-newer a");
  if (link) setTimeout(() => reached.observe(link), PLACED_MS);
}

register({
  connect(thread) {
    const button = thread.querySelector(".thread-new");
    button.addEventListener("click", () => { button.hidden = true; toLatest(thread); });
    if (isTree(thread) || !isPartial(thread)) return;
    button.hidden = false;
    const there = /^#message-\d+$/.test(location.hash) && thread.querySelector(location.hash);
    if (there) there.scrollIntoView({ block: "center" });
    awaitEnd(thread);
  },
});
