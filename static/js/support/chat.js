// The chat's panel: opened and put away by its button, open again on the next page, whole-screen on a phone. Minimised it keeps
// its conversation (a draft, files on their way); closed it lets go of it.
import { look } from "./app.js";

const OUTBOX = `homeroom:outbox:${document.documentElement.dataset.viewer}`;

const panel = document.getElementById("chat-panel");
const body = document.getElementById("chat-body");
const button = document.getElementById("chat-button");
const covers = matchMedia("(width < 40rem)");
const touch = matchMedia("(pointer: coarse)");
const resumed = sessionStorage.chat;

let entry = false; // Whether the history has an entry for the panel that covers the page.
let leaving = false;

const isOpen = () => !panel.hidden;
const thread = () => body.querySelector(".thread");
const area = () => body.querySelector("textarea");

function remember(state) {
  if (state) sessionStorage.chat = state;
  else delete sessionStorage.chat;
  button.ariaExpanded = String(state === "open");
  button.toggleAttribute("data-minimised", state === "minimised");
}

const fetchBody = () => htmx.ajax("GET", panel.dataset.url, { source: body, target: body, swap: "innerHTML" });

// Where the news begin: the thread was drawn before it could be seen.
function goToNews() {
  const news = thread()?.querySelector("[data-news]");
  const scroller = thread()?.querySelector(".thread-scroll");
  const above = news && news.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
  if (above < 0) scroller.scrollTop += above - 4;
}

function focusIn() {
  // A keyboard on the screen would hide what there is to read.
  ((!touch.matches || thread()?.matches(".chat-start")) && area() || panel).focus({ preventScroll: true });
}

function open(focus = true) {
  panel.hidden = false;
  remember("open");
  goToNews();
  if (focus && covers.matches && !entry) {
    history.pushState({ chat: true }, "");
    entry = true;
  }
  if (focus) focusIn();
}

function hide(state) {
  const inside = panel.contains(document.activeElement);
  panel.hidden = true;
  remember(state);
  // What is on its way up would be lost: then it is only put away.
  if (!state && !body.querySelector(".file-chip")) {
    body.replaceChildren();
    look();
  }
  if (inside) button.focus({ preventScroll: true });
}

function leaveEntry() {
  entry = false;
  leaving = true;
  setTimeout(() => { leaving = false; }, 500);
}

function putAway(state) {
  hide(state);
  if (!entry) return;
  leaveEntry();
  history.back();
}

async function toggle() {
  if (isOpen()) return putAway("minimised");
  if (thread()) return open();
  body.classList.add("thread-loading");
  open();
  await fetchBody();
  body.classList.remove("thread-loading");
  goToNews();
  if (isOpen()) focusIn();
  return undefined;
}

// Before htmx, which asked for the panel: it is here.
button.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  toggle();
});
panel.addEventListener("click", ({ target }) => {
  if (target.closest("[data-chat-minimise]")) putAway("minimised");
  else if (target.closest("[data-chat-close]")) putAway();
});
panel.addEventListener("click", (event) => {
  if (!event.target.closest("[data-chat-start]")) return;
  event.preventDefault();
  fetchBody().then(focusIn);
});
panel.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.defaultPrevented && !event.target.closest(":modal, :popover-open")) putAway();
});
addEventListener("popstate", () => {
  if (!entry) return;
  leaveEntry();
  hide("minimised");
});
document.addEventListener("htmx:before:history:restore", (event) => { if (leaving) event.preventDefault(); });

// The first message was stored: its answer is the conversation that it began. What else was written meanwhile goes first.
const isFirst = (item) => item?.conversation === "0";
document.addEventListener("htmx:finally:request", async ({ detail: { ctx } }) => {
  if (!isFirst(ctx.item) || !(ctx.response?.status < 300) || !thread()?.matches(".chat-start")) return;
  if (JSON.parse(localStorage.getItem(OUTBOX) ?? "[]").some(isFirst)) return;
  const before = body.querySelector(".composer");
  const typed = area()?.value ?? "";
  const focused = panel.contains(document.activeElement);
  htmx.swap({ sourceElement: body, target: body, swap: "innerHTML", text: ctx.text });
  look();
  if (!area()) return;
  body.querySelector(".composer").dispatchEvent(new CustomEvent("composer:replace", { detail: before }));
  if (typed) {
    area().value = typed;
    area().dispatchEvent(new Event("input", { bubbles: true }));
  }
  if (focused) area().focus({ preventScroll: true });
});

// The sentence is the reason why something waits.
function sayNetwork() {
  panel.querySelector(".chat-offline").textContent = navigator.onLine ? "" : "You're offline. Messages will send when you're back.";
}
addEventListener("online", sayNetwork);
addEventListener("offline", sayNetwork);

// A keyboard on the screen takes its part of what can be seen, not of the page: the composer stays above it.
function fit() {
  const { height, offsetTop } = visualViewport;
  panel.style.setProperty("--chat-height", `${height}px`);
  panel.style.setProperty("--chat-top", `${offsetTop}px`);
}
if (globalThis.visualViewport) visualViewport.onresize = visualViewport.onscroll = fit;

async function begin() {
  button.setAttribute("aria-haspopup", "dialog");
  button.setAttribute("aria-controls", panel.id);
  if (globalThis.visualViewport) fit();
  sayNetwork();
  const { sheet } = panel.querySelector("link");
  if (!sheet) await new Promise((done) => { for (const name of ["load", "error"]) panel.querySelector("link").addEventListener(name, done); });
  if (resumed === "minimised") remember("minimised");
  else open(!resumed);
}
begin();
