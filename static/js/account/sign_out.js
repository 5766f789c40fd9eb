// Who signs out leaves nothing that they wrote on a computer that others may use. What was never sent isn't dropped without
// a word: the first press says so, the second one signs out.
import { VIEWER } from "../viewer.js";

const OUTBOX = `homeroom:outbox:${VIEWER}`;
const DRAFT = new RegExp(`^(homeroom:draft:${VIEWER}:|quiz-\\d+-${VIEWER}-)`);
const mine = (place = localStorage) => Object.keys(place).filter((key) => key === OUTBOX || DRAFT.test(key));
const unsent = (key) => (key === OUTBOX ? JSON.parse(localStorage.getItem(key)).length : 1);

function warn(form, count) {
  const line = document.createElement("p");
  line.className = "field-error";
  line.setAttribute("role", "alert");
  line.textContent = `${count === 1 ? "Something that you wrote here isn\u2019t" : `${count} things that you wrote here aren\u2019t`} sent. Sign out again to delete ${count === 1 ? "it" : "them"}.`;
  form.append(line);
  form.dataset.warned = count;
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-sign-out]") || !navigator.onLine) return;
  const count = mine().reduce((sum, key) => sum + unsent(key), 0);
  if (count && Number(form.dataset.warned ?? 0) < count) {
    event.preventDefault();
    event.stopImmediatePropagation(); // The menu stays, with the reason in it.
    form.querySelector(".field-error")?.remove();
    warn(form, count);
    return;
  }
  for (const place of [localStorage, sessionStorage]) for (const key of mine(place)) place.removeItem(key);
}, true);
