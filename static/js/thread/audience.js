// For whom a message is: the switch above the composer, which its placeholder follows. The colours and the button follow by
// themselves (composer.css).
import { register } from "./lifecycle.js";

const radioOf = (form, audience) => form.querySelector(`[name=audience][value="${audience}"]`);
export const audienceOf = (form) => form.querySelector("[name=audience]:checked")?.value ?? "";

function say(form) {
  const radio = radioOf(form, audienceOf(form));
  if (!radio) return;
  const readers = radio.value === "staff" && form.querySelector(".composer-readers [data-to=staff]").textContent;
  form.querySelector("textarea").placeholder = [radio.dataset.placeholder, readers].filter(Boolean).join(", ");
}

// Not where it isn't offered: a student has no choice, and a reply to a team note is one.
export function choose(form, audience) {
  const radio = radioOf(form, audience);
  if (!radio || radio.disabled || radio.checked) return;
  radio.checked = true;
  radio.dispatchEvent(new Event("change", { bubbles: true }));
}

register({
  foot(thread, foot) {
    const form = foot.querySelector(".composer");
    if (!form) return;
    say(form);
    form.addEventListener("change", () => say(form));
  },
});

// How many read a team note was put right.
document.addEventListener("htmx:after:swap", () => document.querySelectorAll(".composer").forEach(say));
