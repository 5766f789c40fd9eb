// The drawer beside a list: it opens a row's thread, another row's thread can follow, and Escape gives the place back.
// Where it covers the list (a phone) it is a page to its reader, so the browser's way back closes it too.
import { look } from "../app.js";

const drawer = () => document.getElementById("thread-drawer");
const covers = matchMedia("(width < 64rem)");
const touch = matchMedia("(pointer: coarse)");

let opener; // The link that was followed, and the row it stands in.
let row;
let entry = false; // Whether the history has an entry for the open drawer.
let leaving = false; // Whether that entry is being left.

const ROWS = "[data-student], [data-talk]";
const rowOf = (link) => link.closest(ROWS);
const nameOf = (found) => found && (found.dataset.student ? `[data-student="${Number(found.dataset.student)}"]` : `[data-talk="${Number(found.dataset.talk)}"]`);

const mark = () => document.querySelector(`${row}:has([data-open-thread])`)?.setAttribute("aria-current", "true");
const unmark = () => document.querySelector(`:is(${ROWS})[aria-current]`)?.removeAttribute("aria-current");

function hide() {
  drawer().hidden = true;
  document.getElementById("thread-drawer-body").replaceChildren();
  look();
  unmark();
  // A list that was refreshed meanwhile has the same row anew.
  const link = opener?.isConnected ? opener : (row && document.querySelector(`${row} [data-open-thread]`));
  row = undefined;
  link?.focus();
}

function leaveEntry() {
  entry = false;
  leaving = true;
  setTimeout(() => { leaving = false; }, 500);
}

function close() {
  hide();
  if (!entry) return;
  leaveEntry();
  history.back();
}

// Kept while the list still has it: it may be refreshed before the answer is here.
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  ctx.opens = ctx.sourceElement.closest?.("[data-open-thread]");
});

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (!drawer()) return;
  const source = ctx.opens;
  if (!source || ctx.response?.status >= 400) {
    if (row) mark(); // The list was refreshed around the open thread.
    return;
  }
  opener = source;
  row = nameOf(rowOf(source));
  if (drawer().hidden && covers.matches) {
    history.pushState({ drawer: true }, "");
    entry = true;
  }
  drawer().hidden = false;
  unmark();
  mark();
  // A keyboard on the screen would hide what there is to read.
  const text = !touch.matches && drawer().querySelector("textarea");
  (text || drawer().querySelector("[data-close-thread]"))?.focus({ preventScroll: true });
});

addEventListener("popstate", () => {
  if (!entry) return;
  leaveEntry();
  hide();
});
// The list is still there, as it was: nothing to fetch.
document.addEventListener("htmx:before:history:restore", (event) => { if (leaving) event.preventDefault(); });

document.addEventListener("click", ({ target }) => { if (target.closest("[data-close-thread]")) close(); });
document.addEventListener("keydown", ({ key, target }) => {
  if (key === "Escape" && drawer()?.hidden === false && (target === document.body || drawer().contains(target))) close();
});
