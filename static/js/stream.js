// One stream for the page, on the channels that its elements name in data-channels. When these change (a drawer opens
// another thread) the stream is opened anew; its first event makes every region catch up, so nothing falls in between.

function wanted() {
  const names = [...document.querySelectorAll("[data-channels]")].flatMap((e) => e.dataset.channels.split(/\s+/));
  return [...new Set(names.filter(Boolean))].sort();
}

function follow() {
  const stream = document.getElementById("stream");
  if (!stream) return;
  const url = "/events/?" + wanted().map((name) => `channel=${encodeURIComponent(name)}`).join("&");
  if (stream.getAttribute("hx-sse:connect") === url) return;
  if (!stream._htmx) return stream.setAttribute("hx-sse:connect", url); // Not started yet.
  const next = document.createElement("div");
  for (const { name, value } of stream.attributes) if (name !== "data-htmx-powered") next.setAttribute(name, value);
  next.setAttribute("hx-sse:connect", url);
  htmx.swap({ sourceElement: document.body, target: stream, swap: "outerHTML", text: next.outerHTML });
}

new MutationObserver(follow).observe(document.body, {
  subtree: true, childList: true, attributes: true, attributeFilter: ["data-channels"],
});
follow();
