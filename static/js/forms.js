// A form isn't sent by the key press or click that opened it: a held Enter repeats, and a second press comes before anybody
// has read what it would send. Escape gives a form up that says so (`data-escape` on its way out).
const TOO_SOON_MS = 400;

const known = new WeakSet(document.forms);
const held = new WeakSet();

// Said of the buttons too, for who waits for them; what was typed or chosen has been read.
function hold(form) {
  if (held.has(form)) return;
  const buttons = [...form.elements].filter(({ type }) => type === "submit");
  held.add(form);
  for (const button of buttons) button.setAttribute("aria-disabled", "true");
  const release = () => {
    held.delete(form);
    for (const button of buttons) button.removeAttribute("aria-disabled");
  };
  form.addEventListener("input", release, { once: true });
  setTimeout(release, TOO_SOON_MS);
}

document.addEventListener("htmx:after:swap", () => {
  for (const form of document.forms) {
    if (!known.has(form) && form.querySelector("input:not([type=hidden]), select, textarea")) hold(form);
    known.add(form);
  }
});
document.addEventListener("beforetoggle", ({ target, newState }) => {
  if (newState === "open" && target.matches("dialog")) for (const form of target.querySelectorAll("form")) hold(form);
}, true);

document.addEventListener("submit", (event) => {
  if (!held.has(event.target)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

// In a text of several lines a held Enter is a way to type.
const types = ({ shiftKey, target }) => target.matches("textarea") && (shiftKey || !target.closest(".composer"));

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.repeat && !types(event)) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
  if (event.key === "Escape") event.target.closest?.("form")?.querySelector("[data-escape]")?.click();
}, true);
