// A menu goes away once something in it was chosen.
document.addEventListener("submit", ({ target }) => target.closest("[popover]")?.hidePopover());
