// What was typed and not sent, per person and conversation.
import { choose } from "./audience.js";
import { VIEWER } from "../viewer.js";

export const draftOf = (thread) => `homeroom:draft:${VIEWER}:${thread.dataset.conversation}`;

export function complain(thread, reason) {
  const error = thread.querySelector(".composer-error");
  if (error) error.textContent = reason;
}

// Give a message that wasn't sent back to the composer, with all that it held: `composer:restore` tells those who put
// something there. Something new that is being written is kept, where `join` says so below the other, else it stays alone.
export function restore(thread, item, join = false) {
  const form = thread.querySelector(".composer");
  const area = form?.querySelector("textarea[name=body]");
  if (!area || (area.value.trim() && !join)) return false;
  area.value = [item.body, area.value.trim()].filter(Boolean).join("\n\n");
  localStorage.setItem(draftOf(thread), area.value);
  choose(form, item.audience);
  form.dispatchEvent(new CustomEvent("composer:restore", { bubbles: true, detail: item }));
  area.dispatchEvent(new Event("input", { bubbles: true }));
  return true;
}
