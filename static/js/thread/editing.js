// Editing happens in the composer. The draft that was there comes back when it is over, however it ends.
import { say } from "./announce.js";
import { ask, urlOf } from "./asking.js";
import { audienceOf, choose } from "./audience.js";
import { complain, draftOf } from "./drafts.js";
import { stopReply } from "./replying.js";
import { areaOf, composerOf, rightsOf, sourceOf, threadOf } from "./rights.js";

const edits = new WeakMap(); // Form: the message's id and text, and what the composer held before.

const threadIn = (form) => form.closest(".thread");

export const isEditing = (form) => edits.has(form);

function keep(thread, text) {
  if (text) localStorage.setItem(draftOf(thread), text);
  else localStorage.removeItem(draftOf(thread));
}

export async function edit(message) {
  const thread = threadOf(message);
  const form = composerOf(thread);
  if (!form || !rightsOf(message).has("edit")) return;
  const text = await sourceOf(message);
  stopEdit(form);
  stopReply(form);
  const area = areaOf(thread);
  edits.set(form, { id: message.id, text, url: urlOf(message), draft: area.value, audience: audienceOf(form), send: form.querySelector(".composer-send").ariaLabel });
  form.dataset.editing = "";
  choose(form, message.dataset.audience);
  const banner = thread.querySelector("template[data-edit]").content.firstElementChild.cloneNode(true);
  banner.querySelector(".quote-text").textContent = text;
  banner.querySelector("[data-cancel]").addEventListener("click", () => { stopEdit(form); area.focus(); });
  form.querySelector("[data-context]").append(banner);
  form.querySelector(".composer-send").ariaLabel = "Save";
  complain(thread, "");
  area.value = text;
  area.focus();
  area.setSelectionRange(text.length, text.length);
}

// `text` is what stays in the composer; without it, what was there before.
export function stopEdit(form, text) {
  const state = edits.get(form);
  if (!state) return;
  edits.delete(form);
  delete form.dataset.editing;
  form.querySelector(".composer-editing")?.remove();
  form.querySelector(".composer-send").ariaLabel = state.send;
  choose(form, state.audience);
  const thread = threadIn(form);
  complain(thread, "");
  const area = areaOf(thread);
  area.value = text ?? state.draft;
  keep(thread, area.value);
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

async function save(form) {
  const state = edits.get(form);
  const thread = threadIn(form);
  const body = areaOf(thread).value.trim();
  if (body === state.text.trim()) return stopEdit(form);
  if (state.saving) return;
  state.saving = true;
  const { ok, status, reason } = await ask("POST", state.url, { values: { body }, quiet: true });
  state.saving = false;
  if (edits.get(form) !== state) return; // Given up, or another one begun.
  if (!ok) return complain(thread, reason);
  stopEdit(form);
  // As a new one does: its author's list of those shows it, also where the stream is away.
  if (status === 202) htmx.trigger(document.body, `held-${thread.dataset.conversation}`);
  say(thread, status === 202 ? "Your change waits for approval" : "Message edited");
}

document.addEventListener("composer:submit", (event) => {
  if (!edits.has(event.target)) return;
  event.preventDefault();
  save(event.target);
});

// What is typed meanwhile is no draft.
document.addEventListener("input", ({ target }) => {
  const state = edits.get(target.form);
  if (state && target.name === "body") keep(threadIn(target.form), state.draft);
});

// Deleted by somebody else while it was being edited: the text stays, as something that could be sent.
document.addEventListener("htmx:after:swap", () => {
  for (const form of document.querySelectorAll(".composer[data-editing]")) {
    const state = edits.get(form);
    const message = state && document.getElementById(state.id);
    if (!message || !("deleted" in message.dataset)) continue;
    const thread = threadIn(form);
    const text = areaOf(thread).value;
    stopEdit(form, text === state.text ? undefined : [text, state.draft].filter(Boolean).join("\n\n"));
    complain(thread, "This message was deleted meanwhile. What you typed is still here.");
  }
});

// The conversation is being closed: the composer leaves, and what was typed waits for the next one.
document.addEventListener("htmx:before:swap", ({ detail: { tasks } }) => {
  for (const { target } of tasks) {
    const form = target?.matches?.(".thread-foot") && target.querySelector(".composer[data-editing]");
    const state = form && edits.get(form);
    if (state) keep(threadIn(form), [areaOf(threadIn(form)).value, state.draft].filter(Boolean).join("\n\n"));
  }
});
