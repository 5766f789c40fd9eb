// Replying: what is quoted stands at the composer, and its number goes out with the message. A reply to a team note is one.
import { choose } from "./audience.js";
import { complain } from "./drafts.js";
import { areaOf, composerOf, idOf, nameOf, textOf, threadOf } from "./rights.js";

const MAX_QUOTE = 200;
const former = new WeakMap(); // The audience that was chosen before a reply had to be a team note.

export const replyIn = (form) => form.querySelector(".composer-quote");

function asTeamNote(form, forced) {
  const everyone = form.querySelector("[name=audience][value=everyone]");
  if (!everyone) return;
  if (forced && everyone.checked) former.set(form, "everyone");
  if (forced) choose(form, "staff");
  everyone.disabled = forced;
  const label = everyone.closest("label");
  label.title = forced ? "A reply to a team note is a team note." : label.textContent.trim();
}

export function stopReply(form, { back = true } = {}) {
  const quote = replyIn(form);
  if (!quote) return;
  quote.remove();
  for (const input of form.querySelectorAll("input[name=reply_to]")) input.remove();
  asTeamNote(form, false);
  // Once it is sent the choice stays with the team: what comes next might not be meant for the student.
  if (back && former.get(form)) choose(form, former.get(form));
  former.delete(form);
}

function begin(thread, id, author, text, staff) {
  const form = composerOf(thread);
  if (!form) return;
  stopReply(form);
  for (const input of form.querySelectorAll("input[name=reply_to]")) input.remove();
  const quote = thread.querySelector("template[data-reply]").content.firstElementChild.cloneNode(true);
  quote.querySelector("input").value = id;
  quote.querySelector(".quote-author").textContent = author;
  quote.querySelector(".quote-text").textContent = text;
  quote.querySelector("[data-cancel]").addEventListener("click", () => {
    stopReply(form);
    areaOf(thread).focus();
  });
  form.querySelector("[data-context]").append(quote);
  if (staff) {
    quote.dataset.audience = "staff";
    asTeamNote(form, true);
  }
}

export function reply(message) {
  const thread = threadOf(message);
  const name = nameOf(message) === "You" ? "yourself" : nameOf(message);
  begin(thread, idOf(message), name, textOf(message).slice(0, MAX_QUOTE) || "File", message.dataset.audience === "staff");
  areaOf(thread)?.focus();
}

document.addEventListener("composer:sent", ({ target }) => stopReply(target, { back: false }));

// A message that wasn't sent came back, with what it replied to.
document.addEventListener("composer:restore", ({ target, detail }) => {
  const id = detail.fields?.find(([name]) => name === "reply_to")?.[1];
  if (!id) return;
  const thread = target.closest(".thread");
  const quoted = document.getElementById(`message-${Number(id)}`);
  if (quoted && !("deleted" in quoted.dataset)) reply(quoted);
  else if (!quoted) begin(thread, Number(id), "a message", "", detail.audience === "staff");
});

// It was deleted meanwhile: there is nothing to reply to, but what was written may still be worth sending.
document.addEventListener("htmx:after:swap", () => {
  for (const quote of document.querySelectorAll(".composer-quote")) {
    const quoted = document.getElementById(`message-${Number(quote.querySelector("input").value)}`);
    if (!quoted || !("deleted" in quoted.dataset)) continue;
    const form = quote.closest("form");
    stopReply(form);
    complain(form.closest(".thread"), "The message that you reply to was deleted meanwhile.");
  }
});
