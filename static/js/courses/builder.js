// A course is built: what was added leaves its line empty for the next, the focus stays on the button that moves a row, and
// what is dragged is sent as the buttons send it. A library for dragging is fetched when a handle is first pointed at.
import "./uploading.js";

const ordering = () => document.querySelector("[data-order]");
let focused; // The button that has asked, by its id, until the reader goes on to something else.
let fetching;
let held = false; // From pressing a handle until it is let go.
let missed = false; // News that came meanwhile.

document.addEventListener("submit", ({ target, submitter }) => {
  if (target === ordering()) focused = submitter?.id;
});

// Not after the first answer: one that was older may put the row back, and the next one moves it again.
function keepFocus() {
  if (!focused || document.activeElement !== document.body && document.activeElement?.id !== focused) return;
  const button = document.getElementById(focused);
  // At the top there is no further up.
  const other = button?.disabled ? button.parentElement.querySelector("button:not([disabled])") : button;
  other?.focus();
}

document.addEventListener("focusin", ({ target }) => {
  if (focused) focused = target.form === ordering() ? target.id : undefined;
});
document.addEventListener("pointerdown", () => { focused = undefined; });

document.addEventListener("htmx:after:swap", () => {
  keepFocus();
  if (window.Sortable) makeDraggable();
});

document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  const form = ctx.sourceElement;
  if ((ctx.response?.status ?? 500) >= 400) return;
  if ("undone" in form.dataset) form.closest(".toast-item")?.remove();
  if ("clear" in form.dataset) {
    form.reset();
    form.querySelector("[name=title]").value = "";
  }
});

const shape = () => [...document.querySelectorAll("[data-module]")].map((card) => {
  const rows = [...card.querySelectorAll("[data-lesson-row]")].map(({ dataset }) => dataset.lessonRow);
  return `${card.dataset.module}:${rows.join(",")}`;
}).join(";");

// What a colleague changes meanwhile must not take the row out of the hand that drags it: the outline waits for its release.
document.addEventListener("pointerdown", ({ target }) => { if (target.closest("[data-grab]")) held = true; });
for (const kind of ["pointerup", "pointercancel"]) {
  document.addEventListener(kind, () => { if (held && !window.Sortable?.dragged) release(); });
}

function release() {
  const asks = missed;
  held = missed = false;
  if (asks) htmx.trigger(document.body, document.querySelector(".course-outline").dataset.channels);
}

document.addEventListener("htmx:before:swap", (event) => {
  if (!held || !event.detail.tasks.some(({ target }) => target?.matches?.(".course-outline"))) return;
  event.preventDefault();
  missed = true;
});

function send({ item, oldIndex, newIndex, from, to }) {
  release();
  if (from === to && oldIndex === newIndex) return;
  const form = ordering();
  form.elements.order.value = shape();
  form.elements.dragged.value = item.dataset.module ? `module-${item.dataset.module}` : `lesson-${item.dataset.lessonRow}`;
  form.requestSubmit();
}

function makeDraggable() {
  const Sortable = window.Sortable;
  for (const list of document.querySelectorAll("[data-modules], [data-lessons]")) {
    if (Sortable.get(list)) continue;
    const kind = "modules" in list.dataset ? "module" : "lesson";
    Sortable.create(list, {
      group: kind, handle: `[data-grab=${kind}]`, draggable: kind === "module" ? "[data-module]" : "[data-lesson-row]",
      animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120, onEnd: send,
    });
  }
}

function fetchLibrary() {
  const { sortable } = ordering()?.dataset ?? {};
  if (!sortable || fetching) return;
  fetching = true;
  const script = document.createElement("script");
  script.src = sortable;
  script.addEventListener("load", makeDraggable);
  document.head.append(script);
}
for (const kind of ["pointerover", "pointerdown"]) {
  document.addEventListener(kind, ({ target }) => { if (target.closest?.("[data-grab]")) fetchLibrary(); });
}

// A picture or a file goes into the text where the caret is.
document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-insert]");
  const text = button?.closest("form").querySelector("textarea[name=body]");
  if (!text) return;
  const { insert, picture } = button.dataset;
  const named = /[\s()<>]/.test(insert) ? `<${insert}>` : insert;
  const start = text.selectionStart;
  text.setRangeText(picture ? `![](${named})` : `[${insert}](${named})`, start, text.selectionEnd, "end");
  text.focus();
  if (picture) text.setSelectionRange(start + 2, start + 2); // Where the words for it go.
  text.dispatchEvent(new Event("input", { bubbles: true }));
});
