// Regions that show themselves as they are now ({% live %}). One that waited for another answer asks for what it shows by
// then: that answer may have brought another page, filter or search.
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  const region = ctx.sourceElement;
  if (!("live" in region.dataset)) return;
  const url = new URL(region.getAttribute("hx-get"), location.href);
  const fields = region.getAttribute("hx-include");
  if (fields) for (const field of document.querySelectorAll(fields)) url.searchParams.set(field.name, field.value);
  ctx.request.action = url.pathname + url.search;
});

// htmx moves the focus to the first [autofocus] in what it swapped: here it stays where the reader put it.
document.addEventListener("htmx:before:swap", ({ detail: { tasks } }) => {
  for (const { target, fragment } of tasks) {
    if (!("live" in (target?.dataset ?? {}))) continue;
    for (const part of [target, fragment]) for (const each of part.querySelectorAll("[autofocus]")) each.autofocus = false;
  }
});
