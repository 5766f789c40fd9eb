// Whoever works with the keyboard keeps their place: what opened a form gets the focus back when that is closed, and when
// the row that one was in leaves the list, the next row has it.
const FOCUSABLE = "a[href], button:not([disabled]), input:not([type=hidden]), select, textarea";

const openers = new WeakMap(); // What a dialog belongs to.
let asked; // The last element that asked the server for something.

document.addEventListener("htmx:before:request", ({ target }) => { if (target === document.activeElement || target.contains(document.activeElement)) asked = target; });
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  for (const dialog of document.querySelectorAll("dialog[open]")) {
    if (!openers.has(dialog)) openers.set(dialog, ctx.sourceElement);
  }
});

document.addEventListener("close", ({ target }) => {
  const opener = openers.get(target);
  if (opener?.isConnected && (document.activeElement === document.body || target.contains(document.activeElement))) opener.focus();
}, true);

document.addEventListener("keydown", (event) => {
  const dialog = event.key === "Escape" && event.target.closest?.("dialog[open]");
  if (!dialog) return;
  event.preventDefault();
  dialog.close();
});

const rowOf = (element) => element?.closest?.("[data-student], [data-refocus]");
let place; // Where the focus is, and where it goes when that is gone.

document.addEventListener("focusin", ({ target }) => {
  const row = rowOf(target);
  place = row && { target, row, next: row.nextElementSibling, before: row.previousElementSibling, other: row.dataset.refocus };
});

document.addEventListener("htmx:after:swap", () => {
  if (!place || document.activeElement !== document.body || place.target.isConnected) return;
  const { row, next, before, other } = place;
  const home = other ? document.querySelector(other) : [row, next, before].find((each) => each?.isConnected)?.querySelector(FOCUSABLE);
  (home ?? document.getElementById("content"))?.focus();
});
