// What was sent and not yet stored. It outlives a reload, goes out in order when the network is back, and each message
// carries its own key, so that a retry, a second tab or a double click still makes one row.
import { complain, restore } from "./drafts.js";
import { eachThread, decorate } from "./messages.js";
import { VIEWER } from "./viewer.js";

const STORE = `homeroom:outbox:${VIEWER}`;
const RETRY_MS = [1000, 2000, 4000, 8000, 15_000];
const WORDS = { queued: "Waiting for the network", sending: "Sending", failed: "Not sent" };

const sending = new Set(); // Conversations with a request under way.
let tries = 0;
let timer;

const load = () => JSON.parse(localStorage.getItem(STORE) ?? "[]");
const save = (items) => localStorage.setItem(STORE, JSON.stringify(items));
const update = (key, changes) => save(load().map((item) => (item.key === key ? { ...item, ...changes } : item)));
const drop = (key) => save(load().filter((item) => item.key !== key));
const threadOf = (item) => document.querySelector(`.thread[data-conversation="${Number(item.conversation)}"]`);

export function queue(item) {
  save([...load(), item]);
  render();
  pump();
}

function button(text, action) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "link";
  element.textContent = text;
  element.addEventListener("click", action);
  return element;
}

// The server's own message, rendered once with placeholders, filled in here.
function bubble(thread, item) {
  const template = thread.querySelector(`template[data-pending="${item.audience || "everyone"}"]`);
  const message = template.content.firstElementChild.cloneNode(true);
  message.id = `pending-${item.key}`;
  delete message.dataset.key;
  delete message.dataset.version;
  delete message.dataset.sent;
  message.querySelector("[data-message-body]").textContent = item.body;
  message.querySelector("time").dateTime = item.at;
  const line = document.createElement("p");
  line.className = "message-state";
  message.append(line);
  return message;
}

function describe(message, item) {
  const state = item.failed ? "failed" : sending.has(item.conversation) && tries === 0 ? "sending" : "queued";
  if (message.dataset.state === state && message.dataset.reason === (item.failed ?? "")) return;
  message.dataset.state = state;
  message.dataset.reason = item.failed ?? "";
  const line = message.querySelector(".message-state");
  line.textContent = item.failed ? `${WORDS.failed}: ${item.failed} ` : WORDS[state];
  if (!item.failed) return;
  if (item.login) {
    const link = document.createElement("a");
    link.className = "link";
    link.href = item.login;
    link.textContent = "Sign in again";
    line.append(link, " ");
  }
  line.append(
    button("Try again", () => { update(item.key, { failed: undefined, login: undefined }); render(); pump(); }),
    " ",
    button("Discard", () => { drop(item.key); render(); }),
  );
}

function render() {
  const items = load();
  for (const message of document.querySelectorAll(".thread-pending .message")) {
    if (!items.some((item) => message.id === `pending-${item.key}`)) message.remove();
  }
  for (const item of items) {
    const pending = threadOf(item)?.querySelector(".thread-pending");
    if (!pending || document.querySelector(`[data-sent="${item.key}"]`)) continue; // It may arrive before its answer.
    let message = document.getElementById(`pending-${item.key}`);
    if (!message) {
      message = bubble(threadOf(item), item);
      pending.append(message);
      decorate(pending);
      // The day is divided where the messages are, once they are there.
      for (const each of pending.children) delete each.dataset.day;
    }
    describe(message, item);
  }
}

function pump() {
  const begun = new Set(sending);
  for (const item of load()) {
    if (item.failed || begun.has(item.conversation)) continue;
    begun.add(item.conversation);
    sending.add(item.conversation);
    // Each has an element of its own: requests of one element wait for one another, or are dropped.
    const courier = document.createElement("form");
    courier.hidden = true;
    for (const [name, value] of [["body", item.body], ["client_key", item.key], ...(item.fields ?? [["audience", item.audience]])]) {
      const input = document.createElement("input");
      input.type = "hidden"; // This type alone keeps line breaks.
      input.name = name;
      input.value = value;
      courier.append(input);
    }
    document.body.append(courier);
    htmx.ajax("POST", item.url, {
      source: courier,
      target: courier,
      swap: "none",
      item,
    });
  }
}

// After the usual pause, or as many seconds as the server asks for.
function later(seconds) {
  clearTimeout(timer);
  timer = setTimeout(pump, Math.max(seconds * 1000, RETRY_MS[Math.min(tries, RETRY_MS.length - 1)]));
  tries += 1;
}

function refuse(item, status, text) {
  const thread = threadOf(item);
  const { body } = new DOMParser().parseFromString(text, "text/html");
  const reason = body.textContent.trim();
  if (status === 422 && thread && restore(thread, item.body)) {
    drop(item.key);
    complain(thread, reason);
  } else if (status === 401) {
    update(item.key, { failed: "you have been signed out.", login: body.querySelector("a")?.getAttribute("href") ?? "/" });
  } else {
    update(item.key, { failed: status === 404 ? "you no longer see this conversation." : reason.slice(0, 200) });
  }
}

document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  const { item } = ctx;
  if (!item) return;
  ctx.sourceElement.remove();
  sending.delete(item.conversation);
  const status = ctx.response?.status ?? 0;
  if (status >= 200 && status < 300) {
    tries = 0;
    drop(item.key);
  } else if (status === 0 || status === 429 || status >= 500) {
    later(Number(ctx.response?.headers.get("Retry-After")) || 0);
    render();
    return;
  } else {
    refuse(item, status, ctx.text ?? "");
  }
  render();
  pump();
});

// This page is shown to somebody who is signed in, so what failed for that reason alone has nothing to wait for.
save(load().map((item) => (item.login ? { ...item, failed: undefined, login: undefined } : item)));

const again = () => { if (load().length) pump(); };
addEventListener("online", again);
addEventListener("storage", ({ key }) => { if (key === STORE) render(); });
document.addEventListener("stream-open", again);
eachThread(render);
again();
