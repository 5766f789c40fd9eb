// Applying is idempotent. A message that is already shown in this version or a later one is not applied again, a number
// that was skipped makes the thread ask for what it missed, and each (re)connect asks for everything newer.
//
// A thread's cursor is "12" or "12.5": the last change seen of what all read and, for those who may, of team notes.

import { giveUp } from "../live/regions.js";
import { register } from "./lifecycle.js";
import { placeOf } from "./order.js";

const read = (text) => text.split(".").map(Number);
const clockOf = (message) => (message.dataset.audience === "staff" ? 1 : 0);

export const catchUp = (thread, why = "other") => htmx.trigger(thread, "catch-up", { why }, false);

function admit(messages, list, thread, source) {
  const cursor = read(thread.dataset.cursor);
  const older = source?.closest?.(".thread-older");
  const newer = source?.closest?.(".thread-newer");
  const paged = older || newer || source === thread;
  const first = thread.querySelector(".thread-older a") && list.querySelector(".message");
  const oldest = first && placeOf(first);
  const rest = thread.querySelector(".thread-newer a") && list.lastElementChild;
  const newest = rest && placeOf(rest);
  let gap = false;
  for (const message of messages) {
    const version = Number(message.dataset.version);
    const clock = clockOf(message);
    const shown = document.getElementById(message.id);
    // What is older or newer than the loaded part belongs to a page that is still to come.
    const place = placeOf(message);
    const outside = !shown && ((!older && first && place < oldest) || (!newer && rest && place > newest));
    if (outside || (shown && Number(shown.dataset.version) >= version)) message.remove();
    if (paged) continue;
    if (version === cursor[clock] + 1) cursor[clock] = version;
    else if (version > cursor[clock]) gap = true;
  }
  thread.dataset.cursor = cursor.join(".");
  if (gap) setTimeout(catchUp, 0, thread, "gap");
}

// Such a page may hold messages as they were before a change that has passed by: go back to when it was read.
function stepBack(sentinel, thread) {
  const then = read(sentinel.dataset.cursor);
  const now = read(thread.dataset.cursor);
  if (then.every((number, clock) => number >= now[clock])) return;
  thread.dataset.cursor = now.map((number, clock) => Math.min(number, then[clock])).join(".");
  setTimeout(catchUp, 0, thread);
}

document.addEventListener("htmx:before:swap", ({ detail: { ctx, tasks } }) => {
  for (const { swapSpec, target, fragment, type } of tasks) {
    const element = typeof target === "string" ? document.querySelector(target) : target;
    const thread = element?.closest?.("[data-conversation]");
    if (!thread) continue;
    if (swapSpec.style === "upsert") admit([...fragment.children], element, thread, ctx.sourceElement);
    const sentinel = type === "main" && fragment.querySelector(".thread-older, .thread-newer");
    if (sentinel) stepBack(sentinel, thread);
  }
});

document.addEventListener("htmx:config:request", ({ target, detail: { ctx } }) => {
  if (!target.matches?.("[data-conversation]")) return;
  ctx.request.body.set("after", target.dataset.cursor);
  ctx.request.body.set("why", ctx.sourceEvent?.type === "stream-open" ? "open" : ctx.sourceEvent?.detail?.why ?? "other");
});

document.addEventListener("htmx:after:swap", ({ target, detail: { ctx } }) => {
  const reached = target.matches?.("[data-conversation]") && ctx.response?.headers.get("Homeroom-Cursor");
  if (!reached) return;
  unanswered.delete(target);
  const foot = target.querySelector(".thread-foot");
  if (foot && foot.dataset.locked !== ctx.response.headers.get("Homeroom-Locked")) htmx.trigger(foot, "foot-changed", {}, false);
  const now = read(target.dataset.cursor);
  target.dataset.cursor = read(reached).map((number, clock) => Math.max(number, now[clock])).join(".");
  if (ctx.response.headers.get("Homeroom-Complete") === "false") catchUp(target);
});

// A question that found no answer (pages and database restart, the network is gone) is asked again: it may have been the
// only one, and nothing else would tell that something is missing.
const AGAIN_MS = [1000, 2000, 4000];
const unanswered = new WeakMap();

function askAgain(thread) {
  const times = unanswered.get(thread) ?? 0;
  unanswered.set(thread, times + 1);
  const wait = AGAIN_MS[Math.min(times, AGAIN_MS.length - 1)] * (0.7 + 0.6 * Math.random());
  setTimeout(() => { if (thread.isConnected && !document.hidden) catchUp(thread, "again"); }, wait);
}

document.addEventListener("htmx:error", ({ target, detail: { ctx } }) => {
  if (ctx && !ctx.response && target.matches?.("[data-conversation].thread")) askAgain(target);
});

// A thread that comes into a page was read before it got here: what happened in between went to the one in its place.
register({ connect(thread, late) { if (late) catchUp(thread, "open"); } });

// The stream is refused: something on it is no longer this person's to see. Each thread finds out whether it is the one.
document.addEventListener("htmx:sse:error", ({ detail }) => {
  if (detail.status === 404) document.querySelectorAll("[data-conversation].thread").forEach((thread) => catchUp(thread));
});

// Access ended, or the session did: say so in place. What was typed stays.
document.addEventListener("htmx:response:error", ({ target, detail: { ctx } }) => {
  if (!target.matches?.("[data-conversation]")) return;
  const gone = target.querySelector("template[data-gone]");
  if (ctx.response.status === 404 && gone) {
    target.replaceChildren(gone.content.cloneNode(true));
    giveUp(target);
  } else if (ctx.response.status === 401) {
    const error = target.querySelector(".composer-error");
    if (error) error.innerHTML = ctx.text;
  } else if (ctx.response.status >= 500 || ctx.response.status === 429) askAgain(target);
});
