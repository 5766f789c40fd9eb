// A topic: which replies are new and how many in each branch, gaps below which nothing is left, what one does with a reply,
// and that nothing moves under a reader when a reply comes in its place.
import { act, goTo, keyOf, register } from "../app.js";

const { viewer } = document.documentElement.dataset;
const SLOW_MS = 400;
const since = new Map(); // Conversation: what is younger is new.

const $ = (selector, root = document) => root.querySelector(selector);
const trees = () => document.querySelectorAll(".thread[data-tree]");
const replies = (thread) => [...thread.querySelectorAll(".thread-messages > .message")];
const idOf = (message) => Number(message.id.replace("message-", ""));
const gone = ({ dataset }) => "deleted" in dataset;
const unseen = (thread) => [...thread.querySelectorAll('.message[data-new=""]')];

// A deleted reply stands while something below it does, or while a moderator has yet to decide about it; more of that may be on the next page.
function gaps(thread, all) {
  let below = $(".thread-newer a", thread) ? `${all.at(-1).dataset.key}a` : "";
  for (const message of all.toReversed()) {
    const { key, depth } = message.dataset;
    const hollow = gone(message) && message.dataset.deleted !== "hidden" && depth !== "0" && !below.startsWith(`${key}a`);
    message.toggleAttribute("data-hollow", hollow);
    if (!hollow) below = key;
  }
}

const seen = new IntersectionObserver((entries) => {
  if (document.hidden) return;
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting || target.dataset.new !== "") continue;
    target.dataset.new = "seen";
    offer(target.closest(".thread"));
  }
}, { threshold: 0.5 });

function news(thread, all) {
  const { conversation, read } = thread.dataset;
  // Whoever comes for the first time finds nothing marked: all of it is new.
  if (!since.has(conversation)) since.set(conversation, Number(read) || Math.max(0, ...all.map(keyOf)));
  let first;
  for (const message of all) {
    const { author, depth, key } = message.dataset;
    const fresh = keyOf(message) > since.get(conversation) && author !== viewer && depth !== "0" && !gone(message);
    if (fresh && message.dataset.new === undefined) {
      message.dataset.new = "";
      seen.observe(message);
    } else if (!fresh) delete message.dataset.new;
    if (depth === "1") [first, message.dataset.branch] = [message, 0];
    else if (fresh && first && key.startsWith(first.dataset.key)) first.dataset.branch = Number(first.dataset.branch) + 1;
  }
}

function offer(thread) {
  const button = $(".thread-new", thread);
  const count = unseen(thread).length;
  button.hidden = !count;
  button.lastChild.data = ` ${count} new`;
  button.title = "Next new reply (N)";
}

function next() {
  for (const thread of trees()) {
    const all = unseen(thread);
    const message = all.find((each) => each.getBoundingClientRect().top > innerHeight / 2) ?? all[0];
    if (!message) continue;
    message.dataset.new = "seen";
    offer(thread);
    goTo(thread, idOf(message));
    message.tabIndex = -1;
    message.focus({ preventScroll: true });
  }
}

// Below the deepest step that is indented (and below each fourth one further on) the branch has a page of its own. There its
// first reply stands at the start, and what comes elsewhere in the topic isn't shown.
const DEEPEST = 4;

function branch(thread, all) {
  const { branch: begun } = thread.dataset;
  const base = begun ? begun.split("a").length : 0;
  for (const [at, message] of all.entries()) {
    const { key, depth } = message.dataset;
    if (begun) {
      message.hidden = !`${key}a`.startsWith(`${begun}a`);
      message.style.setProperty("--indent", Math.min(Math.max(depth - base, 0), DEEPEST - 1));
    }
    const link = $("[data-branch-link]", message);
    if (!link) continue;
    link.hidden = (depth - base) % DEEPEST !== 0 || Number(depth) === base || !all[at + 1]?.dataset.key.startsWith(`${key}a`);
    link.href = `?branch=${key}`;
  }
}

// What can be done with a reply stands below it.
function equip(thread, message) {
  $(":scope > .topic-actions", message)?.remove();
  const head = $(".topic-head");
  const template = $("template[data-topic-actions]");
  if (gone(message) || !head || !template || !$(".composer", thread)) return;
  const actions = template.content.firstElementChild.cloneNode(true);
  const accepted = head.dataset.accepted.split(" ").includes(String(idOf(message)));
  const accept = $("[data-act=accept]", actions);
  message.toggleAttribute("data-accepted", accepted);
  accept.hidden = !head.dataset.mayAccept || message.dataset.depth === "0";
  if (accepted) accept.lastChild.data = "Accepted";
  accept.ariaPressed = accepted;
  if (message.dataset.branch) actions.dataset.branch = message.dataset.branch;
  message.append(actions);
}

function draw(thread) {
  const all = replies(thread);
  if (!all.length) return;
  gaps(thread, all);
  news(thread, all);
  for (const message of all) equip(thread, message);
  branch(thread, all);
  offer(thread);
}

function connect(thread) {
  if (!("tree" in thread.dataset)) return;
  draw(thread);
  $(".thread-new", thread).addEventListener("click", () => { next(); offer(thread); });
}

register({ connect, added: (thread) => { if ("tree" in thread.dataset) draw(thread); } });
for (const thread of trees()) connect(thread);
const there = /^#message-\d+$/.test(location.hash) && $(location.hash);
if (there) there.scrollIntoView({ block: "center" });

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-act]");
  const message = button?.closest(".message");
  const answer = target.closest?.("[data-answer]");
  if (message && button.dataset.act === "reply") act("reply", message);
  else if (message) {
    const values = { message: idOf(message), ...("accepted" in message.dataset && { remove: 1 }) };
    htmx.ajax("POST", $(".topic-head").dataset.mayAccept, { source: button, target: button, swap: "none", values });
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "n" || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target.closest("input, textarea, select, [contenteditable], dialog")) return;
  event.preventDefault();
  next();
});

// What was sent is shown where it stands. Until it is, and that takes long, it waits at the end.
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  if (!ctx.item || ctx.response?.status !== 201) return;
  const thread = $(`.thread[data-tree][data-conversation="${Number(ctx.item.conversation)}"]`);
  const id = /id="message-(\d+)"/.exec(ctx.text ?? "")?.[1];
  if (thread && id) setTimeout(() => goTo(thread, id));
});
document.addEventListener("outbox:bubble", ({ target }) => {
  if (target.closest("[data-tree]")) setTimeout(() => { if (target.isConnected) target.scrollIntoView({ block: "center" }); }, SLOW_MS);
});

// The first reply on the screen stays where it is, whatever comes above it.
let anchor;
document.addEventListener("htmx:before:swap", () => {
  const first = [...trees()].flatMap(replies).find((message) => message.getBoundingClientRect().bottom > 80);
  anchor = first && { id: first.id, top: first.getBoundingClientRect().top };
});
document.addEventListener("htmx:after:swap", ({ target }) => {
  const message = anchor && document.getElementById(anchor.id);
  if (message && scrollY > 0) scrollBy({ top: message.getBoundingClientRect().top - anchor.top, behavior: "instant" });
  anchor = undefined;
  if (target.matches?.(".topic-head") || target.closest?.(".topic-head")) for (const thread of trees()) draw(thread);
});
