// The pinned messages above a thread ask for themselves anew when one of them changes, or another is pinned.
import { ask } from "./asking.js";
import { textOf } from "./rights.js";

const CUT = "…";

function differs(pin, message) {
  const shown = pin.querySelector(".pin-text").textContent;
  const text = textOf(message) || "File";
  return shown.endsWith(CUT) ? !text.startsWith(shown.slice(0, -1)) : text !== shown;
}

function changes(region, message) {
  const pin = region.querySelector(`[data-pin="${message.id.replace("message-", "")}"]`);
  const pinned = "pinned" in message.dataset;
  return pin ? !pinned || differs(pin, message) : pinned;
}

// Before anybody takes out what belongs to a part of the thread that isn't loaded: it may be pinned all the same.
document.addEventListener("htmx:before:swap", ({ detail: { tasks } }) => {
  for (const { swapSpec, target, fragment } of tasks) {
    const list = swapSpec.style === "upsert" && (typeof target === "string" ? document.querySelector(target) : target);
    const region = list?.closest?.(".thread")?.querySelector(".thread-pins");
    if (region && [...fragment.children].some((message) => changes(region, message))) htmx.trigger(document.body, region.id);
  }
}, true);

// A list that was open stays open.
let open;
document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => {
  if (ctx.sourceElement?.matches?.(".thread-pins")) open = ctx.sourceElement.querySelector("details[open]") && ctx.sourceElement.id;
});
document.addEventListener("htmx:after:swap", () => {
  const details = open && document.getElementById(open)?.querySelector("details");
  open = undefined;
  if (details) details.open = true;
});

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-unpin]");
  const thread = button?.closest(".thread");
  const id = Number(button?.closest("[data-pin]").dataset.pin);
  if (thread) ask("DELETE", `${thread.dataset.messages}${id}/pin/`);
  // Going there, or anywhere else, closes the list.
  else if (target.closest?.("[data-pin] a") || !target.closest?.(".thread-pins")) {
    for (const details of document.querySelectorAll(".thread-pins details[open]")) details.open = false;
  }
});
