// One stream for the page, on the channels that its elements name in data-channels. When these change (a drawer opens
// another thread) the stream is opened anew; its first event makes every region catch up, so nothing falls in between.

function wanted() {
  const names = [...document.querySelectorAll("[data-channels]")].flatMap((e) => e.dataset.channels.split(/\s+/));
  return [...new Set(names.filter(Boolean))].sort();
}

// The element that holds the stream is made here alone: htmx must not open one before this page can answer its events.
function follow() {
  const stream = document.getElementById("stream");
  if (!stream) return;
  const url = "/events/?" + wanted().map((name) => `channel=${encodeURIComponent(name)}`).join("&");
  if (stream.getAttribute("hx-sse:connect") === url) return;
  const next = stream.cloneNode(false);
  next.removeAttribute("data-htmx-powered");
  next.setAttribute("hx-sse:connect", url);
  htmx.swap({ sourceElement: document.body, target: stream, swap: "outerHTML", text: next.outerHTML });
}

new MutationObserver(follow).observe(document.body, {
  subtree: true, childList: true, attributes: true, attributeFilter: ["data-channels"],
});
follow();
