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
    // What others do closes nothing that is open here.
    for (const { id } of target.querySelectorAll("details[open][id]")) fragment.querySelector(`[id="${id}"]`)?.setAttribute("open", "");
    for (const part of [target, fragment]) for (const each of part.querySelectorAll("[autofocus]")) each.autofocus = false;
  }
});

// The stream is refused: something on it is no longer this person's to see. Each region finds out whether it is the one.
document.addEventListener("htmx:sse:error", ({ detail }) => {
  if (detail.status === 404) htmx.trigger(document.body, "stream-refused");
});

// One that is says so in its place, nothing on this page listens to its channels any more, and a list has nothing to be
// filtered or counted.
export function giveUp(region) {
  const lost = (region.dataset.channels ?? "").split(" ");
  for (const each of document.querySelectorAll("[data-channels]")) {
    each.dataset.channels = each.dataset.channels.split(" ").filter((name) => !lost.includes(name)).join(" ");
  }
  if ("results" in region.dataset) document.getElementById(`${region.id}-filters`)?.remove();
}

document.addEventListener("htmx:response:error", ({ target, detail: { ctx } }) => {
  if ("live" in (target.dataset ?? {}) && ctx.response.status === 404) giveUp(target);
});
