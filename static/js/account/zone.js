// The clock of this device, offered where pages are on another one.
import { say } from "../csrf.js";
import { TIME_ZONE } from "../viewer.js";

const DECLINED = "zone-declined";

export const DEVICE = Intl.DateTimeFormat().resolvedOptions().timeZone;

// A zone has several names; asked back, a browser has one of its own for it.
function isOther(zone) {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone !== DEVICE;
  } catch {
    return false; // It knows no such zone.
  }
}

const hours = (zone) => new Date().toLocaleString("en", { timeZone: zone, dateStyle: "short", timeStyle: "short" });

export function name(place, zone) {
  for (const element of place.querySelectorAll("[data-zone]")) element.textContent = zone.replaceAll("_", " ");
}

// Elsewhere by name, and, unless that is enough, by what the clock shows.
export const isElsewhere = (zone, byName) => Boolean(zone && DEVICE) && isOther(zone) && (byName || hours(zone) !== hours(DEVICE));

const template = document.getElementById("zone-offer");

async function use(toast) {
  const answer = await say(template.dataset.url, { section: "zone", time_zone: DEVICE });
  if (answer?.ok) location.reload();
  else toast.querySelector("[data-zone-said]").textContent = "That could not be saved. Choose the time zone in Settings.";
}

if (template && !document.querySelector("[data-zone-offer]") && isElsewhere(TIME_ZONE) && localStorage.getItem(DECLINED) !== DEVICE) {
  const toast = template.content.firstElementChild.cloneNode(true);
  name(toast, DEVICE);
  toast.addEventListener("click", ({ target }) => {
    if (target.closest("[data-dismiss]")) localStorage.setItem(DECLINED, DEVICE);
    else if (target.closest("[data-zone-use]")) use(toast);
  });
  document.getElementById("toasts").append(toast);
}
