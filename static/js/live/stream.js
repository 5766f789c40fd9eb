// One stream for the page, on the channels that its elements name in data-channels. When these change (a drawer opens
// another thread) the stream is opened anew; its first event makes every region catch up, so nothing falls in between.
//
// A browser keeps six connections to a server (HTTP/1.1), for all of its tabs: twelve tabs with a stream each would leave
// none to load a page with. So a hidden tab has no stream, but for one that keeps its own, and hears for all of the browser
// how much is unread (bell.js). Two slots more are shared by those that can be seen; the one that is used last takes a slot,
// and who loses it asks now and then instead.

const SLOTS = 2;
const NEXT = "homeroom:slot";

let free; // Gives this page's slot back.
let keeps = false; // This is the tab that keeps its stream.
let asking = false;

export const isOpen = () => Boolean(free) || keeps;

function wanted() {
  const names = [...document.querySelectorAll("[data-channels]")].flatMap((e) => e.dataset.channels.split(/\s+/));
  return [...new Set(names.filter(Boolean))].sort();
}

// The element that holds the stream is made here alone: htmx must not open one before this page can answer its events.
function follow() {
  const stream = document.getElementById("stream");
  if (!stream) return;
  const url = isOpen() ? "/events/?" + wanted().map((name) => `channel=${encodeURIComponent(name)}`).join("&") : null;
  if (stream.getAttribute("hx-sse:connect") === url) return;
  const next = stream.cloneNode(false);
  next.removeAttribute("data-htmx-powered");
  if (url) next.setAttribute("hx-sse:connect", url);
  else next.removeAttribute("hx-sse:connect");
  htmx.swap({ sourceElement: document.body, target: stream, swap: "outerHTML", text: next.outerHTML });
}

function giveBack() {
  free?.();
  free = undefined;
}

function leave() {
  giveBack();
  follow();
}

// Resolves to whether the slot is ours; it stays so until it is given back or taken away.
const hold = (number, options) => new Promise((resolve) => {
  const granted = (lock) => lock && new Promise((release) => {
    free = release;
    resolve(true);
  });
  navigator.locks.request(`homeroom:stream:${number}`, options, granted).then(() => resolve(false), leave);
});

async function takeSlot() {
  for (let number = 0; number < SLOTS; number += 1) if (await hold(number, { ifAvailable: true })) return;
  const number = (Number(localStorage.getItem(NEXT)) + 1) % SLOTS;
  localStorage.setItem(NEXT, number);
  await hold(number, { steal: true });
}

async function open() {
  if (free || keeps || asking || document.hidden) return;
  asking = true;
  if (navigator.locks) await takeSlot();
  else free = () => {}; // Plain http: there the hidden tabs alone give theirs up.
  asking = false;
  if (keeps || document.hidden) giveBack();
  follow();
}

new MutationObserver(follow).observe(document.body, {
  subtree: true, childList: true, attributes: true, attributeFilter: ["data-channels"],
});
document.addEventListener("visibilitychange", () => (document.hidden ? leave() : open()));
for (const use of ["focus", "pointerdown", "keydown"]) addEventListener(use, open, { capture: true, passive: true });
// The network is back, and it may be another one: the old connection can be dead without having said so.
addEventListener("online", () => {
  if (!isOpen()) return;
  const held = [free, keeps];
  [free, keeps] = [undefined, false];
  follow();
  [free, keeps] = held;
  follow();
});
addEventListener("pagehide", leave);
addEventListener("pageshow", open);
open();
// Whoever asked first has it until the tab is closed; then the next one does.
navigator.locks?.request("homeroom:keeper", () => {
  keeps = true;
  giveBack();
  follow();
  return new Promise(() => {});
});
