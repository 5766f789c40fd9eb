// On a phone what one can do to a message comes in a sheet from below: by a long press, or a tap.
import { messageAt, offer, partsOf } from "./parts.js";
import { textOf, threadOf } from "./rights.js";

const PRESS_MS = 450;
const PRESS_PX = 10;

function openSheet(message) {
  const { tools, sheet } = partsOf(threadOf(message)) ?? {};
  if (!sheet || sheet.open || !offer(tools, message)) return;
  sheet.querySelector(".sheet-text").textContent = textOf(message).slice(0, 200) || "File";
  sheet.append(tools);
  tools.hidden = false;
  sheet.showModal();
}

export function closeSheet(thread) {
  const { sheet } = partsOf(thread) ?? {};
  if (sheet?.open) sheet.close();
}

let press;
let lifting = false; // The finger that opened the sheet is still down, and what it lets go of then lies in the sheet.
const cancel = () => { clearTimeout(press?.timer); press = undefined; };

document.addEventListener("pointerdown", ({ target, pointerType, clientX, clientY }) => {
  cancel();
  if (target.matches?.("[data-sheet]")) return target.close();
  const message = pointerType === "touch" && messageAt(target);
  if (!message || target.closest("a, button, input")) return;
  press = { x: clientX, y: clientY, timer: setTimeout(() => { cancel(); lifting = true; openSheet(message); }, PRESS_MS) };
});
document.addEventListener("pointermove", ({ clientX, clientY }) => {
  if (press && Math.hypot(clientX - press.x, clientY - press.y) > PRESS_PX) cancel();
}, { passive: true });
for (const end of ["pointerup", "pointercancel", "scroll"]) document.addEventListener(end, cancel, { capture: true, passive: true });
document.addEventListener("touchend", (event) => { if (lifting) event.preventDefault(); lifting = false; }, { passive: false });
document.addEventListener("touchcancel", () => { lifting = false; });

// Writing, a tap puts the keyboard away.
let writing;
document.addEventListener("pointerdown", () => { writing = document.activeElement?.matches?.("textarea, input"); }, true);
document.addEventListener("click", (event) => {
  if (event.pointerType !== "touch" || writing || event.target.closest("a, button, input")) return;
  const message = event.target.closest("[data-message-body]") && messageAt(event.target);
  if (message && getSelection().isCollapsed) openSheet(message);
});
