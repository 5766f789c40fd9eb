// A lesson while a student learns in it: that they are here, what they opened, and how much of a video they watched.
import { say } from "../app.js";

const REPORT_MS = 10_000;
const TRIES = 4;

// Where one goes on the next time.
const visited = document.querySelector("[data-visit]");
if (visited) say(visited.dataset.visit, {}, { keepalive: true });

// What the page itself shows is open as soon as it is there; a link or a player once it is used.
const open = (part) => part && say(part.dataset.opens ?? part.dataset.opensNow, {}, { keepalive: true });
open(document.querySelector("[data-opens-now]"));
document.addEventListener("play", ({ target }) => open(target.closest("[data-opens]")), { capture: true, once: true });

document.addEventListener("click", ({ target }) => {
  open(target.closest?.("a[data-opens], button[data-opens]"));
  const load = target.closest?.("[data-embed-load]");
  if (load) embed(load.closest("[data-embed]"));
});

for (const button of document.querySelectorAll("[data-embed-load]")) button.hidden = false;

// Nothing is asked of the provider before the student wants it. It refuses players that don't say where they stand.
function embed(place) {
  const frame = document.createElement("iframe");
  Object.assign(frame, { src: place.dataset.embed, allow: "fullscreen; picture-in-picture; encrypted-media", title: "Video" });
  frame.referrerPolicy = "strict-origin-when-cross-origin";
  place.replaceChildren(frame);
  frame.focus();
}

// What was played since the last report, as the player counts it. The server decides what of it can be true.
function watch(video) {
  let ranges = [];
  let from = null;
  let last = 0;
  let begun = false;

  const close = () => {
    if (from !== null && last > from) ranges.push([from, last]);
    from = null;
  };
  // One after the other, so that none overtakes another; a page that goes away can't wait.
  let sending = Promise.resolve();
  const send = (now) => {
    const fields = { ranges: JSON.stringify(ranges), at: video.currentTime };
    const go = () => say(video.dataset.watching, fields, { keepalive: true });
    ranges = [];
    if (now) go(); else sending = sending.then(go);
  };
  const report = (now = false) => {
    const playing = from !== null;
    close();
    if (playing) from = last;
    if (!begun && !playing && !ranges.length) return;
    begun = true;
    send(now);
  };

  video.addEventListener("loadedmetadata", () => {
    const at = Number(video.dataset.stoppedAt);
    if (at > 1 && at < video.duration - 5) video.currentTime = at;
  }, { once: true });
  if (video.readyState) video.dispatchEvent(new Event("loadedmetadata"));
  video.addEventListener("playing", () => {
    from ??= video.currentTime;
    last = Math.max(last, from);
    if (!begun) { begun = true; send(); }
  });
  video.addEventListener("timeupdate", () => { if (from !== null && !video.seeking) last = video.currentTime; });
  video.addEventListener("seeking", close);
  video.addEventListener("seeked", () => { if (!video.paused) { from = last = video.currentTime; } });
  video.addEventListener("emptied", close);
  // A video that ends is paused first.
  video.addEventListener("pause", () => { close(); report(); });
  addEventListener("pagehide", () => report(true));
  document.addEventListener("visibilitychange", () => { if (document.hidden) report(true); });
  setInterval(() => { if (from !== null) report(); }, REPORT_MS);
}

// The address of a video may last for minutes only (files in an S3), and a line may be away: ours is asked anew, and it goes
// on where it was. Who may see it no more is told so by what ends the page's stream.
function persist(video) {
  let place = 0;
  let tries = 0;
  let playing = false;
  let failed = false;
  video.addEventListener("play", () => { playing = true; });
  // A failure pauses it too, and says so when it may already be asked for anew.
  video.addEventListener("pause", () => { if (!failed && !video.error) playing = false; });
  video.addEventListener("timeupdate", () => {
    if (!video.currentTime || video.error) return;
    if (video.currentTime > place) tries = 0;
    place = video.currentTime;
  });
  video.addEventListener("seeking", () => { if (video.currentTime) place = video.currentTime; });
  video.addEventListener("error", () => {
    if (tries >= TRIES || video.error?.code === MediaError.MEDIA_ERR_DECODE) return;
    tries += 1;
    failed = true;
    setTimeout(() => {
      video.addEventListener("loadedmetadata", () => {
        failed = false;
        if (place) video.currentTime = place;
        if (playing) video.play().catch(() => {});
      }, { once: true });
      video.load();
    }, 1_000 * (tries - 1));
  });
}

for (const video of document.querySelectorAll(".lesson-video")) persist(video);
for (const video of document.querySelectorAll("[data-watching]")) watch(video);
