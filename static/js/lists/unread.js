// The badges of conversations in lists. That somebody wrote there (the event `bell`), or that something was read on another
// page (`unread`), makes them ask for the number as it is; so does each new connection, and a row that came without one.
const WAIT_MS = 150;
const AT_ONCE = 200;

const asked = new Set();
let timer;

const badges = () => [...document.querySelectorAll("[data-unread]")];

function put(badge, text) {
  badge.dataset.counted = "";
  if (badge.textContent !== text) badge.textContent = text;
  const link = badge.closest("[data-open-thread]");
  if (text) link?.setAttribute("aria-description", `${text} unread`);
  else link?.removeAttribute("aria-description");
}

// One question at a time: of two, the older answer could come last.
let busy = false;

async function ask() {
  timer = busy ? setTimeout(ask, WAIT_MS) : undefined;
  if (busy) return;
  busy = true;
  try {
    await askNow();
  } finally {
    busy = false;
  }
}

async function askNow() {
  const here = new Set(badges().map(({ dataset }) => dataset.unread));
  const ids = [...asked].filter((id) => here.has(id));
  asked.clear();
  for (let start = 0; start < ids.length; start += AT_ONCE) {
    const query = new URLSearchParams(ids.slice(start, start + AT_ONCE).map((id) => ["in", id]));
    const answer = await fetch(`${document.getElementById("thread-drawer").dataset.unreadUrl}?${query}`, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok) return;
    const { body } = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const { dataset, textContent } of body.querySelectorAll("[data-unread]")) {
      for (const badge of document.querySelectorAll(`[data-unread="${Number(dataset.unread)}"]`)) put(badge, textContent);
    }
  }
}

function soon(ids) {
  for (const id of ids) asked.add(String(id));
  if (asked.size) timer ??= setTimeout(ask, WAIT_MS);
}

document.addEventListener("unread", ({ detail }) => soon([JSON.parse(detail.data).conversation]));
document.addEventListener("stream-open", () => soon(badges().map(({ dataset }) => dataset.unread)));
document.addEventListener("bell", ({ detail }) => {
  const conversation = JSON.parse(detail.data).about.match(/^conversation-(\d+)$/)?.[1];
  if (conversation) htmx.trigger(document.body, "unread", { data: JSON.stringify({ conversation: Number(conversation) }) });
});
document.addEventListener("htmx:after:swap", () => {
  soon(badges().filter(({ dataset }) => !("counted" in dataset)).map(({ dataset }) => dataset.unread));
});
