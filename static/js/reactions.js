// Reactions: a click on an emoji (`[data-react]`, in a message or in its toolbar) puts one's own there or takes it away, at
// once here and then on the server. `[data-react-more]` opens all there are. A toolbar says in data-message whose it is.
import { eachThread } from "./messages.js";
import { VIEWER } from "./viewer.js";

const wishes = new Map(); // What the viewer wants last, per message and emoji, while it is under way.

const people = (chip) => chip.dataset.people.split(/\s+/).filter(Boolean);
const chips = (message) => [...message.querySelectorAll(".message-reaction")];
const chipOf = (message, emoji) => chips(message).find(({ dataset }) => dataset.react === emoji);
const isMine = (chip) => Boolean(chip && people(chip).includes(VIEWER));

// What the fragment can't know: which of these one has pressed.
function press(message) {
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
async function settle(id, conversation, emoji) {
  const wish = wishes.get(id + emoji);
  while (wish.wanted !== wish.stored) {
    const { wanted } = wish;
    const courier = document.createElement("form");
    courier.hidden = true;
    const query = wanted ? "" : `?emoji=${encodeURIComponent(emoji)}`;
    if (wanted) {
      const input = courier.appendChild(document.createElement("input"));
      Object.assign(input, { type: "hidden", name: "emoji", value: emoji });
    }
    document.body.append(courier);
    const url = `/conversations/${Number(conversation)}/messages/${Number(id.replace("message-", ""))}/reactions/${query}`;
    wish.taken = false;
    try {
      await htmx.ajax(wanted ? "POST" : "DELETE", url, { source: courier, target: courier, swap: "none", wish });
    } finally {
      courier.remove();
    }
    if (!wish.taken) wish.wanted = wish.stored;
    else wish.stored = wanted;
    const message = document.getElementById(id);
    if (message) paint(message, emoji, wish.wanted);
  }
  wishes.delete(id + emoji);
}

document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  if (ctx.wish) ctx.wish.taken = ctx.response?.status === 200;
});

function toggle(message, emoji) {
  const { conversation } = message.closest(".thread").dataset;
  const stored = isMine(chipOf(message, emoji));
  const wish = wishes.get(message.id + emoji);
  paint(message, emoji, !stored);
  if (wish) wish.wanted = !stored;
  else {
    wishes.set(message.id + emoji, { stored, wanted: !stored });
    settle(message.id, conversation, emoji);
  }
}

function messageOf(element) {
  const holder = element.closest("[data-message]");
  return element.closest(".thread-messages > .message")
    ?? document.getElementById(`message-${Number(holder?.dataset.message.replace("message-", ""))}`);
}

// The picker: one for the page, made when it is first wanted, from the emoji that the thread carries.
let picker;

function emojiButton(emoji) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "reaction-choice", textContent: emoji });
  button.dataset.react = emoji;
  return button;
}

function makePicker(thread) {
  const panel = document.createElement("div");
  panel.className = "reaction-picker";
  panel.popover = "auto";
  panel.setAttribute("role", "dialog");
  panel.ariaLabel = "Choose a reaction";
  for (const group of thread.querySelector("template[data-emoji]").content.children) {
    const heading = document.createElement("p");
    heading.textContent = group.title;
    const row = document.createElement("div");
    row.append(...group.textContent.split(" ").map(emojiButton));
    panel.append(heading, row);
  }
  panel.addEventListener("keydown", walk);
  return panel;
}

function walk(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 6, ArrowUp: -6 }[event.key];
  if (!step) return;
  event.preventDefault();
  const all = [...picker.querySelectorAll("button")];
  const next = all[all.indexOf(document.activeElement) + step];
  next?.focus();
}

// Beside its button, inside the window; on a phone the theme puts it at the bottom.
function place(button) {
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = picker;
  picker.style.left = `${Math.max(8, Math.min(at.left, innerWidth - width - 8))}px`;
  picker.style.top = `${at.top > height + 8 ? at.top - height - 4 : Math.min(at.bottom + 4, innerHeight - height - 8)}px`;
}

function openPicker(button, message) {
  const thread = message.closest(".thread");
  picker?.remove();
  picker = makePicker(thread);
  picker.dataset.message = message.id;
  thread.append(picker);
  picker.showPopover({ source: button });
  place(button);
  picker.querySelector("button").focus();
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-react], [data-react-more]");
  const message = button && messageOf(button);
  if (!message || message.hasAttribute("data-deleted")) return;
  if ("reactMore" in button.dataset) return openPicker(button, message);
  picker?.isConnected && picker.hidePopover();
  toggle(message, button.dataset.react);
});

eachThread((thread) => {
  const list = thread.querySelector(".thread-messages");
  if (!list || "reactions" in list.dataset) return;
  list.dataset.reactions = "";
  list.querySelectorAll(".message").forEach(press);
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) for (const node of addedNodes) if (node.nodeType === 1) press(node);
  }).observe(list, { childList: true });
});
