// An attempt at a quiz: each answer is kept here until the server has it, and the server's clock is counted down.
import { say } from "../app.js";

const page = document.querySelector("[data-attempt]");
const form = page.querySelector(".attempt-form");
const url = form?.action ?? location.href;
const RETRY_MS = 4_000;
const SLOWLY_MS = 30_000;
const { attempt } = page.dataset;
const KEY = `quiz-${attempt}-${document.documentElement.dataset.viewer}-`;
const $ = (selector, root = page) => root.querySelector(selector);

// By question its counter and its values. What waits is kept in this browser through a reload and the sign-in page, each
// question by itself, since another tab keeps its own here too. What was saved is remembered in this tab: a reload may bring
// a page that was rendered while the answer was on its way.
const WAITS = "localStorage";
const SAVED = "sessionStorage";
const load = (place) => {
  const found = {};
  try {
    for (const key of Object.keys(window[place]).filter((each) => each.startsWith(KEY))) found[key.slice(KEY.length)] = JSON.parse(window[place][key]);
  } catch { /* Forbidden, or not ours. */ }
  return found;
};
const kept = load(WAITS);
const put = (place, slot, each) => { try { window[place].setItem(KEY + slot, JSON.stringify(each)); } catch { /* Full or forbidden: it waits in this page alone. */ } };
const drop = (place, slot, counter) => { if (!(load(place)[slot]?.counter > counter)) try { window[place].removeItem(KEY + slot); } catch { /* Forbidden. */ } };

const WORDS = { saved: "Saved", waiting: "Saving…", offline: "Not saved yet: no connection. Your answers are kept here.", refused: "Not all is saved: see the message at the question." };
function show(state, words = WORDS[state]) {
  const place = $(".attempt-saved");
  if (!place || (place.dataset.saved === state && $("[data-saved-text]").textContent === words)) return;
  place.dataset.saved = state;
  place.hidden = !words;
  $("[data-saved-text]").textContent = words;
}

const question = (slot) => $(`[data-question="${slot}"]`);
const fields = (slot) => [...(question(slot)?.querySelectorAll(`[name="a${slot}"]`) ?? [])];
const values = (slot) => fields(slot).filter(({ type, checked }) => type === "text" || checked).map(({ value }) => value);

// The last one to be typed has the highest counter, on whatever device: milliseconds by the server's clock, counted on from
// the first byte of the page by a clock that nobody sets, and above all that was seen.
function change(slot) {
  const { dataset } = question(slot);
  const counter = Math.max(Number(dataset.counter) + 1, Math.round(started + performance.now()));
  dataset.counter = counter;
  kept[slot] = { counter, values: values(slot) };
  put(WAITS, slot, kept[slot]);
  mark(slot);
  show("waiting");
  clearTimeout(timer);
  timer = setTimeout(send, 400);
}

function mark(slot) {
  const link = $(`[data-slot="${slot}"]`);
  const answered = values(slot).some((value) => value.trim());
  const flagged = $(`[name="f${slot}"]`).checked;
  link.toggleAttribute("data-answered", answered);
  link.toggleAttribute("data-flagged", flagged);
  $("[data-said]", link).textContent = `${answered ? ", answered" : ", not answered"}${flagged ? ", flagged" : ""}`;
}

const { responseStart = performance.now() } = performance.getEntriesByType("navigation")[0] ?? {};
const started = Number(page.dataset.now) - responseStart;
let timer = 0;
let sending = null;

function send() {
  clearTimeout(timer);
  sending ??= post().finally(() => { sending = null; });
  return sending;
}

async function post() {
  const sent = Object.entries(kept);
  if (!sent.length) return show("saved", form ? WORDS.saved : "");
  const body = new URLSearchParams({ script: 1, attempt });
  for (const [slot, { counter, values: each }] of sent) {
    body.append(`c${slot}`, counter);
    for (const value of each) body.append(`a${slot}`, value);
  }
  const response = await say(url, body, { keepalive: true });
  if (response?.status === 401) return again("Sign in again in another tab: your answers are kept here.");
  if ([403, 404].includes(response?.status)) return again("Not saved: this quiz isn’t open to you any more, or you are signed in as somebody else. Your answers are kept here.", SLOWLY_MS);
  const answer = response?.ok ? await response.json().catch(() => null) : null;
  if (!answer) return again();
  for (const [slot, each] of sent) {
    if (kept[slot].counter === each.counter) delete kept[slot];
    // What is refused isn't sent again before it changes; after a reload it is still there, and is refused again.
    if (slot in answer.refused) continue;
    if (form) put(SAVED, slot, each);
    drop(WAITS, slot, each.counter);
  }
  for (const part of page.querySelectorAll("[data-error]")) part.textContent = answer.refused[part.closest("[data-question]").dataset.question] ?? "";
  // It has ended, or another device has a later answer: the page shows what is stored.
  if ((answer.ended || answer.newer.length) && form) return location.reload();
  if (form && answer.seconds_left !== null) correct(answer.seconds_left);
  if (Object.keys(kept).length) return post();
  if (Object.keys(answer.refused).length) return show("waiting", WORDS.refused);
  return show("saved", answer.late.length ? "What you answered after the end was sent to your teacher." : WORDS.saved);
}

function again(words, pause = RETRY_MS) {
  show("offline", words);
  timer = setTimeout(send, pause);
}

// The clock: seconds left, by a clock that nobody sets, corrected whenever the server says what is left.
let end = null;
let whole = null;
const said = new Set();
function correct(seconds) {
  end = performance.now() + 1_000 * seconds;
  if (whole === null || seconds > whole) { whole = seconds; said.clear(); }
  tick();
}

const spoken = (seconds) => (seconds >= 60 ? `${Math.round(seconds / 60)} minutes left` : `${seconds} seconds left`);
function tick() {
  const left = Math.max(0, Math.ceil((end - performance.now()) / 1_000));
  page.dataset.secondsLeft = left;
  const [hours, minutes, seconds] = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60];
  const two = (number) => String(number).padStart(2, "0");
  $("[data-time]").textContent = `${hours ? `${hours}:${two(minutes)}` : minutes}:${two(seconds)} left`;
  const due = [whole / 2, 300, 60].filter((mark) => left <= mark && mark <= whole / 2 && !said.has(mark));
  if (due.length && left) $("[data-announce]").textContent = spoken(left).replace("1 minutes", "1 minute");
  for (const mark of due) said.add(mark);
  if (left === 0 && !over) finish();
}

// What was typed in the last second leaves at once; then the page shows what the server made of it.
let over = false;
async function finish() {
  over = true;
  await send();
  setTimeout(() => location.reload(), 1_000 * (Number(page.dataset.grace) + 1));
}

if (form) {
  // Newer than the page: shown. Older: this page or another device had a newer one.
  for (const [slot, each] of Object.entries({ ...load(SAVED), ...kept })) {
    const { dataset } = question(slot) ?? {};
    if (!dataset || Number(dataset.counter) >= each.counter) {
      drop(WAITS, slot, each.counter);
      drop(SAVED, slot, each.counter);
      delete kept[slot];
      continue;
    }
    dataset.counter = each.counter;
    for (const field of fields(slot)) {
      if (field.type === "text") field.value = each.values[0] ?? "";
      else field.checked = each.values.includes(field.value);
    }
    mark(slot);
  }
  form.addEventListener("input", ({ target }) => { if (/^a\d+$/.test(target.name)) change(target.name.slice(1)); });
  form.addEventListener("change", ({ target }) => {
    if (!/^f\d+$/.test(target.name)) return;
    const slot = target.name.slice(1);
    mark(slot);
    say(page.dataset.flags.replace(/0\/$/, `${slot}/`), { attempt, flagged: Number(target.checked) });
  });
  // The whole page is sent as without script, after what waits.
  form.addEventListener("submit", async (event) => {
    if (!Object.keys(kept).length) {
      // All is saved: without what the page showed at first, the server takes no answer from the form.
      for (const each of form.querySelectorAll("[name^=w]")) each.remove();
      return;
    }
    event.preventDefault();
    await send();
    if (!Object.keys(kept).length) form.requestSubmit(event.submitter);
  });
  $("[name=save]").hidden = true;
  const clock = $("[data-clock]");
  if (clock.dataset.left) {
    correct(Number(clock.dataset.left));
    setInterval(tick, 1_000);
  }
  // Somebody gave more time, or the attempt ended elsewhere.
  new MutationObserver(() => {
    if ("ended" in clock.dataset) location.reload();
    else if (clock.dataset.left) correct(Number(clock.dataset.left));
  }).observe(clock, { attributes: true, attributeFilter: ["data-left", "data-ended"] });
}

if (!form) for (const slot of Object.keys(load(SAVED))) drop(SAVED, slot, Infinity);
addEventListener("online", send);
addEventListener("pagehide", send);
document.addEventListener("visibilitychange", () => { if (end !== null) tick(); });
if (Object.keys(kept).length) send();
