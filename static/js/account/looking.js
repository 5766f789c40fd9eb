// An admin looks as somebody: nothing can be written, so nothing that writes is offered. The server refuses anyway.
const WRITES = "form[method=post]:not([data-look-end]) :is(button, input, select, textarea), [hx-post], [hx-put], [hx-patch], [hx-delete]";

function disable(root) {
  for (const element of root.querySelectorAll(WRITES)) {
    if (element.matches("button, input, select, textarea")) element.disabled = true;
    else element.inert = true;
  }
}

if (document.querySelector(".look-banner")) {
  disable(document);
  document.addEventListener("htmx:after:swap", () => disable(document));
}
