// Whoever works with the keyboard keeps their place: what opened a form has the focus again when that is closed, a row
// that came anew has it where it was, and when a row leaves the list, the next one has it.
const FOCUSABLE = "a[href], button:not([disabled]), input:not([type=hidden]), select, textarea";

const within = (row) => [...row.querySelectorAll(FOCUSABLE)];
const openers = new WeakMap(); // Which link a dialog came from.
let place; // Where the focus is, and what is near it.

document.addEventListener("focusin", ({ target }) => {
  const row = target.closest("[data-student], [data-refocus]");
  place = row && {
    target, row, index: within(row).indexOf(target), next: row.nextElementSibling, previous: row.previousElementSibling,
  };
});

function home({ row, index, next, previous }) {
  if (row.dataset.refocus) return document.querySelector(row.dataset.refocus);
  const same = row.id ? document.getElementById(row.id) : row;
  if (same?.isConnected) return within(same)[index];
  const near = [next, previous].find((each) => each?.isConnected);
  return near && within(near)[0];
}

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  for (const dialog of document.querySelectorAll("dialog[open]")) {
    if (!openers.has(dialog)) openers.set(dialog, ctx.sourceElement);
  }
  if (!place || place.target.isConnected || document.activeElement !== document.body) return;
  (home(place) ?? document.getElementById("content"))?.focus();
});

// `close` doesn't bubble.
document.addEventListener("close", ({ target }) => {
  const { activeElement } = document;
  if (activeElement === document.body || target.contains(activeElement)) openers.get(target)?.focus();
}, true);

// A dialog that isn't modal doesn't know this key.
document.addEventListener("keydown", (event) => {
  const dialog = event.key === "Escape" && event.target.closest?.("dialog[open]");
  if (!dialog) return;
  event.preventDefault();
  dialog.close();
});
