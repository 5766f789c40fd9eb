// What has been read: how far the viewer has come (a message counts once it was on a visible screen), where the news began
// when the thread was opened, and the ticks of the viewer's own messages, drawn from the marks that the server sends.
import { register } from "./lifecycle.js";
import { isTree, keyOf, newestOf } from "./order.js";
import { VIEWER } from "../viewer.js";

const ENOUGH_PX = 80; // Of a message that is taller than the screen.
const WORDS = { sent: "Sent", delivered: "Delivered", waiting: "Waiting to join" };

const positions = new WeakMap(); // Thread: the newest key that was read, and that has come.
const waiting = new Set(); // Messages that nobody has looked at yet.

export const positionOf = (thread) => positions.get(thread);

function moved(thread) {
  thread.dispatchEvent(new CustomEvent("thread:moved", { bubbles: true }));
}

const seen = new IntersectionObserver((entries) => {
  if (document.hidden) return;
  for (const { target, isIntersecting, intersectionRatio, intersectionRect } of entries) {
    if (!isIntersecting || (intersectionRatio < 0.5 && intersectionRect.height < ENOUGH_PX)) continue;
    seen.unobserve(target);
    waiting.delete(target);
    const thread = target.closest(".thread");
    const position = positions.get(thread);
    if (!position || keyOf(target) <= position.read) continue;
    position.read = keyOf(target);
    moved(thread);
  }
}, { threshold: [0, 0.1, 0.25, 0.5, 0.75, 1] });

// Who comes back looks at what came meanwhile.
document.addEventListener("visibilitychange", () => {
  for (const message of waiting) {
    seen.unobserve(message);
    if (message.isConnected) seen.observe(message);
    else waiting.delete(message);
  }
});

function take(thread, nodes) {
  const position = positions.get(thread);
  for (const message of nodes) {
    if (!(keyOf(message) > position.read)) continue;
    waiting.add(message);
    seen.observe(message);
  }
  const { children, lastElementChild } = thread.querySelector(".thread-messages");
  const newest = isTree(thread) ? newestOf(children) : lastElementChild && keyOf(lastElementChild);
  if (!(newest > position.delivered)) return;
  position.delivered = newest;
  moved(thread);
}

// The line stays where it was when the thread was opened. Where older messages are still to come it may belong among them.
function markNews(thread, list) {
  if (isTree(thread)) return undefined; // News are spread over it.
  const { opened } = positions.get(thread);
  const news = opened && [...list.children].find(
    (message) => keyOf(message) > opened && message.dataset.author !== VIEWER && !("deleted" in message.dataset),
  );
  for (const message of list.querySelectorAll("[data-news]")) if (message !== news) delete message.dataset.news;
  if (!news || (!news.previousElementSibling && thread.querySelector(".thread-older a"))) return undefined;
  if (!("news" in news.dataset)) news.dataset.news = "";
  return news;
}

// More news than a screen shows: begin where it begins.
function goToNews(thread, news) {
  const scroller = thread.querySelector(".thread-scroll");
  const above = news.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
  if (above >= 0 || thread.querySelector(".message:target")) return;
  scroller.scrollTop += above - 4;
  thread.querySelector(".thread-new").hidden = false;
}

// Those on the other side, each with how far they have come. Who has written has read what was there.
function others(thread, audience, spoke) {
  const marks = thread.querySelectorAll(`[data-positions="${audience}"] > li`);
  return [...marks].filter(({ dataset: { person, side } }) => person !== VIEWER && (audience === "staff" || side !== thread.dataset.side))
    .map(({ dataset, textContent }) => {
      const read = Math.max(Number(dataset.read), spoke.get(dataset.person) ?? 0);
      return { name: textContent, read, delivered: Math.max(read, Number(dataset.delivered)) };
    });
}

function stateOf(key, people) {
  const readers = people.filter(({ read }) => read >= key).map(({ name }) => name);
  if (readers.length) return ["read", `Read by ${readers.slice(0, 5).join(", ")}${readers.length > 5 ? ` and ${readers.length - 5} more` : ""}`];
  const state = people.some(({ delivered }) => delivered >= key) ? "delivered" : "sent";
  return [state, WORDS[state]];
}

function drawTicks(thread, list) {
  const marks = thread.querySelector("[data-positions]"); // Who hides what they read doesn't see what others do.
  // What is written to somebody without an account waits for them. Once they have one, it is like any other.
  const waits = Boolean(thread.querySelector("[data-waiting]"));
  if (!marks && !waits && !list.querySelector("[data-tick]")) return;
  const spoke = new Map();
  for (const message of list.children) spoke.set(message.dataset.author, keyOf(message));
  const people = { everyone: others(thread, "everyone", spoke), staff: others(thread, "staff", spoke) };
  let last;
  for (const message of list.querySelectorAll(`[data-author="${Number(VIEWER)}"]:not([data-deleted])`)) {
    const waiting = waits && message.dataset.audience === "everyone";
    const [state, words] = waiting ? ["waiting", WORDS.waiting] : marks ? stateOf(keyOf(message), people[message.dataset.audience]) : ["", ""];
    if (message.dataset.tick !== state) message.dataset.tick = state;
    const body = message.querySelector("[data-message-body]");
    if (body.title !== words) body.title = words;
    if (message === list.lastElementChild) last = words;
  }
  const line = thread.querySelector(".thread-state");
  if (line && line.textContent !== (last ?? "")) line.textContent = last ?? "";
}

function draw(thread) {
  const list = thread.querySelector(".thread-messages");
  if (list && positions.has(thread)) {
    markNews(thread, list);
    drawTicks(thread, list);
  }
}

export function showMarks(thread, lists) {
  for (const list of lists) document.getElementById(list.id)?.replaceWith(list);
  draw(thread);
}

register({
  connect(thread) {
    const list = thread.querySelector(".thread-messages");
    const read = Number(thread.dataset.read);
    positions.set(thread, { opened: read, read, delivered: 0 });
    take(thread, list.children);
    const news = markNews(thread, list);
    // A drawer shows itself after this.
    if (news) requestAnimationFrame(() => goToNews(thread, news));
    drawTicks(thread, list);
  },
  added(thread, messages) {
    take(thread, messages);
    draw(thread);
  },
});

// Somebody has read on.
document.addEventListener("htmx:after:swap", () => document.querySelectorAll(".thread").forEach(draw));
