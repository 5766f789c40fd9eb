// Going to a message: a quote, a pinned one, a hit of a search (`[data-goto]` inside a thread). What isn't loaded yet comes with what
// stands around it, in the thread's own place. Older and newer ones are read from there on.
import { eachThread, toEnd } from "./messages.js";

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
  if (!isPartial(thread)) return toEnd(thread);
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
  anchor = last && { last, top: last.getBoundingClientRect().top };
});
document.addEventListener("htmx:after:swap", () => {
  if (!anchor?.last.isConnected) return;
  anchor.last.closest(".thread-scroll").scrollTop += anchor.last.getBoundingClientRect().top - anchor.top;
  anchor = undefined;
});

// The page begins at its place, not at its end: only after that does the end ask for what follows.
const reached = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) if (isIntersecting) htmx.trigger(target, "reached", {}, false);
});
const PLACED_MS = 300;

eachThread((thread) => {
  const link = thread.querySelector(".thread-newer a");
  if (!link || "reached" in link.dataset) return;
  link.dataset.reached = "";
  const there = /^#message-\d+$/.test(location.hash) && thread.querySelector(location.hash);
  if (there && !("jump" in thread.querySelector(".thread-new").dataset)) there.scrollIntoView({ block: "center" });
  setTimeout(() => reached.observe(link), PLACED_MS);
});

eachThread((thread) => {
  const button = thread.querySelector(".thread-new");
  if (!button || "jump" in button.dataset) return;
  button.dataset.jump = "";
  button.addEventListener("click", () => { button.hidden = true; toLatest(thread); });
  if (isPartial(thread)) button.hidden = false;
});
