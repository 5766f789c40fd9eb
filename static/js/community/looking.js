// Says what its reader looks at in the queue, and shows who else looks at what: the item that has the focus, else the one
// under the pointer, else the only one. Each answer says who does now, so that what was missed is mended by the next.
import { say } from "../app.js";

const ITEM = "[data-item]";
const BEAT_MS = 25_000; // The server forgets a page after 35 seconds.
const SOON_MS = 400;
const PAGE = [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => (byte % 36).toString(36)).join("");

let pointed; // The name of the item under the pointer.
let told = ""; // The item that the server knows of.
let answer = new Map(); // The name of an item: who looks at it, as HTML.
let timer;
let due;

const url = () => document.querySelector("[data-looking-url]")?.dataset.lookingUrl;
const items = () => [...document.querySelectorAll(ITEM)];

function current() {
  const all = items();
  const named = (name) => all.find(({ dataset }) => dataset.item === name);
  const item = document.activeElement?.closest(ITEM) ?? named(pointed) ?? (all.length === 1 ? all[0] : undefined);
  return item && !item.matches(".is-decided") ? item.dataset.item : "";
}

function show() {
  for (const place of document.querySelectorAll("[data-looking]")) {
    const html = answer.get(place.closest(ITEM).dataset.item) ?? "";
    if (place.dataset.shown === html) continue;
    place.dataset.shown = place.innerHTML = html;
    place.hidden = !html;
  }
}

function later(delay) {
  const at = Date.now() + delay;
  if (document.hidden || !url() || (timer && due <= at)) return;
  clearTimeout(timer);
  due = at;
  timer = setTimeout(tell, delay);
}

async function tell() {
  timer = undefined;
  if (document.hidden || !url()) return;
  const [item, left] = [current(), told];
  told = item;
  later(BEAT_MS);
  const shown = items().map(({ dataset }) => dataset.item).join(" ");
  const response = await say(url(), { page: PAGE, item, left: left === item ? "" : left, shown });
  if (!response?.ok) return;
  const { body } = new DOMParser().parseFromString(await response.text(), "text/html");
  answer = new Map([...body.querySelectorAll("[data-of]")].map((each) => [each.dataset.of, each.innerHTML]));
  show();
}

function moved() {
  if (current() !== told) later(SOON_MS);
}

function sayGoodbye() {
  clearTimeout(timer);
  timer = undefined;
  if (told && url()) say(url(), { page: PAGE, left: told }, { keepalive: true });
  told = "";
}

document.addEventListener("focusin", moved);
document.addEventListener("pointerover", ({ target }) => {
  pointed = target.closest?.(ITEM)?.dataset.item ?? pointed;
  moved();
}, { passive: true });
document.addEventListener("htmx:after:swap", () => {
  show();
  moved();
});
document.addEventListener("moderation-looking", () => later(Math.random() * SOON_MS));
document.addEventListener("stream-open", () => later(SOON_MS));
document.addEventListener("visibilitychange", () => (document.hidden ? sayGoodbye() : later(0)));
addEventListener("pagehide", () => document.hidden || sayGoodbye());
addEventListener("pageshow", ({ persisted }) => persisted && later(0));
later(SOON_MS);
