// One change of one message, asked of the server: resolves to its status, and to the reason where it was refused.
import { idOf, threadOf } from "./rights.js";

const LOST = "Homeroom can't be reached. Try again in a moment.";
const BROKEN = "Something broke on our side. Try again in a moment.";

export const urlOf = (message, part = "") => `${threadOf(message).dataset.messages}${idOf(message)}/${part}`;

// Each has an element of its own: requests of one element wait for one another, or are dropped. What is refused is told as
// a toast, or with `quiet` by whoever asks.
export async function ask(method, url, { values = {}, quiet = false } = {}) {
  const courier = document.createElement("form");
  courier.hidden = true;
  document.body.append(courier);
  const answer = { status: 0, reason: LOST };
  try {
    await htmx.ajax(method, url, { source: courier, target: courier, swap: "none", values, quiet, answer });
  } finally {
    courier.remove();
  }
  return { ...answer, ok: answer.status >= 200 && answer.status < 300 };
}

document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  if (!ctx.answer || !ctx.response) return;
  const { status } = ctx.response;
  ctx.answer.status = status;
  const { body } = new DOMParser().parseFromString(ctx.text ?? "", "text/html");
  ctx.answer.reason = status >= 500 ? BROKEN : body.textContent.replace(/\s+/g, " ").trim().slice(0, 300);
});
