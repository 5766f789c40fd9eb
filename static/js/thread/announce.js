// New messages are read out once, politely. The list itself is silent for screen readers: a message that is edited, or gets
// a reaction, is put there anew and would be read again.
import { register } from "./lifecycle.js";
import { SHOWN } from "./messages.js";
import { textOf } from "./rights.js";
import { VIEWER } from "../viewer.js";

const MANY = 3; // More at once, after an outage say, are counted instead.
const STAY_MS = 10_000;
const MAX_TEXT = 300;

const regions = new WeakMap();

// What is said is nothing to be found, selected or copied as text of the page: it is in a tree of its own.
function regionOf(thread) {
  const host = thread.querySelector("[data-announce]");
  if (host && !regions.has(host)) {
    const region = document.createElement("div");
    region.ariaLive = "polite";
    host.attachShadow({ mode: "closed" }).append(region);
    regions.set(host, region);
  }
  return host && regions.get(host);
}

export function say(thread, text) {
  const region = regionOf(thread);
  if (!region) return;
  const line = document.createElement("p");
  line.textContent = text;
  region.append(line);
  setTimeout(() => line.remove(), STAY_MS);
}

function words(message) {
  const note = message.querySelector(".message-audience")?.textContent;
  const text = textOf(message).slice(0, MAX_TEXT) || "sent a file";
  return `${message.querySelector(".message-author").textContent}${note ? `, ${note}` : ""}: ${text}`;
}

register({
  connect: regionOf, // A region that comes together with its first words isn't read.
  added(thread, messages, fresh) {
    // Where newer messages are still to come, one reads on: these are not news.
    if (thread.querySelector(".thread-newer a")) return;
    const theirs = fresh.filter((message) => message.matches(SHOWN) && message.dataset.author !== VIEWER && !("deleted" in message.dataset));
    if (theirs.length > MANY) say(thread, `${theirs.length} new messages`);
    else for (const message of theirs) say(thread, words(message));
  },
});
