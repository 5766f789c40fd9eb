// The inbox: which ticket is open, the keyboard, ticking, and who is replying where.
import { look } from "../app.js";
import "./canned.js";

// Who is here comes and goes without an event.
const HERE_MS = 60_000;
const VIEWER = document.documentElement.dataset.viewer;
const GONE_MS = 4000;
const KEYS = "homeroom:inbox:keys";

const $ = (selector, root = document) => root.querySelector(selector);
const inbox = $("#inbox");
const rows = () => [...document.querySelectorAll("[data-ticket]")];
const openTicket = () => $("[data-open-ticket]")?.dataset.openTicket;

// The list marks what the pane shows.
function mark() {
  const open = openTicket();
  inbox.toggleAttribute("data-open", Boolean(open));
  for (const row of rows()) {
    if (row.dataset.ticket === open) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
  count();
  for (const each of typing.keys()) show(each);
}

function count() {
  const form = $("#inbox-bulk");
  const ticked = document.querySelectorAll("input[name=ticket]:checked").length;
  form.toggleAttribute("data-any", ticked > 0);
  $("[data-ticked]").textContent = ticked ? `${ticked} ticked` : "";
}

const typing = new Map(); // Ticket: who replies, by id: their name, and until when that is shown.

function show(ticket) {
  const now = Date.now();
  const people = typing.get(ticket);
  for (const [user, { until }] of people) if (until <= now) people.delete(user);
  const names = [...people.values()].map(({ name }) => name).join(", ");
  for (const line of document.querySelectorAll(`#ticket-${ticket}-row .ticket-replying, #ticket-${ticket}-head .ticket-replying`)) {
    line.hidden = !names;
    line.textContent = names ? `${names} ${people.size > 1 ? "are" : "is"} replying` : "";
  }
}

document.addEventListener("ticket-replying", ({ detail }) => {
  const { ticket, user, name, age } = JSON.parse(detail.data);
  if (String(user) === VIEWER) return;
  if (!typing.has(ticket)) typing.set(ticket, new Map());
  typing.get(ticket).set(user, { name, until: Date.now() - age + GONE_MS });
  show(ticket);
  setTimeout(show, GONE_MS - age + 10, ticket);
});

function close() {
  $("#ticket-pane").replaceChildren();
  mark();
  look();
}

function step(by) {
  const all = rows();
  const here = document.activeElement.closest("[data-ticket]") ?? $(".ticket-row[aria-current]");
  const next = all[here ? all.indexOf(here) + by : 0];
  $(".ticket-link", next ?? document.createElement("i"))?.focus();
}

const current = () => document.activeElement.closest("[data-ticket]") ?? $(".ticket-row[aria-current]");
const press = (key) => $(`[data-open-ticket] [data-key=${key}]`)?.click();

function write(audience) {
  const form = $("[data-open-ticket] .composer");
  $(`[name=audience][value=${audience}]`, form ?? inbox)?.click();
  $("textarea", form ?? inbox)?.focus();
}

const DO = {
  j: () => step(1),
  k: () => step(-1),
  o: () => $(".ticket-link", current() ?? inbox)?.click(),
  x: () => $("input[name=ticket]", current() ?? document.createElement("i"))?.click(),
  e: () => press("e"),
  a: () => press("a"),
  s: () => { press("s"); $(".ticket-menu[open] .inbox-menu-item")?.focus(); },
  r: () => write("everyone"),
  n: () => write("staff"),
  "/": () => $(".inbox-find input").focus(),
  "?": help,
};

function help() {
  const dialog = $("#inbox-help");
  $("[data-shortcuts]", dialog).checked = !localStorage.getItem(KEYS);
  dialog.showModal();
}

addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (key === "Escape") return target.closest("details[open]")?.removeAttribute("open");
  const busy = event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented;
  if (busy || target.closest("input:not([type=checkbox]), textarea, select, [contenteditable], dialog, .thread, [popover]")) return;
  if (localStorage.getItem(KEYS) || !DO[key]) return;
  // In capture, since the thread's own keys are for who is in it.
  event.preventDefault();
  event.stopImmediatePropagation();
  DO[key]();
}, true);

document.addEventListener("click", (event) => {
  const { target } = event;
  for (const menu of document.querySelectorAll("#inbox details[open]")) if (!menu.contains(target)) menu.open = false;
  if (target.closest("[data-help]")) help();
  const details = target.closest("[data-details]");
  if (details) details.setAttribute("aria-expanded", inbox.toggleAttribute("data-details"));
  if (target.closest("[data-close-ticket]") && rows().length) {
    event.preventDefault();
    const link = $(".ticket-row[aria-current] .ticket-link");
    history.pushState(null, "", target.closest("a").getAttribute("href"));
    close();
    link?.focus();
  }
});

document.addEventListener("change", ({ target }) => {
  if ("shortcuts" in target.dataset) target.checked ? localStorage.removeItem(KEYS) : localStorage.setItem(KEYS, "off");
  if (target.matches("#inbox-bulk select") && target.value) target.form.requestSubmit();
  if (target.name === "ticket") count();
});
setInterval(() => { if (document.visibilityState === "visible") htmx.trigger(document.body, "shift-due"); }, HERE_MS);
document.addEventListener("reset", () => setTimeout(count));
document.addEventListener("inbox-changed", () => $("#inbox-bulk").reset());
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  // A view that one chose holds what fits it; the one that is open is kept in the list that it was opened from.
  const view = ctx.sourceElement?.dataset?.view;
  if (view) $("#inbox-view").value = view === "open" ? "" : view;
  if (ctx.sourceElement?.matches?.(".ticket-link")) {
    inbox.removeAttribute("data-details");
    if (matchMedia("(width >= 64rem) and (pointer: fine)").matches) $("[data-open-ticket] .ticket-head a, [data-open-ticket] h2")?.scrollIntoView({ block: "nearest" });
  }
  mark();
});
mark();
