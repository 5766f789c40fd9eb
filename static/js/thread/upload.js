// One file on its way up. XMLHttpRequest, because fetch doesn't tell how far it is.
import { csrfToken } from "../csrf.js";

const STILL_MS = 60_000; // Without a byte moving, a connection is dead.
const TRIES = 3;
const LOST = "The connection was lost.";

function reasonOf(request) {
  const status = request.status;
  try {
    return JSON.parse(request.responseText).error;
  } catch {
    if (status === 401) return "You have been signed out.";
    if (status === 404) return "You no longer see this conversation.";
    if (status === 413) return "This file is too large.";
    if (status === 429) return "That was a lot at once. Try again in a moment.";
    return status ? "Something broke on our side." : LOST;
  }
}

// Calls back with progress (0 to 1), with what the server calls the file, or with the reason why not, and whether trying
// again may help. Returns a function that cancels.
export function upload(url, file, { progress, done, failed }) {
  let request;
  let timer;
  let tries = 0;
  let cancelled = false;

  function fail() {
    clearTimeout(timer);
    if (cancelled) return;
    tries += 1;
    const status = request.status;
    if ((status === 0 || status === 502 || status === 503) && tries < TRIES) {
      timer = setTimeout(start, 1000 * tries);
      return;
    }
    failed(reasonOf(request), status === 0 || status === 401 || status === 429 || status >= 500);
  }

  function alive() {
    clearTimeout(timer);
    timer = setTimeout(() => request.abort(), STILL_MS);
  }

  function start() {
    request = new XMLHttpRequest();
    request.open("POST", url);
    request.setRequestHeader("X-CSRFToken", csrfToken() ?? "");
    request.upload.addEventListener("progress", ({ loaded, total }) => { alive(); progress(total ? loaded / total : 0); });
    request.addEventListener("load", () => {
      if (request.status !== 201) return fail();
      clearTimeout(timer);
      done(JSON.parse(request.responseText));
    });
    for (const end of ["error", "abort"]) request.addEventListener(end, fail);
    const form = new FormData();
    form.append("file", file, file.name);
    request.send(form);
    alive();
  }

  start();
  return () => {
    cancelled = true;
    clearTimeout(timer);
    request.abort();
  };
}

// Throw away what was stored. Where this doesn't arrive, the server does it by itself a day later.
export function discard(url) {
  fetch(url, { method: "DELETE", headers: { "X-CSRFToken": csrfToken() ?? "" }, keepalive: true }).catch(() => {});
}
