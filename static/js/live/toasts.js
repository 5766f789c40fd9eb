// Toasts: not for what is on this page already, one about each thing, gone after six seconds (ten where something can be
// undone) unless pointed at, or at once by their button.
const STAY_MS = 6000;
const UNDO_MS = 10_000;

const looksAt = (conversation) =>
  document.visibilityState === "visible" && document.querySelector(`.thread[data-conversation="${Number(conversation)}"]`)?.checkVisibility();

document.addEventListener("htmx:before:swap", ({ detail: { tasks } }) => {
  for (const { target, fragment } of tasks) {
    if (!target?.closest?.("#toasts")) continue;
    for (const toast of fragment.querySelectorAll(".toast-item")) {
      const { about, conversation } = toast.dataset;
      if (conversation && looksAt(conversation)) toast.remove();
      else if (about) for (const old of document.querySelectorAll(`#toasts [data-about="${CSS.escape(about)}"]`)) if (old !== target) old.remove();
    }
  }
});

// It was taken back, or deleted: nothing tells of it any more, and nothing counts it.
document.addEventListener("message-gone", ({ detail }) => {
  const { conversation, key } = JSON.parse(detail.data);
  document.querySelector(`#toasts [data-key="${Number(key)}"]`)?.remove();
  htmx.trigger(document.body, "unread", { data: JSON.stringify({ conversation }) });
});

function leave(toast) {
  if ("problem" in toast.dataset || "stay" in toast.dataset) return; // Read first, then put away.
  if (toast.matches(":hover, :focus-within")) setTimeout(leave, 1000, toast);
  else toast.remove();
}

document.addEventListener("click", ({ target }) => target.closest("[data-dismiss]")?.closest(".toast-item")?.remove());

// What the page came with.
for (const toast of document.querySelectorAll(".messages-list .toast-item")) setTimeout(leave, UNDO_MS, toast);

const toasts = document.getElementById("toasts");
if (toasts) {
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) for (const node of addedNodes) if (node.nodeType === 1) setTimeout(leave, node.querySelector("[data-undo]") ? UNDO_MS : STAY_MS, node);
  }).observe(toasts, { childList: true });
}
