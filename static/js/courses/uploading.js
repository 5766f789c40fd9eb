// A file of a lesson on its way up: how far it is, and a button that stops it. What surely would be refused isn't sent at all.
// htmx asks as ever, but over XMLHttpRequest: fetch doesn't tell how far it is, and htmx gives up after a minute.
import { refusalOf, sizeOf } from "../app.js";

const INPUTS = "[data-uploads] input[type=file]";
const STILL_MS = 60_000; // Without a byte moving, a connection is dead.
const LOST = "The connection was lost.";
const REASONS = { 401: "You have been signed out. Sign in in another tab, then try again.", 413: "This file is too large.", 429: "That was a lot at once." };

let current; // What is under way: its request, its input, and what is shown of it.

const element = (name, classes, text = "") => Object.assign(document.createElement(name), { className: classes, textContent: text });

function button(word, action) {
  const made = Object.assign(element("button", "btn btn-sm", word), { type: "button" });
  made.addEventListener("click", action);
  return made;
}

// The same fetch as htmx's own, as far as it goes, with progress.
function sender(progress) {
  return (url, { method, headers, body, signal }) => new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let timer;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => request.abort(), STILL_MS);
    };
    const lost = () => reject(signal.aborted ? new DOMException("cancelled", "AbortError") : new TypeError("Failed to fetch"));
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", ({ loaded, total }) => { alive(); progress(loaded, total); });
    request.upload.addEventListener("load", () => clearTimeout(timer)); // A long film takes a while to be looked at.
    request.addEventListener("load", () => {
      const lines = request.getAllResponseHeaders().trim().split("\r\n");
      resolve(new Response(request.responseText, { status: request.status, headers: lines.map((line) => line.split(/: (.*)/s).slice(0, 2)) }));
    });
    request.addEventListener("loadend", () => clearTimeout(timer));
    for (const end of ["error", "abort"]) request.addEventListener(end, lost);
    signal.addEventListener("abort", () => request.abort());
    alive();
    request.send(body);
  });
}

function shown(files) {
  const name = files.length === 1 ? files[0].name : `${files.length} files`;
  const box = element("div", "upload");
  const state = Object.assign(element("span", "upload-state"), { ariaHidden: "true" });
  const bar = Object.assign(element("progress", "progress progress-primary"), { max: 1, value: 0, ariaLabel: `Uploading ${name}` });
  const told = Object.assign(element("span", "sr-only"), { role: "status" });
  const stop = button("Cancel", () => current?.ctx.request.abort());
  stop.ariaLabel = `Cancel the upload of ${name}`;
  box.append(element("span", "upload-name", name), state, stop, bar, told);
  return {
    box,
    stop,
    progress(loaded, total) {
      const percent = total ? Math.floor((100 * loaded) / total) : 0;
      bar.value = percent / 100;
      state.textContent = percent < 100 ? `${percent} % of ${sizeOf(total)}` : "Sent. It is being looked at…";
      const quarter = `${percent - (percent % 25)} % uploaded`;
      if (told.textContent !== quarter) told.textContent = quarter;
    },
  };
}

// The others wait: each answer brings all files of the lesson anew. A save meanwhile doesn't take the file along a second time.
function hold() {
  const { input, box, stop } = current;
  const now = document.getElementById(input.id);
  if (!now) return;
  const chosen = [now, document.body].includes(document.activeElement);
  current.held = [...now.closest("[data-uploads]").querySelectorAll("input, button:not(.upload *)")];
  for (const each of current.held) each.disabled = true;
  if (box.isConnected) return;
  now.after(box);
  if (chosen) stop.focus(); // Who types or saves meanwhile goes on with that.
}

function complain(input, why, again) {
  const said = Object.assign(element("p", "field-error", why), { role: "alert" });
  if (again) said.append(" ", button("Try again", () => input.dispatchEvent(new Event("change", { bubbles: true }))));
  input.ariaInvalid = "true";
  input.closest(".field").append(said);
}

document.addEventListener("htmx:config:request", (event) => {
  const { ctx } = event.detail;
  const input = ctx.sourceElement;
  if (!input.matches?.(INPUTS)) return;
  const field = input.closest(".field");
  field.querySelector(".field-error")?.remove();
  input.removeAttribute("aria-invalid");
  const { limit, refusal } = input.dataset;
  const refused = [...input.files].map((file) => [file.name, refusalOf(file, { accept: input.accept, limit: Number(limit), refusal })]).find(([, why]) => why);
  if (refused) {
    complain(input, refused.join(": "));
    input.value = "";
  }
  if (current || !input.files.length) return event.preventDefault();
  for (const other of document.querySelectorAll(INPUTS)) if (other !== input) ctx.request.body.delete(other.name);
  const { progress, ...parts } = shown(input.files);
  current = { ctx, input, ...parts };
  progress(0, 0);
  Object.assign(ctx, { fetch: sender(progress), quiet: true });
  ctx.request.timeout = "0ms";
  hold();
});

document.addEventListener("htmx:after:swap", () => { if (current) hold(); });

// An answer that isn't the lesson's files, of a server in between perhaps, takes no place on the page.
document.addEventListener("htmx:after:request", (event) => {
  if (event.detail.ctx === current?.ctx && !event.detail.ctx.text.includes("data-uploads")) event.preventDefault();
});

document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  if (ctx !== current?.ctx) return;
  const { box, held, stop } = current;
  const input = document.getElementById(current.input.id);
  const focused = document.activeElement === stop || document.activeElement === document.body;
  current = undefined;
  box.remove();
  for (const each of held) each.disabled = false;
  if (!input) return;
  if (focused) input.focus();
  const { status = 0 } = ctx.response ?? {};
  if (ctx.request.signal.aborted) input.value = "";
  else if (!ctx.text?.includes("data-uploads")) complain(input, REASONS[status] ?? (status ? "Something broke on our side." : LOST), status !== 413);
});

addEventListener("beforeunload", (event) => { if (current) event.preventDefault(); });
