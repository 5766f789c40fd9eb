// The toolbar of a thread and its sheet, wherever they are at the moment, and what they offer for a message.
import { SHOWN } from "./messages.js";
import { rightsOf } from "./rights.js";

export const MESSAGE = `.thread-messages > ${SHOWN}`;
const PARTS = new WeakMap(); // By thread.

export const messageAt = (target) => target?.closest?.(MESSAGE);
export const partsOf = (thread) => PARTS.get(thread);
export const isTool = (target) => Boolean(target?.closest?.("[data-tools]"));
export const know = (thread, tools, sheet) => PARTS.set(thread, { tools, sheet });

export function offer(tools, message) {
  const may = rightsOf(message);
  for (const button of tools.querySelectorAll("[data-tool]")) button.hidden = !may.has(button.dataset.tool);
  tools.querySelector("[data-quick-reactions]").hidden = !may.has("react");
  tools.dataset.message = message.id;
  return may.size > 0;
}
