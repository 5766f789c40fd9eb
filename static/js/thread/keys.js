// The keyboard in a thread. Arrows, Home and End go through the messages, letters do what the toolbar does, Enter goes into
// it, Escape goes back one step: from the toolbar to the message, from there to the composer.
import { act } from "./deeds.js";
import { isEditing, stopEdit } from "./editing.js";
import { register } from "./lifecycle.js";
import { SHOWN } from "./messages.js";
import { MESSAGE, isTool, messageAt, partsOf } from "./parts.js";
import { replyIn, stopReply } from "./replying.js";
import { areaOf, rightsOf, threadOf } from "./rights.js";
import { attach } from "./tools.js";
import { VIEWER } from "../viewer.js";
import { focusMessage } from "./walking.js";

const LETTERS = { e: "edit", r: "reply", l: "link", u: "undo", Delete: "delete", Backspace: "delete" };

const shown = (thread) => [...thread.querySelectorAll(MESSAGE)];

function toComposer(thread) {
  (areaOf(thread) ?? thread.querySelector(".thread-scroll")).focus();
}

function inView(thread) {
  const { bottom } = thread.querySelector(".thread-scroll").getBoundingClientRect();
  return shown(thread).findLast((message) => message.getBoundingClientRect().top < bottom - 8);
}

function walk(thread, message, key) {
  const all = shown(thread);
  const index = message ? all.indexOf(message) : all.indexOf(inView(thread)) + (key === "ArrowUp" ? 1 : 0);
  const next = { ArrowUp: Math.max(0, index - 1), ArrowDown: index + 1, Home: 0, End: all.length - 1 }[key];
  if (next >= all.length) return toComposer(thread);
  focusMessage(all[next]);
  if (next === 0) thread.querySelector(".thread-scroll").scrollTop = -1e9; // Older ones come.
}

function onMessage(event, thread, message) {
  const { key } = event;
  if (["ArrowUp", "ArrowDown", "Home", "End"].includes(key)) walk(thread, message, key);
  else if (key === "Escape") toComposer(thread);
  else if (key === "Enter" || key === "ContextMenu") toTools(message);
  else if (key.toLowerCase() === "p") act(rightsOf(message).has("pin") ? "pin" : "unpin", message);
  else if (LETTERS[key] ?? LETTERS[key.toLowerCase()]) act(LETTERS[key] ?? LETTERS[key.toLowerCase()], message);
  else return;
  done(event);
}

function done(event) {
  event.preventDefault();
  event.stopPropagation(); // Escape closes the drawer otherwise.
}

const buttons = (thread) => [...partsOf(thread).tools.querySelectorAll("[data-tool]:not([hidden])")];

function toTools(message) {
  attach(message);
  buttons(threadOf(message))[0]?.focus();
}

function onTool(event, thread) {
  const all = buttons(thread);
  const index = all.indexOf(event.target);
  const next = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: -1 }[event.key];
  if (event.key === "Escape") focusMessage(messageAt(event.target));
  else if (next !== undefined) all.at(next % all.length)?.focus();
  else return;
  done(event);
}

function onComposer(event, thread, form) {
  const { key, target } = event;
  if (key === "Escape" && isEditing(form)) stopEdit(form);
  else if (key === "Escape" && replyIn(form)) stopReply(form);
  else if (key === "ArrowUp" && target.name === "body" && !target.value && !isEditing(form)) {
    const all = shown(thread);
    focusMessage(all.findLast(({ dataset }) => dataset.author === VIEWER && !("deleted" in dataset)) ?? all.at(-1));
  } else return;
  done(event);
}

function onKey(event) {
  const { target, currentTarget: thread } = event;
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  // What lies above the thread closes by itself, and nothing else with it.
  if (event.key === "Escape" && target.closest(":modal, :popover-open")) return event.stopPropagation();
  const form = target.closest("form.composer");
  if (target.matches(MESSAGE)) onMessage(event, thread, target);
  else if (isTool(target) && messageAt(target)) onTool(event, thread);
  else if (form) onComposer(event, thread, form);
  else if (target.matches(".thread-scroll") && ["ArrowUp", "ArrowDown"].includes(event.key)) {
    walk(thread, undefined, event.key);
    done(event);
  } else if (event.key === "Escape" && messageAt(target)) {
    focusMessage(messageAt(target));
    done(event);
  }
}

// A message that changed is another element: the focus stays with it, and goes on where it was taken back.
let held;
document.addEventListener("focusin", ({ target }) => {
  held = target.matches?.(MESSAGE) ? { id: target.id, before: target.previousElementSibling?.id } : undefined;
});

function refocus() {
  if (!held || document.activeElement !== document.body) return;
  const message = document.getElementById(held.id);
  const other = message?.matches(SHOWN) ? message : document.getElementById(held.before);
  if (message && !message.hasAttribute("tabindex")) focusMessage(other);
}

register({ connect: (thread) => thread.addEventListener("keydown", onKey), added: refocus });
