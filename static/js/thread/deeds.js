// What can be done to a message, by its name: the toolbar, the sheet and the keys all come here.
import { say } from "./announce.js";
import { ask, urlOf } from "./asking.js";
import { edit } from "./editing.js";
import { reply } from "./replying.js";
import { idOf, nameOf, rightsOf, sourceOf, textOf, threadOf } from "./rights.js";
import { canUndo, undo } from "./undo.js";
import { backTo } from "./walking.js";

async function copy(thread, text, said) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Plain http, or not allowed: the old way.
    const area = Object.assign(document.createElement("textarea"), { value: text, className: "visually-hidden" });
    const { activeElement } = document;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    activeElement?.focus();
  }
  say(thread, said);
  const note = thread.querySelector(".thread-note");
  note.textContent = said;
  note.hidden = false;
  setTimeout(() => { note.hidden = true; }, 2000);
}

function linkTo(message) {
  const path = `${threadOf(message).dataset.page ?? threadOf(message).dataset.url}?at=${idOf(message)}#${message.id}`;
  return new URL(path, location.href).href;
}

const doomed = new WeakMap(); // Dialog: what it asks about.

function remove(message) {
  const dialog = threadOf(message).querySelector("[data-delete]");
  if (dialog.open) return;
  dialog.querySelector(".delete-text").textContent = `${nameOf(message)}: ${textOf(message).slice(0, 200) || "File"}`;
  dialog.returnValue = "";
  if (!doomed.has(dialog)) dialog.addEventListener("close", decided);
  doomed.set(dialog, { message, url: urlOf(message) });
  dialog.showModal();
}

async function decided({ currentTarget: dialog }) {
  if (dialog.open) return; // Asked again already.
  const { message, url } = doomed.get(dialog);
  const thread = dialog.closest(".thread");
  dialog.querySelector(".delete-text").textContent = "";
  backTo(message);
  if (dialog.returnValue === "delete" && (await ask("DELETE", url)).ok) say(thread, "Message deleted");
}

async function change(method, message, part, said) {
  const thread = threadOf(message);
  if ((await ask(method, urlOf(message, part))).ok) say(thread, said);
}

const DEEDS = {
  reply,
  edit,
  undo,
  pin: (message) => change("POST", message, "pin/", "Pinned"),
  unpin: (message) => change("DELETE", message, "pin/", "Unpinned"),
  text: async (message) => copy(threadOf(message), await sourceOf(message), "Text copied"),
  link: (message) => copy(threadOf(message), linkTo(message), "Link copied"),
  delete: remove,
};

export function act(verb, message) {
  if (verb === "undo" ? canUndo(message) : rightsOf(message).has(verb)) DEEDS[verb]?.(message);
}
