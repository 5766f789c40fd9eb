// What a moderator types stays, whatever others do meanwhile. While there is something to decide, the form is left as it
// is, with the version that was read; once it is decided, or gone, the text stands there to copy.
const FIELDS = "textarea:not([readonly]), input:not([type=hidden], [type=radio])";

// The texts of a form in which something was typed; an answer that refused them has given them back (data-typed).
function typed(form) {
  const fields = [...form.querySelectorAll(FIELDS)];
  const changed = "typed" in form.dataset || fields.some(({ value, defaultValue }) => value !== defaultValue);
  return changed ? fields.map(({ value }) => value.trim()).filter(Boolean) : [];
}

const find = (fragment, id) => id && fragment.querySelector(`[id="${id}"]`);

// The item as it is once nobody can find it any more.
function goneOf(item) {
  const gone = document.getElementById("moderation-gone").content.firstElementChild.cloneNode(true);
  gone.id = gone.dataset.item = item.id;
  return gone;
}

function put(gone, item, fragment) {
  const above = find(fragment, item.previousElementSibling?.id);
  if (above) return above.after(gone);
  const list = fragment.querySelector(".moderation-items");
  if (list) return list.prepend(gone);
  const empty = fragment.querySelector(".empty-state");
  if (!empty) return fragment.append(gone);
  const first = Object.assign(document.createElement("ol"), { className: "moderation-items" });
  first.append(gone);
  return empty.replaceWith(first);
}

function keep(item, fragment) {
  const lost = [];
  for (const form of item.querySelectorAll("form")) {
    const texts = typed(form);
    const stays = Boolean(texts.length && find(fragment, form.parentElement.id));
    form.toggleAttribute("hx-morph-skip", stays);
    if (!stays) lost.push(...texts);
  }
  const fresh = find(fragment, item.id);
  let kept = item.querySelector("[data-kept]")?.cloneNode(true);
  if (fresh?.querySelector("[data-kept]") || !(kept || lost.length)) return;
  if (kept && !fresh) return put(item.cloneNode(true), item, fragment);
  const gone = goneOf(item);
  if (!kept) {
    kept = gone.querySelector("[data-kept]");
    kept.querySelector("textarea").textContent = lost.join("\n");
  }
  if (fresh) fresh.append(kept);
  else put(gone, item, fragment);
}

document.addEventListener("htmx:before:swap", ({ detail: { tasks } }) => {
  for (const { target, fragment } of tasks) {
    if (!("live" in (target?.dataset ?? {}))) continue;
    for (const item of target.querySelectorAll("[data-item]")) keep(item, fragment);
  }
});
