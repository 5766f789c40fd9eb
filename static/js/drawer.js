// The drawer beside a list: it opens a row's thread, another row's thread can follow, and Escape gives the place back.
const drawer = () => document.getElementById("thread-drawer");

let opener; // The link that was followed, and the row it stands in.
let row;

const mark = () => document.querySelector(`[data-student="${Number(row)}"]:has([data-open-thread])`)?.setAttribute("aria-current", "true");
const unmark = () => document.querySelector("[data-student][aria-current]")?.removeAttribute("aria-current");

function close() {
  drawer().hidden = true;
  document.getElementById("thread-drawer-body").replaceChildren();
  unmark();
  row = undefined;
  if (opener?.isConnected) opener.focus();
}

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (!drawer()) return;
  const source = ctx.sourceElement?.closest?.("[data-open-thread]");
  if (!source) {
    if (row) mark(); // The list was refreshed around the open thread.
    return;
  }
  opener = source;
  row = source.closest("[data-student]")?.dataset.student;
  drawer().hidden = false;
  unmark();
  mark();
  drawer().querySelector("textarea")?.focus({ preventScroll: true });
});

document.addEventListener("click", ({ target }) => { if (target.closest("[data-close-thread]")) close(); });
document.addEventListener("keydown", ({ key, target }) => {
  if (key === "Escape" && drawer()?.hidden === false && drawer().contains(target)) close();
});
