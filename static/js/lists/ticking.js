// A form of many rows that are ticked: all or none at once, a range with Shift, arrows from row to row, and on its button
// how many it is about. Without this the two links load the page with all or none ticked, and the button says no number.
const boxes = (form) => [...form.querySelectorAll("tbody input[type=checkbox]:not(:disabled)")];
const formOf = (element) => element.closest?.("form[data-ticking]");

let last; // The box that was ticked last, where a range begins.

function show(form) {
  const button = form.querySelector("button[data-many]");
  const ticked = boxes(form).filter((box) => box.checked).length;
  if (!button) return;
  const { none, one, many } = button.dataset;
  button.querySelector("span").textContent = ticked === 0 ? none : ticked === 1 ? one : many.replace("#", ticked.toLocaleString());
  button.disabled = ticked === 0;
  const count = form.querySelector("[data-ticked]");
  count.hidden = false;
  count.textContent = ticked ? `${ticked.toLocaleString()} selected` : "Nobody is selected yet.";
}

function range(form, to) {
  const all = boxes(form);
  const [start, end] = [all.indexOf(last), all.indexOf(to)].sort((a, b) => a - b);
  if (start >= 0) for (const box of all.slice(start, end + 1)) box.checked = to.checked;
}

document.addEventListener("click", (event) => {
  const form = formOf(event.target);
  if (!form) return;
  const link = event.target.closest("[data-tick]");
  if (link) {
    event.preventDefault();
    for (const box of boxes(form)) box.checked = link.dataset.tick === "all" && "meant" in box.dataset;
  } else if (event.target.matches("tbody input[type=checkbox]")) {
    if (event.shiftKey) range(form, event.target);
    last = event.target;
  } else return;
  show(form);
});

document.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const form = step && event.target.matches?.("tbody input[type=checkbox]") && formOf(event.target);
  if (!form) return;
  const all = boxes(form);
  const next = all[all.indexOf(event.target) + step];
  event.preventDefault();
  if (!next) return;
  if (event.shiftKey) next.checked = event.target.checked;
  last = next;
  next.focus();
  show(form);
});

const begin = () => document.querySelectorAll("form[data-ticking]").forEach(show);
document.addEventListener("htmx:after:swap", begin);
// A browser that comes back to the page ticks what was ticked before.
window.addEventListener("pageshow", begin);
begin();
