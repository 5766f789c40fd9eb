// What was typed and not sent, per person and conversation.
import { VIEWER } from "./viewer.js";

export const draftOf = (thread) => `homeroom:draft:${VIEWER}:${thread.dataset.conversation}`;

export function complain(thread, reason) {
  const error = thread.querySelector(".composer-error");
  if (error) error.textContent = reason;
}

// Give a refused text back to the composer, unless something new is being written there.
export function restore(thread, body) {
  const area = thread.querySelector("textarea[name=body]");
  if (!area || area.value.trim()) return false;
  area.value = body;
  localStorage.setItem(draftOf(thread), body);
  return true;
}
