// Who looks at this page, and by which clock.
const { viewer, timeZone } = document.documentElement.dataset;

export const VIEWER = viewer || "";
export const TIME_ZONE = timeZone || undefined; // The browser's own where none is set.

// Fragments don't know who reads them. This one rule sets the viewer's messages apart; the theme says what it means.
const sheet = new CSSStyleSheet();
if (VIEWER) {
  sheet.insertRule(`[data-author="${Number(VIEWER)}"] {
    --side: end; --bubble: var(--bubble-own); --author-display: none; --corner-start: var(--bubble-radius);
    --corner-end: 0.25rem; --time-start: 0; --time-end: auto;
  }`);
}
document.adoptedStyleSheets.push(sheet);
