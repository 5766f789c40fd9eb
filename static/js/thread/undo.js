// Undo, for some seconds beside what was just sent from here: the message leaves every page, and its text comes back.
import { ask, urlOf } from "./asking.js";
import { say } from "./announce.js";
import { restore } from "./drafts.js";
import { register } from "./lifecycle.js";
import { areaOf, textOf, threadOf } from "./rights.js";

const fresh = new Map(); // The sender's own name for a message: until when.
const typed = new Map(); // The same: what was typed.

export const canUndo = (message) => fresh.get(message.dataset.sent) > Date.now();

export async function undo(message) {
  if (!canUndo(message)) return;
  const thread = threadOf(message);
  const quoted = message.querySelector(".message-quote[data-goto]")?.dataset.goto;
  const files = [...message.querySelectorAll("[data-attachment]")].map(({ dataset }) => ["attachments", dataset.attachment]);
  const fields = [...(quoted ? [["reply_to", quoted]] : []), ...files];
  const item = { body: typed.get(message.dataset.sent) ?? textOf(message), audience: message.dataset.audience, fields };
  const { ok } = await ask("DELETE", urlOf(message, "sending/"));
  if (!ok) return;
  fresh.delete(message.dataset.sent);
  restore(thread, item, true);
  areaOf(thread)?.focus();
  say(thread, "Taken back");
}

function offer(message) {
  if (message.querySelector(".message-undo") || "deleted" in message.dataset || !canUndo(message)) return;
  const button = threadOf(message).querySelector("template[data-undo]")?.content.firstElementChild.cloneNode(true);
  if (!button) return;
  button.addEventListener("click", () => undo(message));
  message.append(button);
  setTimeout(() => {
    if (button.contains(document.activeElement)) areaOf(threadOf(message))?.focus();
    button.remove();
  }, fresh.get(message.dataset.sent) - Date.now());
}

function offerAll(thread) {
  for (const key of fresh.keys()) {
    const message = thread.querySelector(`[data-sent="${key}"]`);
    if (message) offer(message);
  }
}

document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  if (!ctx.item || ctx.response?.status !== 201) return;
  const thread = document.querySelector(`.thread[data-conversation="${Number(ctx.item.conversation)}"]`);
  const seconds = Number(thread?.querySelector(".thread-foot")?.dataset.undoSeconds ?? 0);
  fresh.set(ctx.item.key, Date.now() + seconds * 1000);
  typed.set(ctx.item.key, ctx.item.body);
  setTimeout(() => fresh.delete(ctx.item.key), seconds * 1000);
  if (thread) offerAll(thread);
});

register({ connect: offerAll, added: offerAll });
