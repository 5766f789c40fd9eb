// What is offered for a message. The server decides again; here it is only not promised.
import { register } from "./lifecycle.js";
import { VIEWER } from "../viewer.js";

const MINUTE = 60_000;
const offsets = new WeakMap(); // How far this machine's clock is from the server's, in milliseconds.

export const threadOf = (message) => message.closest(".thread");
export const idOf = (message) => Number(message.id.replace("message-", ""));
export const textOf = (message) => message.querySelector("[data-message-body]").textContent;
// What was typed; where that is Markdown, pages show the HTML made of it, and the server is asked.
export async function sourceOf(message) {
  if (!message.querySelector("[data-message-body].prose")) return textOf(message);
  const answer = await fetch(`${threadOf(message).dataset.messages}${idOf(message)}/source/`);
  return answer.ok ? answer.text() : textOf(message);
}
export const nameOf = (message) => (message.dataset.author === VIEWER ? "You" : message.querySelector(".message-author").textContent);
export const composerOf = (thread) => thread.querySelector(".composer");
export const areaOf = (thread) => thread.querySelector(".composer textarea[name=body]");

export function rightsOf(message) {
  const foot = threadOf(message)?.querySelector(".thread-foot");
  if (!foot || "deleted" in message.dataset) return new Set();
  const has = new Set(foot.dataset.rights.split(" "));
  const own = message.dataset.author === VIEWER;
  const age = Date.now() + (offsets.get(foot) ?? 0) - Date.parse(message.querySelector("time").dateTime);
  const pinned = "pinned" in message.dataset;
  const may = {
    react: has.has("post"),
    reply: has.has("post"),
    edit: has.has("post") && (has.has("edit-any") || (own && age < Number(foot.dataset.editMinutes) * MINUTE)),
    pin: has.has("pin") && !pinned,
    unpin: has.has("pin") && pinned,
    text: Boolean(textOf(message)),
    link: true,
    delete: has.has("delete-any") || (own && has.has("post")),
  };
  return new Set(Object.keys(may).filter((verb) => may[verb]));
}

register({ foot: (thread, foot) => offsets.set(foot, Number(foot.dataset.now) * 1000 - Date.now()) });
