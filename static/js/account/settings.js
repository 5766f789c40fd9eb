// The settings page: light or dark is put on at once, and the clock of this device is offered beside the field.
import { DEVICE, isElsewhere, name } from "../app.js";

function wear(theme) {
  const root = document.documentElement;
  if (theme) root.dataset.theme = theme === "dark" ? "homeroom-dark" : "homeroom";
  else delete root.dataset.theme;
  document.querySelector('meta[name="color-scheme"]').content = theme || "light dark";
  // The two that colour the frame of a phone's browser: for light, for dark.
  for (const [index, meta] of document.querySelectorAll('meta[name="theme-color"]').entries()) {
    const own = ["light", "dark"][index];
    if (theme) meta.media = theme === own ? "all" : "not all";
    else meta.media = `(prefers-color-scheme: ${own})`;
  }
}

let sent; // What was in the field of the time zone when it was last sent.

// A city becomes the name of its zone. The field that is typed in is left alone by a swap.
function settle(field) {
  if (field.value === sent) field.value = field.defaultValue;
}

function offer({ detail } = {}) {
  const field = document.getElementById("id_time_zone");
  if (detail?.ctx.sourceElement?.id === "settings-region") settle(field);
  const place = document.querySelector("[data-zone-offer]");
  name(place, DEVICE);
  place.hidden = !isElsewhere(field.value || field.dataset.academy, true);
}

document.addEventListener("change", ({ target }) => {
  if (target.matches("#settings-appearance [name=theme]")) wear(target.value);
  if (target.id === "id_time_zone") sent = target.value;
});

document.addEventListener("click", ({ target }) => {
  if (!target.closest("[data-zone-offer] [data-zone-use]")) return;
  const field = document.getElementById("id_time_zone");
  field.value = DEVICE;
  field.dispatchEvent(new Event("change", { bubbles: true }));
});

document.addEventListener("htmx:after:swap", offer);
offer();
