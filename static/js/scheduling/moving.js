// Moves a lesson in the week by mouse or arrow keys. Nothing is saved: where it is left, the form opens that moves it there.
const MOVABLE = ".lesson-block[data-move]";
const FAR = 6;

const rowOf = (element) => Number(/\bfrom-(\d+)\b/.exec(element.className)?.[1] ?? 0);
const columns = () => [...document.querySelectorAll("#calendar .week-day")];
// On a narrow page days stand under each other: there is no grid to move in.
const isWide = (column) => getComputedStyle(column.querySelector(".week-slots")).gridTemplateRows.split(" ").length > 4;

let moving = null;

// The time on the reader's clock at a row of a day: that of the hour's line above it, and the quarters since.
function timeAt(column, row) {
  const lines = [...column.querySelectorAll(".hour-link")].filter((line) => rowOf(line) <= row);
  const line = lines.sort((a, b) => rowOf(b) - rowOf(a))[0];
  if (!line) return null;
  const [day, hour] = new URL(line.href).searchParams.get("at").split("T");
  const minutes = parseInt(hour, 10) * 60 + (row - rowOf(line)) * 15;
  if (minutes >= 24 * 60) return null;
  const two = (number) => String(number).padStart(2, "0");
  return `${day}T${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

function begin(block) {
  moving = { block, parent: block.parentElement, next: block.nextSibling, classes: block.className, row: rowOf(block) };
  moving.column = moving.from = block.closest(".week-day");
  moving.start = moving.row;
  block.classList.add("is-moving");
}

function place(column, row) {
  if (row < 0 || !timeAt(column, row)) return;
  const { block } = moving;
  block.className = block.className.replace(/\bfrom-\d+/, `from-${row}`).replace(/\blane-\d+-of-\d+/, "lane-0-of-1");
  if (column !== moving.column) column.querySelector(".week-slots").append(block);
  Object.assign(moving, { column, row });
}

function putBack() {
  const { block, parent, next, classes } = moving;
  block.className = classes;
  if (parent.isConnected) parent.insertBefore(block, next?.parentElement === parent ? next : null);
  moving = null;
}

function leave() {
  const { block, column, row, from, start } = moving;
  if (column === from && row === start) return putBack();
  const at = timeAt(column, row);
  moving = null;
  location.assign(`${block.dataset.move}?at=${at}`);
}

function say(text) {
  const said = document.getElementById("calendar-said");
  if (said) said.textContent = text;
}

document.addEventListener("dragstart", (event) => {
  if (event.target.closest?.(MOVABLE)) event.preventDefault();
});

document.addEventListener("pointerdown", (event) => {
  const block = event.target.closest(MOVABLE);
  if (!block || event.button || event.pointerType !== "mouse" || !isWide(block.closest(".week-day"))) return;
  if (moving) putBack();
  const grip = event.clientY - block.getBoundingClientRect().top;
  const from = { x: event.clientX, y: event.clientY };
  const move = (to) => {
    if (!moving && Math.hypot(to.clientX - from.x, to.clientY - from.y) < FAR) return;
    if (!moving) begin(block);
    const inside = (column) => to.clientX >= column.left && to.clientX < column.right;
    const column = columns().find((each) => inside(each.getBoundingClientRect()));
    if (!column) return;
    const slots = column.querySelector(".week-slots").getBoundingClientRect();
    const rows = parseInt(/\brows-(\d+)/.exec(column.querySelector(".week-slots").className)[1], 10);
    place(column, Math.round(((to.clientY - grip - slots.top) / slots.height) * rows));
  };
  const end = new AbortController();
  const { signal } = end;
  addEventListener("pointermove", move, { signal });
  addEventListener("pointercancel", () => (moving && putBack(), end.abort()), { signal });
  addEventListener(
    "pointerup",
    () => {
      end.abort();
      if (!moving) return;
      // The click that follows isn't one on the link.
      const ignore = (click) => click.preventDefault();
      addEventListener("click", ignore, { capture: true });
      setTimeout(() => removeEventListener("click", ignore, { capture: true }));
      leave();
    },
    { signal },
  );
});

document.addEventListener("keydown", (event) => {
  const block = event.target.closest?.(MOVABLE);
  if (event.key === "Escape" && moving) {
    const { block: left } = moving;
    putBack();
    left.focus();
    return say("It stays where it was.");
  }
  if (!block || event.altKey || event.ctrlKey || event.metaKey || !isWide(block.closest(".week-day"))) return;
  if (event.key === "Enter" && moving) return event.preventDefault(), leave();
  const step = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
  if (!step) return;
  event.preventDefault();
  if (!moving) begin(block);
  const days = columns();
  const column = days[days.indexOf(moving.column) + step[0]] ?? moving.column;
  place(column, moving.row + step[1]);
  block.focus();
  const at = timeAt(moving.column, moving.row);
  say(`${moving.column.querySelector("h3").textContent.trim()}, ${at.split("T")[1]}. Press Enter to go on, Escape to leave it.`);
});

// A lesson that is left where it was put, half moved, by leaving it with the keyboard or by news, goes back.
document.addEventListener("focusout", (event) => {
  if (moving && event.target === moving.block && event.relatedTarget && event.relatedTarget !== moving.block) putBack();
});
