// The inbox says how many tickets there are, politely, when that has changed: at most every ten seconds, and what stands
// there by then. Nothing is said of the numbers that a page came with.
import { paced } from "./pace.js";

const EVERY_MS = 10_000;
const totals = () => document.getElementById("tickets")?.dataset.totals;

let said = totals();

const say = paced(EVERY_MS, () => {
  const now = totals();
  const line = document.getElementById("inbox-totals");
  if (!line || !now || now === said) return;
  line.textContent = said = now;
});

document.addEventListener("htmx:after:swap", () => {
  const now = totals();
  said ??= now;
  if (now && now !== said) say();
});
