// Copies what the pages load from npm into static/, and makes a sprite of each list of icons. What the shell, the bell and a
// thread show to everybody is in icons/app.txt: a first visit loads it. Run by `npm run vendor` after a version in package.json
// or a line of icons/ has changed; the results are committed.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "node_modules");
const target = join(here, "..", "..", "static");

// htmx and its extensions, in their order, as one file: they change together, and seldom.
const HTMX = ["htmx.min.js", "ext/hx-sse.min.js", "ext/hx-upsert.min.js"];

// The maps are not served, and a manifest that follows references would fail on the missing file.
const withoutSourceMap = (script) => script.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "").trimEnd() + "\n";

function symbol(name) {
  const svg = readFileSync(join(modules, "lucide-static", "icons", `${name}.svg`), "utf8");
  const shapes = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
  const compact = shapes.replace(/\s+/g, " ").replace(/> </g, "><").replace(/ \/>/g, "/>").trim();
  // The stroke is set on each symbol: a presentation attribute of the sprite's root doesn't reach through <use>.
  return (
    `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" ` +
    `stroke-linecap="round" stroke-linejoin="round">${compact}</symbol>`
  );
}

mkdirSync(join(target, "vendor"), { recursive: true });
mkdirSync(join(target, "img"), { recursive: true });

const scripts = HTMX.map((name) => withoutSourceMap(readFileSync(join(modules, "htmx.org", "dist", name), "utf8")));
writeFileSync(join(target, "vendor", "htmx.min.js"), scripts.join(""));

// Where outlines are built, and there when somebody begins to drag.
writeFileSync(join(target, "vendor", "sortable.js"), withoutSourceMap(readFileSync(join(modules, "sortablejs", "Sortable.min.js"), "utf8")));

const notice = "<!-- Icons by Lucide (ISC License). Made by theme/static_src/vendor.mjs. -->";
for (const list of ["app", "pages"]) {
  const names = readFileSync(join(here, "icons", `${list}.txt`), "utf8").split("\n").map((line) => line.trim()).filter(Boolean).sort();
  const sprite = `<svg xmlns="http://www.w3.org/2000/svg">${notice}\n${names.map(symbol).join("\n")}\n</svg>\n`;
  writeFileSync(join(target, "img", `icons-${list}.svg`), sprite);
  console.log(`${names.length} icons in icons-${list}.svg`);
}
