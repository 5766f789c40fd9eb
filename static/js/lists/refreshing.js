// A part that asks for itself anew (`data-refreshes`) may have to wait for another answer, and that can change what it
// shows (a filter does): its address is looked up when its turn has come.
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  if ("refreshes" in ctx.sourceElement.dataset) ctx.request.action = ctx.sourceElement.getAttribute("hx-get");
});
