// A button with `data-ask` asks first, in the page's own dialog; what was asked for as a dialog (`data-modal`) opens as one.
const dialog = document.getElementById("ask");

let button; // The one that is asked about.
let sure;

document.addEventListener("click", (event) => {
  const found = event.target.closest?.("[data-ask]");
  if (!found || !dialog || found === sure) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  button = found;
  const { ask, askMore, askYes } = found.dataset;
  dialog.querySelector("h2").textContent = ask;
  dialog.querySelector("p").textContent = askMore;
  dialog.querySelector("[value=yes]").textContent = askYes;
  dialog.returnValue = "";
  dialog.showModal();
}, true);

dialog?.addEventListener("close", () => {
  if (dialog.returnValue !== "yes") return;
  // A list that was refreshed meanwhile may have it anew.
  sure = button.isConnected ? button : document.getElementById(button.id);
  sure?.click();
  sure = undefined;
});

document.addEventListener("htmx:after:swap", () => document.querySelector("dialog[data-modal]:not([open])")?.showModal());
document.addEventListener("close", ({ target }) => { if (target.matches("[data-modal]")) target.remove(); }, true);
