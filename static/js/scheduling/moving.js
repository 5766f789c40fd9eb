// Moves a lesson in the week by mouse, or by Shift and the arrow keys. Nothing is saved: where it is left, the form opens
// that moves it there.
const MOVABLE = ".lesson-block[data-move]";
// Pixels that the mouse moves before it is no click any more.
const FAR = 6;
const STEPS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

const numberIn = (element, name) => Number(new RegExp(`\\b${name}-(\\d+)\\b`).exec(element.className)?.[1] ?? 0);
const rowOf = (element) => numberIn(element, "from");
const columns = () => [...document.querySelectorAll("#calendar .week-day")];
const slotsOf = (column) => column.querySelector(".week-slots");
// On a narrow page days stand under each other: there is no grid to move in.
const isWide = (column) => getComputedStyle(slotsOf(column)).gridTemplateRows.split(" ").length > 4;

let moving = null;
let dragging = null;
// Did news of the week come while a lesson was half moved?
let missed = false;

// The time on the reader's clock at a row of a day: that of the hour's line above it, and the quarters since. An hour that
// occurs twice has no line of its own: what a form can't say is no place to go.
function timeAt(column, row) {
  const lines = [...column.querySelectorAll(".hour-link")].filter((line) => rowOf(line) <= row);
  const line = lines.sort((a, b) => rowOf(b) - rowOf(a))[0];
  if (!line || row - rowOf(line) >= 4) return null;
  const [day, hour] = new URL(line.href).searchParams.get("at").split("T");
  const minutes = parseInt(hour, 10) * 60 + (row - rowOf(line)) * 15 + Number(moving.block.dataset.past);
  const two = (number) => String(number).padStart(2, "0");
  return `${day}T${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

function begin(block) {
  const column = block.closest(".week-day");
  moving = { block, column, from: column, parent: block.parentElement, next: block.nextSibling, classes: block.className };
  moving.row = moving.start = rowOf(block);
  block.classList.add("is-moving");
}

function place(column, row) {
  const { block } = moving;
  const last = numberIn(slotsOf(column), "rows") - numberIn(block, "span");
  if (row < 0 || row > last || !timeAt(column, row)) return;
  block.className = block.className.replace(/\bfrom-\d+/, `from-${row}`).replace(/\blane-\d+-of-\d+/, "lane-0-of-1");
  const { parentElement: was } = block;
  Object.assign(moving, { column, row, isPlacing: true });
  if (slotsOf(column) !== was) slotsOf(column).append(block);
  moving.isPlacing = false;
}

function putBack() {
  dragging?.abort();
  dragging = null;
  if (!moving) return;
  const { block, parent, next, classes } = moving;
  moving = null;
  block.className = classes;
  parent.insertBefore(block, next?.parentElement === parent ? next : null);
  if (missed) htmx.trigger(document.body, "stream-open");
  missed = false;
}

function leave() {
  const { block, column, row, from, start } = moving;
  const at = timeAt(column, row);
  if (column === from && row === start) return putBack();
  moving = null;
  location.assign(`${block.dataset.move}?at=${at}`);
}

function say(text) {
  document.getElementById("calendar-said").textContent = text;
}

document.addEventListener("dragstart", (event) => {
  if (event.target.closest?.(MOVABLE)) event.preventDefault();
});

function drag(block, event) {
  const grip = event.clientY - block.getBoundingClientRect().top;
  const from = { x: event.clientX, y: event.clientY };
  dragging = new AbortController();
  const { signal } = dragging;
  const move = (to) => {
    if (!moving && Math.hypot(to.clientX - from.x, to.clientY - from.y) < FAR) return;
    if (!moving) begin(block);
    const isUnder = ({ left, right }) => to.clientX >= left && to.clientX < right;
    const column = columns().find((each) => isUnder(each.getBoundingClientRect()));
    if (!column) return;
    const { top, height } = slotsOf(column).getBoundingClientRect();
    place(column, Math.round(((to.clientY - grip - top) / height) * numberIn(slotsOf(column), "rows")));
  };
  const end = () => {
    dragging?.abort();
    dragging = null;
    if (!moving) return;
    // The click that follows isn't one on the link.
    const ignore = (click) => click.preventDefault();
    addEventListener("click", ignore, { capture: true });
    setTimeout(() => removeEventListener("click", ignore, { capture: true }));
    leave();
  };
  addEventListener("pointermove", move, { signal });
  addEventListener("pointercancel", putBack, { signal });
  addEventListener("pointerup", end, { signal });
}

document.addEventListener("pointerdown", (event) => {
  putBack();
  const block = event.target.closest(MOVABLE);
  if (!block || event.button || event.pointerType !== "mouse" || !isWide(block.closest(".week-day"))) return;
  drag(block, event);
});

function step(block, [days, rows]) {
  if (!moving) begin(block);
  const all = columns();
  place(all[all.indexOf(moving.column) + days] ?? moving.column, moving.row + rows);
  block.focus();
  const at = timeAt(moving.column, moving.row)?.split("T")[1] ?? "";
  say(`${moving.column.querySelector("h3").textContent.trim()}, ${at}. Press Enter to choose this time, Escape to cancel.`);
}

document.addEventListener("keydown", (event) => {
  const block = event.target.closest?.(MOVABLE);
  if (moving && block !== moving.block) putBack();
  if (event.key === "Escape" && (moving || dragging)) {
    const left = moving?.block;
    putBack();
    left?.focus();
    return say("Cancelled. The lesson stays where it was.");
  }
  if (!block || event.altKey || event.ctrlKey || event.metaKey || !isWide(block.closest(".week-day"))) return;
  if (event.key === "Enter" && moving) {
    event.preventDefault();
    leave();
  } else if (event.shiftKey && STEPS[event.key]) {
    event.preventDefault();
    step(block, STEPS[event.key]);
  }
});

// A lesson that is half moved goes back when it is left by the keyboard; news of the week waits until then.
document.addEventListener("focusout", (event) => {
  if (moving && !dragging && !moving.isPlacing && event.target === moving.block) putBack();
});
document.addEventListener("htmx:before:swap", (event) => {
  if (!moving || !event.detail.tasks.some(({ target }) => target?.contains?.(moving.block))) return;
  event.preventDefault();
  missed = true;
});
