// What was sent and not yet stored. It outlives a reload, goes out in order when the network is back, and each message
// carries its own key, so that a retry, a second tab or a double click still makes one row.
import { complain, restore } from "./drafts.js";
import { register } from "./lifecycle.js";
import { SHOWN, decorate, lastShown, seenIn } from "./messages.js";
import { VIEWER } from "../viewer.js";

const STORE = `homeroom:outbox:${VIEWER}`;
const RETRY_MS = [1000, 2000, 4000, 8000, 15_000];
const WORDS = { queued: "Waiting for the network", sending: "Sending", waiting: "Waiting for the one before", failed: "Not sent" };
const MAX_QUOTE = 120;

const sending = new Set(); // Conversations with a request under way.
// What the server asks before it takes a message, by the message's key. It isn't stored, being other people's words: a page
// that is loaded anew sends again and is asked again.
const questions = new Map();
let tries = 0;
let slowed; // The key of a message that came too quickly: its composer says so until it is sent.
let timer;

const load = () => JSON.parse(localStorage.getItem(STORE) ?? "[]");
const save = (items) => localStorage.setItem(STORE, JSON.stringify(items));
const update = (key, changes) => save(load().map((item) => (item.key === key ? { ...item, ...changes } : item)));
const drop = (key) => save(load().filter((item) => item.key !== key));
const threadOf = (item) => document.querySelector(`.thread[data-conversation="${Number(item.conversation)}"]`);
const field = (item, wanted) => item.fields?.find(([name]) => name === wanted)?.[1];

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

// The message that it replies to, as the server will show it.
function quote(item) {
  const quoted = document.getElementById(`message-${Number(field(item, "reply_to"))}`);
  if (!quoted?.matches(SHOWN)) return "";
  const link = document.createElement("a");
  link.className = "message-quote";
  const [author, text] = ["author", "text"].map((part) => {
    const element = document.createElement("bdi");
    element.className = `message-quote-${part}`;
    return element;
  });
  author.textContent = quoted.querySelector(".message-author").textContent;
  text.textContent = quoted.querySelector("[data-message-body]").textContent.slice(0, MAX_QUOTE) || "File";
  link.append(author, " ", text);
  return link;
}

// The server's own message, rendered once with placeholders, filled in here.
function bubble(thread, item) {
  const template = thread.querySelector(`template[data-pending="${item.audience || "everyone"}"]`);
  const message = template.content.firstElementChild.cloneNode(true);
  message.id = `pending-${item.key}`;
  delete message.dataset.key;
  delete message.dataset.version;
  delete message.dataset.sent;
  const body = message.querySelector("[data-message-body]");
  body.textContent = item.body;
  body.before(quote(item));
  message.querySelector("time").dateTime = item.at;
  return message;
}

function again(item) {
  update(item.key, { failed: undefined, login: undefined });
  render();
  pump();
}

function discard(item) {
  questions.delete(item.key);
  drop(item.key);
  render();
  pump();
}

function edit(item) {
  const thread = threadOf(item);
  if (!restore(thread, item, true)) return;
  discard(item);
  thread.querySelector("textarea[name=body]").focus();
}

// Whoever says so has seen what was shown: what they wrote after this one isn't asked about again.
function sendAnyway(item) {
  const { newest } = questions.get(item.key);
  questions.delete(item.key);
  if (newest === Infinity) {
    update(item.key, { fields: [...(item.fields ?? []), ["anyway", "1"]] });
    render();
    return pump();
  }
  const seen = Math.max(newest, seenIn(threadOf(item)));
  const items = load();
  const from = items.findIndex(({ key }) => key === item.key);
  save(items.map((each, index) => (
    each.conversation === item.conversation && index >= from ? { ...each, seen: Math.max(each.seen ?? 0, seen) } : each)));
  render();
  pump();
}

function ways(line, item, first) {
  line.append(first, " ", button("Edit", () => edit(item)), " ", button("Discard", () => discard(item)));
}

function explain(line, item) {
  line.textContent = `${WORDS.failed}: ${item.failed} `;
  if (item.login) {
    const link = document.createElement("a");
    link.className = "link";
    link.href = item.login;
    link.textContent = "Sign in again";
    line.append(link, " ");
  }
  ways(line, item, button("Try again", () => again(item)));
}

function ask(line, item) {
  line.replaceChildren(questions.get(item.key).element);
  const answers = document.createElement("p");
  answers.className = "unseen-answers";
  ways(answers, item, button("Send anyway", () => sendAnyway(item)));
  line.append(answers);
  line.setAttribute("role", "alert");
}

function stateOf(item) {
  if (item.failed) return "failed";
  if (questions.has(item.key)) return "asked";
  const before = load().filter((each) => each.conversation === item.conversation);
  if (before.slice(0, before.findIndex(({ key }) => key === item.key)).some(({ key }) => questions.has(key))) return "waiting";
  return sending.has(item.conversation) && tries === 0 ? "sending" : "queued";
}

// While it is on its way a message is as high as it will be: its state stands beside it. Where there is something to
// decide, that stands below.
function describe(message, item) {
  const state = stateOf(item);
  const reason = item.failed ?? questions.get(item.key)?.newest.toString() ?? "";
  if (message.dataset.state === state && message.dataset.reason === reason) return;
  message.dataset.state = state;
  message.dataset.reason = reason;
  message.querySelector(".message-state")?.remove();
  const line = document.createElement(state === "asked" ? "div" : "p");
  line.className = "message-state";
  const open = state === "failed" || state === "asked" || !item.body;
  (open ? message : message.querySelector("[data-message-body]")).append(line);
  if (state === "failed") explain(line, item);
  else if (state === "asked") ask(line, item);
  else {
    const words = document.createElement("span");
    words.textContent = WORDS[state];
    line.title = WORDS[state];
    line.append(words);
  }
}

function render() {
  const items = load();
  // Answered in another tab, or gone.
  for (const [key, { newest }] of questions) {
    if (!items.some((item) => item.key === key && (item.seen ?? 0) < newest)) questions.delete(key);
  }
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
      decorate(pending, lastShown(threadOf(item).querySelector(".thread-messages")));
      message.dispatchEvent(new CustomEvent("outbox:bubble", { bubbles: true, detail: item }));
    }
    describe(message, item);
  }
}

function pump() {
  const begun = new Set(sending);
  for (const item of load()) {
    if (item.failed || begun.has(item.conversation)) continue;
    begun.add(item.conversation);
    if (questions.has(item.key)) continue; // What comes after it waits too: the order is part of what was said.
    sending.add(item.conversation);
    // Each has an element of its own: requests of one element wait for one another, or are dropped. What it says isn't in
    // that element: a page has one field of each name, which is the composer's.
    const courier = document.createElement("span");
    courier.hidden = true;
    const values = [["body", item.body], ["client_key", item.key], ...(item.fields ?? [["audience", item.audience]])];
    if (item.seen !== undefined) values.push(["seen", item.seen]);
    courier.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
      for (const [name, value] of values) ctx.request.body.append(name, value);
    });
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

const reasonIn = (text) => new DOMParser().parseFromString(text ?? "", "text/html").body.textContent.trim();

function refuse(item, status, text) {
  const thread = threadOf(item);
  const { body } = new DOMParser().parseFromString(text, "text/html");
  const reason = body.textContent.trim();
  const question = status === 409 && body.querySelector(".unseen, .unknown-names");
  if (question) {
    // About names, or about what others wrote up to a key.
    questions.set(item.key, { newest: Number(question.dataset.newest ?? Infinity), element: question });
  } else if (status === 422 && thread && restore(thread, item)) {
    drop(item.key);
    complain(thread, reason);
  } else if (status === 401) {
    update(item.key, { failed: "you have been signed out.", login: body.querySelector("a")?.getAttribute("href") ?? "/" });
  } else {
    update(item.key, { failed: status === 404 ? "this was deleted, or you no longer see it. What you wrote stays here." : reason.slice(0, 200) });
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
    if (item.key === slowed && threadOf(item)) complain(threadOf(item), "");
    // It waits for a moderator: its author's list of those shows it, also where the stream is away.
    if (status === 202) htmx.trigger(document.body, `held-${item.conversation}`);
  } else if (status === 0 || status === 429 || status >= 500) {
    later(Number(ctx.response?.headers.get("Retry-After")) || 0);
    if (status === 429 && threadOf(item)) {
      slowed = item.key;
      complain(threadOf(item), reasonIn(ctx.text));
    }
    render();
    return;
  } else {
    tries = 0;
    refuse(item, status, ctx.text ?? "");
  }
  render();
  pump();
});

// This page is shown to somebody who is signed in, so what failed for that reason alone has nothing to wait for.
save(load().map((item) => (item.login ? { ...item, failed: undefined, login: undefined } : item)));

const resume = () => { if (load().length) pump(); };
addEventListener("online", resume);
addEventListener("storage", ({ key }) => { if (key === STORE) render(); });
document.addEventListener("stream-open", resume);
register({ connect: render });
resume();
