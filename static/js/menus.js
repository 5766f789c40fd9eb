// A menu goes away once something in it was chosen; what is more than a menu stays.
const leave = (chosen) => chosen?.closest("[popover]:popover-open:not([role=dialog])")?.hidePopover();
document.addEventListener("submit", ({ target }) => leave(target));
document.addEventListener("click", ({ target }) => leave(target.closest("a")));
// What a menu holds may be asked for when it is opened: `toggle` doesn't bubble.
document.addEventListener("toggle", ({ target, newState }) => {
  if (newState !== "open" || !target.matches?.("[popover]")) return;
  for (const part of [target, ...target.querySelectorAll("[hx-get]")]) htmx.trigger(part, "menu-open", {}, false);
}, true);
