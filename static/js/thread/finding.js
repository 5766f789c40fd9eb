// The search over a thread: a field in its bar, what is found in a panel over the messages. A hit closes it and is shown in
// its place with its words marked. Escape closes it and gives the place back.
import { mark } from "./marking.js";

const parts = (thread) => ({
  form: thread.querySelector(".thread-find"), panel: thread.querySelector(".thread-found"), opener: thread.querySelector("[data-find]"),
});

function open(thread) {
  const { form, panel } = parts(thread);
  form.hidden = panel.hidden = false;
  form.elements.q.focus();
  form.elements.q.select();
  if (!panel.childElementCount) htmx.trigger(form, "submit");
}

function close(thread) {
  const { form, panel, opener } = parts(thread);
  const inside = form.contains(document.activeElement) || panel.contains(document.activeElement);
  form.hidden = panel.hidden = true;
  if (inside) (opener.checkVisibility() ? opener : thread.querySelector(".thread-more"))?.focus();
}

const isOpen = (thread) => thread && parts(thread).form?.hidden === false;
const plain = (event) => !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;

document.addEventListener("click", (event) => {
  const thread = event.target.closest?.(".thread");
  if (!thread || !plain(event)) return;
  if (event.target.closest("[data-find]")) {
    event.preventDefault();
    if (isOpen(thread)) close(thread);
    else open(thread);
  }
  if (event.target.closest("[data-find-close]")) close(thread);
  const hit = event.target.closest(".thread-found .hit");
  if (hit) {
    // It may not be loaded yet: jump.js fetches it, and then it is marked.
    mark(hit.dataset.goto, new URL(hit.href).searchParams.get("q"));
    close(thread);
    thread.querySelector(".thread-scroll").focus({ preventScroll: true });
  }
});

// Nothing came back: the panel says so instead of staying empty, and asks once more when there is a network again.
const LOST = "Homeroom can't be reached. Your search goes on as soon as it can.";

document.addEventListener("htmx:finally:request", ({ target, detail: { ctx } }) => {
  const thread = target.matches?.(".thread-find") && target.closest(".thread");
  const status = ctx.response?.status ?? 0;
  if (!thread || (status && status < 500)) return;
  const words = document.createElement("p");
  words.className = "empty-state";
  words.role = "status";
  words.textContent = LOST;
  parts(thread).panel.replaceChildren(words);
  thread.dataset.searchLost = "";
});
document.addEventListener("stream-open", () => {
  for (const thread of document.querySelectorAll(".thread[data-search-lost]")) {
    delete thread.dataset.searchLost;
    if (isOpen(thread)) htmx.trigger(parts(thread).form, "submit");
  }
});

const isTyping = (element) => element.isContentEditable || element.matches("input, textarea, select");

// Before the drawer hears of it: Escape closes one thing at a time.
document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  const thread = target.closest?.(".thread") ?? document.querySelector(".thread-drawer:not([hidden]) .thread, .content .thread");
  if (key === "/" && plain(event) && thread && !isTyping(target)) {
    event.preventDefault();
    open(thread);
  } else if (key === "Escape" && isOpen(target.closest?.(".thread"))) {
    event.preventDefault();
    event.stopPropagation();
    close(thread);
  } else if (key === "ArrowDown" || key === "ArrowUp") {
    step(event, target.closest?.(".thread, .page"), key === "ArrowDown" ? 1 : -1);
  }
}, true);

// From the field to the hits and back, with the arrows.
function step(event, region, by) {
  if (!event.target.matches(".hit, [type=search][name=q]")) return;
  const stops = [...region.querySelectorAll(".thread-find [name=q], .filter-bar [name=q], .hit")];
  const next = stops[stops.indexOf(event.target) + by];
  if (!next || stops.length < 2) return;
  event.preventDefault();
  next.focus();
}
