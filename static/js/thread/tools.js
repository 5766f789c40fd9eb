// What one can do to a message. One toolbar for the thread: it comes to the message under the pointer, to the one that has
// the focus, and on a phone into a sheet (sheet.js).
import { act } from "./deeds.js";
import { register } from "./lifecycle.js";
import { SHOWN } from "./messages.js";
import { MESSAGE, isTool, know, messageAt, offer, partsOf } from "./parts.js";
import { threadOf } from "./rights.js";
import { closeSheet } from "./sheet.js";

export function attach(message) {
  const { tools, sheet } = partsOf(threadOf(message)) ?? {};
  if (!tools || sheet.open) return;
  tools.hidden = !offer(tools, message);
  if (tools.parentElement !== message) message.append(tools);
}

export function detach(thread) {
  const { tools, sheet } = partsOf(thread) ?? {};
  if (!tools || sheet.open || tools.hidden) return;
  tools.hidden = true;
  delete tools.dataset.message;
  thread.append(tools);
}

// A message that changed is another element: the toolbar, and the focus in it, stay with it.
let held;
document.addEventListener("focusin", ({ target }) => { held = target.closest?.(MESSAGE) ? target : undefined; });

function follow(thread) {
  const { tools } = partsOf(thread);
  const id = tools.dataset.message;
  const message = id && document.getElementById(id);
  if (!id || tools.closest("dialog")) return;
  if (!message?.matches(SHOWN) || "deleted" in message.dataset) return detach(thread);
  attach(message);
  if (held && tools.contains(held) && document.activeElement === document.body) held.focus();
}

// The pointer

document.addEventListener("pointerover", ({ target, pointerType }) => {
  if (pointerType === "touch") return;
  const message = messageAt(target);
  const thread = target.closest?.(".thread");
  if (message) attach(message);
  for (const each of document.querySelectorAll(".thread")) {
    const tools = partsOf(each)?.tools;
    if (tools && !(message && each === thread) && !tools.contains(document.activeElement) && !focused(each)) detach(each);
  }
});

const focused = (thread) => document.activeElement?.matches?.(`${MESSAGE}:focus-visible`) && thread.contains(document.activeElement);

document.addEventListener("focusin", ({ target }) => {
  const message = messageAt(target);
  if (message && (target.matches(":focus-visible") || isTool(target))) attach(message);
});
document.addEventListener("focusout", ({ target, relatedTarget }) => {
  const message = messageAt(target);
  if (message && !messageAt(relatedTarget) && !message.matches(":hover") && relatedTarget) detach(threadOf(message));
});

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-tool]");
  const tools = button?.closest("[data-tools]");
  const message = tools && document.getElementById(tools.dataset.message);
  if (!message) return;
  closeSheet(threadOf(message));
  act(button.dataset.tool, message);
});

function quick(thread, tools) {
  const row = tools.querySelector("[data-quick-reactions]");
  const emoji = thread.querySelector("template[data-emoji]")?.content.querySelector("[data-quick]")?.textContent.trim();
  for (const each of emoji ? emoji.split(/\s+/) : []) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: each });
    button.dataset.react = each;
    row.append(button);
  }
}

function connect(thread) {
  const tools = thread.querySelector(":scope > [data-tools]");
  const sheet = thread.querySelector("[data-sheet]");
  know(thread, tools, sheet);
  quick(thread, tools);
  sheet.addEventListener("close", () => {
    tools.hidden = true;
    delete tools.dataset.message;
    sheet.querySelector(".sheet-text").textContent = ""; // It may be deleted by now.
    thread.append(tools);
  });
  // Before those who act on it: what lies under an open sheet can't be used.
  sheet.addEventListener("click", ({ target }) => { if (target.closest("[data-react], [data-react-more]")) sheet.close(); }, true);
}

register({ connect, added: follow });
