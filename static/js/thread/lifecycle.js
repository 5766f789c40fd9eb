// A thread on this page, from when it comes until it leaves. Modules register what they do then, and are called in the order
// in which app.js loads them:
//   connect(thread, late)            it is here; late, if the page was here before it
//   foot(thread, foot)               what stands under its messages is here, or came anew: the composer, if one may write
//   added(thread, messages, fresh)   these came into its list; fresh are those after the last one, others came anew or before
//   removed(thread)                  it has left
import { keyOf, newestOf } from "./order.js";

const parts = [];
const here = new Map(); // Thread: the foot that it was last seen with.

const tell = (moment, ...about) => { for (const part of parts) part[moment]?.(...about); };
export const register = (part) => parts.push(part);

function connect(thread, late) {
  const list = thread.querySelector(".thread-messages");
  if (!list) return;
  here.set(thread, undefined);
  tell("connect", thread, late);
  let last = newestOf(list.children);
  new MutationObserver((changes) => {
    const messages = changes.flatMap(({ addedNodes }) => [...addedNodes]).filter((node) => node.isConnected && node.matches?.(".message"));
    const fresh = messages.filter((message) => keyOf(message) > last);
    last = Math.max(last, newestOf(fresh));
    tell("added", thread, messages, fresh);
  }).observe(list, { childList: true });
}

// What has come, and what has left, since this was last asked.
export function look(late = true) {
  for (const thread of here.keys()) {
    if (thread.isConnected) continue;
    here.delete(thread);
    tell("removed", thread);
  }
  for (const thread of document.querySelectorAll("[data-conversation].thread")) {
    if (!here.has(thread)) connect(thread, late);
    const foot = thread.querySelector(".thread-foot");
    if (!foot || !here.has(thread) || here.get(thread) === foot) continue;
    here.set(thread, foot);
    tell("foot", thread, foot);
  }
}

// Once all have registered.
export function begin() {
  look(false);
  document.addEventListener("htmx:after:swap", () => look());
}
