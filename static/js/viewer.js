// Who looks at this page, by which clock, and how they write dates and numbers (apps/core/formats.py).
const { viewer, timeZone, locale } = document.documentElement.dataset;

export const VIEWER = viewer || "";
// The browser's own on a page that can't say: a broken one.
export const TIME_ZONE = timeZone || undefined;
export const LOCALE = locale || undefined;

// Fragments don't know who reads them. This one rule sets the viewer's messages apart; the theme says what it means.
const sheet = new CSSStyleSheet();
if (VIEWER) {
  sheet.insertRule(`[data-author="${Number(VIEWER)}"] {
    --side: end; --bubble: var(--bubble-own); --author-display: none; --corner-start: var(--bubble-radius);
    --corner-end: 0.25rem; --time-start: 0; --time-end: auto;
  }`);
  // Where the viewer is named, and what the viewer has reacted with.
  sheet.insertRule(`.message:has(.mention[data-user~="${Number(VIEWER)}"]) { --named: var(--color-primary); }`);
  sheet.insertRule(`.mention[data-user~="${Number(VIEWER)}"] { --mention: var(--color-primary); --mention-ink: var(--color-primary-content); }`);
  sheet.insertRule(`.message-reaction[data-people~="${Number(VIEWER)}"] {
    --reaction-edge: var(--color-primary); --reaction: color-mix(in oklab, var(--color-primary) 14%, var(--surface));
  }`);
}
document.adoptedStyleSheets.push(sheet);
