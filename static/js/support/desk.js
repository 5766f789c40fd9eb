// On every page of somebody who answers: the inbox changed at most once a second, whatever happens in it, and a new ticket
// is a toast.
const PACE_MS = 1000;

let last = 0;
let timer;

function pass() {
  timer = undefined;
  last = Date.now();
  htmx.trigger(document.body, "inbox-due");
}

// The first at once, the others together a second later: none is left out.
document.addEventListener("inbox", () => {
  timer ??= setTimeout(pass, Math.max(0, last + PACE_MS - Date.now()));
});

document.addEventListener("ticket-began", ({ detail }) => {
  htmx.ajax("GET", JSON.parse(detail.data).toast, { target: "#toasts", swap: "beforeend" });
});
