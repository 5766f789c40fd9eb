// What differs per viewer inside a list of messages: their own clock, where a day begins, where one author goes on, and
// the way back to the end. The server sends the same message to everyone.
import { LOCALE, TIME_ZONE, VIEWER } from "../viewer.js";
import { register } from "./lifecycle.js";
import { isTree, newestOf } from "./order.js";

const RUN_MS = 5 * 60_000;
const day = new Intl.DateTimeFormat(LOCALE, { timeZone: TIME_ZONE, weekday: "long", day: "numeric", month: "long", year: "numeric" });
const clock = new Intl.DateTimeFormat(LOCALE, { timeZone: TIME_ZONE, timeStyle: "short" });
const moments = new Intl.DateTimeFormat(LOCALE, { timeZone: TIME_ZONE, day: "numeric", month: "short", hour: "numeric", minute: "2-digit" });
const full = new Intl.DateTimeFormat(LOCALE, { timeZone: TIME_ZONE, dateStyle: "full", timeStyle: "short" });

function put(element, name, value) {
  if (value === undefined) delete element.dataset[name];
  else if (element.dataset[name] !== value) element.dataset[name] = value;
}

// What was taken back right after sending keeps its place and shows nothing.
export const SHOWN = ".message:not([data-retracted])";
export const lastShown = (list) => [...list.querySelectorAll(SHOWN)].at(-1);

// `after` is the message that stands before the list's first, where that is in another list.
export function decorate(list, after) {
  const tree = list.closest("[data-tree]");
  let before = after && {
    name: day.format(new Date(after.querySelector("time").dateTime)), moment: new Date(after.querySelector("time").dateTime),
    author: after.dataset.author, audience: after.dataset.audience,
  };
  for (const message of list.querySelectorAll(SHOWN)) {
    const time = message.querySelector(".message-time");
    const moment = new Date(time.dateTime);
    const text = tree ? moments.format(moment) : clock.format(moment);
    if (time.textContent !== text) {
      time.textContent = text;
      time.title = full.format(moment);
    }
    if (tree) continue; // In the order of replies neither days nor runs follow one another.
    const name = day.format(moment);
    const newDay = name !== before?.name;
    put(message, "day", newDay ? name : undefined);
    const sameAuthor = message.dataset.author && message.dataset.author === before?.author;
    const run = !newDay && sameAuthor && message.dataset.audience === before.audience && moment - before.moment < RUN_MS;
    put(message, "run", run ? "" : undefined);
    before = { name, moment, author: message.dataset.author, audience: message.dataset.audience };
  }
}

// The newest message on this screen: what comes after it, its reader hasn't answered to.
// The page itself says how far it was when it was made: it may show the middle of a thread.
export const seenIn = (thread) => Math.max(
  newestOf(thread.querySelectorAll(".thread-messages > .message:last-of-type")),
  Number(thread.querySelector(".composer [name=seen]")?.value ?? 0),
);

// The scroller runs from its end (column-reverse): at the end scrollTop is 0, and older messages don't move anything.
const atEnd = (scroller) => Math.abs(scroller.scrollTop) < 48;

export function toEnd(thread) {
  if (isTree(thread)) return; // The page scrolls; there what was sent is looked for.
  thread.querySelector(".thread-scroll").scrollTop = 0;
}

register({
  connect(thread) {
    const scroller = thread.querySelector(".thread-scroll");
    const button = thread.querySelector(".thread-new");
    decorate(thread.querySelector(".thread-messages"));
    scroller.addEventListener("scroll", () => { if (atEnd(scroller) && !thread.querySelector(".thread-newer a")) button.hidden = true; }, { passive: true });
  },
  added(thread, messages, fresh) {
    const list = thread.querySelector(".thread-messages");
    decorate(list);
    // A message that was on its way from here has arrived: its place holder goes in the same frame.
    for (const { dataset } of messages) if (dataset.sent) document.getElementById(`pending-${dataset.sent}`)?.remove();
    decorate(thread.querySelector(".thread-pending"), lastShown(list));
    const newest = list.lastElementChild;
    const news = fresh.filter((message) => message.dataset.author !== VIEWER && message.matches(SHOWN));
    if (!news.includes(newest) || atEnd(thread.querySelector(".thread-scroll"))) return;
    const button = thread.querySelector(".thread-new");
    const count = news.length + (button.hidden ? 0 : Number(button.value));
    button.value = count;
    button.lastChild.data = ` ${count} new message${count > 1 ? "s" : ""}`;
    button.hidden = false;
  },
});
