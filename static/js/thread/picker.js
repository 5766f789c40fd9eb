// All emoji there are, for a message: loaded when it is first wanted, made from those that the thread carries.
const EMOJI = /^[\p{Extended_Pictographic}\p{Regional_Indicator}#*0-9][\p{Emoji}\p{Emoji_Component}]*$/u;
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
  panel.append(otherEmoji());
  panel.addEventListener("keydown", walk);
  return panel;
}

// Whatever the keyboard of a phone or of a system has; the button reacts (reactions.js) once it is an emoji.
function otherEmoji() {
  const form = document.createElement("form");
  const input = Object.assign(document.createElement("input"), { className: "input input-sm", required: true });
  input.ariaLabel = input.placeholder = "Any other emoji";
  const button = Object.assign(document.createElement("button"), { className: "btn btn-sm", textContent: "React" });
  input.addEventListener("input", () => {
    const emoji = input.value.trim();
    const isEmoji = EMOJI.test(emoji);
    input.setCustomValidity(isEmoji ? "" : "Type one emoji.");
    if (isEmoji) button.dataset.react = emoji;
    else delete button.dataset.react;
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.append(input, button);
  return form;
}

function walk(event) {
  if (event.target.matches("input")) return;
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

export function openPicker(button, message) {
  const thread = message.closest(".thread");
  picker?.remove();
  picker = makePicker(thread);
  picker.dataset.message = message.id;
  thread.append(picker);
  picker.showPopover({ source: button });
  place(button);
  picker.querySelector("button").focus();
}
