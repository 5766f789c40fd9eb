// The queue by keyboard: from one thing to the next, and what is decided about it. A decision leads to the next.
import "./keeping.js";
import "./looking.js";

const ITEM = "[data-item]";
const items = () => [...document.querySelectorAll(`${ITEM}:not(.is-decided)`)];
const here = () => document.activeElement?.closest(ITEM);

function step(by) {
  const all = items();
  const now = here();
  const next = now ? all[all.indexOf(now) + by] : all[by > 0 ? 0 : all.length - 1];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

// What a key presses: a form's button at once, a summary opens and leads into its first field.
function press(deed) {
  const control = here()?.querySelector(`[data-deed=${deed}]`);
  if (!control) return;
  control.click();
  if (control.matches("summary")) control.parentElement.querySelector("textarea, input:not([type=hidden])")?.focus();
}

const DO = { j: () => step(1), k: () => step(-1), a: () => press("approve"), r: () => press("reject"), h: () => press("hide"), c: () => press("correct") };

addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (key === "Escape" && target.closest("details[open]")) {
    const details = target.closest("details[open]");
    details.open = false;
    return details.closest(ITEM)?.focus();
  }
  const busy = event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented || event.repeat;
  if (busy || !DO[key] || target.closest("input, textarea, select, [contenteditable], dialog, [popover]")) return;
  event.preventDefault();
  DO[key]();
});

let decided; // Where the focus was when something was sent: which item, and the next.

document.addEventListener("submit", ({ target }) => {
  const item = target.closest(ITEM);
  if (!item) return;
  const all = items();
  decided = { id: item.id, next: all[all.indexOf(item) + 1]?.id };
}, true);

document.addEventListener("htmx:after:swap", () => {
  if (!decided) return;
  const item = document.getElementById(decided.id);
  const at = item?.matches(".is-decided") ? document.getElementById(decided.next) ?? item : item;
  decided = undefined;
  if (document.activeElement === document.body || document.activeElement?.closest(ITEM) === item) at?.focus();
});
