// The drawer beside a list: it opens a row's thread, another row's thread can follow, and Escape gives the place back.
const drawer = () => document.getElementById("thread-drawer");

let opener;

function close() {
  drawer().hidden = true;
  document.getElementById("thread-drawer-body").replaceChildren();
  document.querySelector("[data-student][aria-current]")?.removeAttribute("aria-current");
  opener?.isConnected && opener.focus();
}

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  const source = ctx.sourceElement?.closest?.("[data-open-thread]");
  if (!source || !drawer()) return;
  opener = source;
  drawer().hidden = false;
  document.querySelector("[data-student][aria-current]")?.removeAttribute("aria-current");
  source.closest("[data-student]")?.setAttribute("aria-current", "true");
  drawer().querySelector("textarea")?.focus({ preventScroll: true });
});

document.addEventListener("click", ({ target }) => { if (target.closest("[data-close-thread]")) close(); });
document.addEventListener("keydown", ({ key, target }) => {
  if (key === "Escape" && drawer()?.hidden === false && drawer().contains(target)) close();
});
