// The composer: Enter sends, Shift+Enter breaks the line, and a draft outlives a reload. What is refused says why here and
// keeps its text.
import { complain, draftOf } from "./drafts.js";
import { register } from "./lifecycle.js";
import { seenIn, toEnd } from "./messages.js";
import { queue } from "./outbox.js";

const DOUBLE_CLICK_MS = 1000;
const NEAR = 500; // Characters left when the count appears.

function count(form, text) {
  const line = form.querySelector(".composer-count");
  const left = Number(form.dataset.max) - [...text].length;
  line.hidden = left > NEAR;
  line.toggleAttribute("data-over", left < 0);
  line.textContent = left < 0 ? `${-left} characters too many` : `${left} characters left`;
  return left;
}

// crypto.randomUUID is missing on plain http; random bytes are not.
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

// Whatever else the composer holds (a quote, files) is a field of its form. Who adds some may stop the sending until they
// are there (`composer:submit`, cancelable) and takes them out again afterwards (`composer:sent`).
const NOT_SENT = ["body", "client_key", "csrfmiddlewaretoken", "seen"];

const tell = (form, name) => form.dispatchEvent(new CustomEvent(name, { bubbles: true, cancelable: true }));

function submit(thread, form, area) {
  const body = area.value.trim();
  if (!tell(form, "composer:submit")) return;
  const fields = [...new FormData(form)].filter(([name]) => !NOT_SENT.includes(name));
  if (!body && !fields.some(([name]) => name === "attachments")) {
    // The second click of a double one finds the text gone: it was sent.
    if (Date.now() - Number(form.dataset.sentAt ?? 0) > DOUBLE_CLICK_MS) complain(thread, "Write something first.");
    return;
  }
  const left = count(form, body);
  if (left < 0) return complain(thread, `This is ${-left} characters too long; a message has room for ${form.dataset.max}.`);
  queue({
    key: uuid(),
    conversation: thread.dataset.conversation,
    url: form.getAttribute("action"),
    body,
    audience: new FormData(form).get("audience") ?? "",
    fields,
    seen: seenIn(thread),
    at: new Date().toISOString(),
  });
  form.dataset.sentAt = Date.now();
  complain(thread, "");
  area.value = "";
  localStorage.removeItem(draftOf(thread));
  count(form, "");
  tell(form, "composer:sent");
  toEnd(thread);
}

let caret; // Where the reader types on, in the composer that comes.

function equip(thread, form) {
  form.noValidate = true;
  const area = form.querySelector("textarea");
  area.value ||= localStorage.getItem(draftOf(thread)) ?? "";
  count(form, area.value);
  area.addEventListener("input", () => {
    if (area.value) localStorage.setItem(draftOf(thread), area.value);
    else localStorage.removeItem(draftOf(thread));
    complain(thread, "");
    count(form, area.value.trim());
  });
  area.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  // Pressing a button here leaves the focus where it is. On a phone the focus shows and hides what is at the bottom: the
  // button would move away from under the finger, and a keyboard would close.
  form.addEventListener("mousedown", (event) => { if (!event.target.closest("textarea")) event.preventDefault(); });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(thread, form, area);
  });
  if (caret?.draft !== draftOf(thread)) return;
  area.focus({ preventScroll: true });
  area.setSelectionRange(...caret.at);
  caret = undefined;
}

register({
  foot(thread, foot) {
    const form = foot.querySelector(".composer");
    if (form) equip(thread, form);
  },
});

// The same where a finger presses something among the messages (Undo, a reaction, Send anyway) while it is being written.
document.addEventListener("mousedown", (event) => {
  const thread = document.activeElement?.closest(".composer")?.closest(".thread");
  const pressed = event.target.closest?.("button, a, summary");
  if (pressed && thread?.contains(pressed) && matchMedia("(pointer: coarse)").matches) event.preventDefault();
});

// What is half typed for the first message of a conversation goes on in its composer, with the caret where it was, once
// somebody else has begun it.
document.addEventListener("htmx:before:swap", ({ detail: { ctx, tasks } }) => {
  for (const { target, fragment } of tasks) {
    if (ctx.sourceElement !== target) continue;
    const area = target.querySelector("[data-first-message]:has(button:enabled) textarea");
    const thread = area && fragment.querySelector("[data-conversation].thread");
    if (!thread) continue;
    if (area.value.trim()) localStorage.setItem(draftOf(thread), area.value);
    if (area === document.activeElement) caret = { draft: draftOf(thread), at: [area.selectionStart, area.selectionEnd] };
  }
});
