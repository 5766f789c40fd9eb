// The keyboard's place among the messages.
import { MESSAGE } from "./parts.js";
import { nameOf, textOf, threadOf } from "./rights.js";

function describe(message) {
  const marks = [
    message.querySelector(".message-audience")?.textContent, message.querySelector(".message-edited") && "edited",
    "pinned" in message.dataset && "pinned",
  ];
  const said = `${nameOf(message)}, ${message.querySelector("time").textContent}: ${textOf(message) || "File"}`;
  return [said, ...marks.filter(Boolean)].join(", ");
}

// One message at a time is a stop for the Tab key: the one that had the focus last.
export function focusMessage(message) {
  if (!message) return;
  for (const other of threadOf(message).querySelectorAll(`${MESSAGE}[tabindex]`)) {
    if (other !== message) for (const name of ["tabindex", "aria-label"]) other.removeAttribute(name);
  }
  message.tabIndex = 0;
  message.ariaLabel = describe(message);
  message.focus({ focusVisible: true });
  message.scrollIntoView({ block: "nearest" });
}

// After a dialog: to the message if it is still there, and to the composer where keys are pressed on glass.
export function backTo({ id }) {
  const message = document.getElementById(id);
  if (message?.matches(MESSAGE) && matchMedia("(hover: hover)").matches) focusMessage(message);
}
