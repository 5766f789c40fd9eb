// Reactions: a click on an emoji (`[data-react]`, in a message or in its toolbar) puts one's own there or takes it away, at
// once here and then on the server. `[data-react-more]` opens all there are (picker.js). A toolbar says in data-message whose it is.
import { ask, urlOf } from "./asking.js";
import { register } from "./lifecycle.js";
import { tellLost } from "../live/problems.js";
import { VIEWER } from "../viewer.js";

const wishes = new Map(); // What the viewer wants last, per message and emoji, while it is under way.

const people = (chip) => chip.dataset.people.split(/\s+/).filter(Boolean);
const chips = (message) => [...message.querySelectorAll(".message-reaction")];
const chipOf = (message, emoji) => chips(message).find(({ dataset }) => dataset.react === emoji);
const isMine = (chip) => Boolean(chip && people(chip).includes(VIEWER));

// What the fragment can't know: which of these one has pressed.
function press(message) {
  // It may have come anew, as it was before what is under way.
  for (const { id, emoji, wanted } of wishes.values()) if (id === message.id) paint(message, emoji, wanted);
  for (const chip of chips(message)) chip.setAttribute("aria-pressed", isMine(chip));
}

function newChip(message, emoji) {
  const list = message.querySelector(".message-reactions") ?? message.appendChild(document.createElement("ul"));
  list.className = "message-reactions";
  list.ariaLabel = "Reactions";
  const chip = document.createElement("button");
  chip.type = "button";
  chip.className = "message-reaction";
  chip.dataset.react = emoji;
  chip.dataset.people = "";
  chip.append(`${emoji} `, document.createElement("span"));
  list.appendChild(document.createElement("li")).append(chip);
  return chip;
}

// What the server will say, most likely.
function paint(message, emoji, wanted) {
  const chip = chipOf(message, emoji) ?? (wanted ? newChip(message, emoji) : undefined);
  if (!chip || isMine(chip) === wanted) return;
  const now = wanted ? [...people(chip), VIEWER] : people(chip).filter((id) => id !== VIEWER);
  chip.dataset.people = now.join(" ");
  chip.querySelector("span").textContent = now.length;
  press(message);
  if (now.length) return;
  const list = chip.closest(".message-reactions");
  chip.parentElement.remove();
  if (!list.childElementCount) list.remove();
}

// One request at a time for an emoji of a message, and none that the last wish makes needless.
async function settle(id, url, emoji) {
  const wish = wishes.get(id + emoji);
  while (wish.wanted !== wish.stored) {
    const { wanted } = wish;
    const { ok } = wanted
      ? await ask("POST", url, { values: { emoji } })
      : await ask("DELETE", `${url}?emoji=${encodeURIComponent(emoji)}`);
    if (ok) wish.stored = wanted;
    else wish.wanted = wish.stored;
    const message = document.getElementById(id);
    if (message) paint(message, emoji, wish.wanted);
  }
  wishes.delete(id + emoji);
}

function toggle(message, emoji) {
  const stored = isMine(chipOf(message, emoji));
  const wish = wishes.get(message.id + emoji);
  if (wish) wish.wanted = !stored;
  else wishes.set(message.id + emoji, { id: message.id, emoji, stored, wanted: !stored });
  paint(message, emoji, !stored);
  if (!wish) settle(message.id, urlOf(message, "reactions/"), emoji);
}

function messageOf(element) {
  const holder = element.closest("[data-message]");
  return element.closest(".thread-messages > .message")
    ?? document.getElementById(`message-${Number(holder?.dataset.message.replace("message-", ""))}`);
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-react], [data-react-more]");
  const message = button && messageOf(button);
  if (!message || message.hasAttribute("data-deleted")) return;
  if ("reactMore" in button.dataset) {
    import("./picker.js").then(({ openPicker }) => openPicker(button, message), tellLost);
    return;
  }
  button.closest(".reaction-picker")?.hidePopover();
  toggle(message, button.dataset.react);
});

register({
  connect: (thread) => thread.querySelectorAll(".thread-messages > .message").forEach(press),
  added: (thread, messages) => messages.forEach(press),
});
