// Bundles the modules of static/js into theme/static/js/dist and the style sheets of src/sheets into theme/static/css/dist, each
// for a kind of page. Run by `npm run build`, after Tailwind; the results are committed. With --watch it goes on doing so.
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { context } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const dist = (kind) => join(here, "..", "static", kind, "dist");

// Every page of somebody who is signed in loads app.js. The others are added by the pages that need them, and import what
// they share with it from there: bundled a second time, a module would listen twice.
const SCRIPTS = ["app", "lists", "lists/ticking", "account/settings", "account/looking", "account/printing", "account/passkey", "account/password", "account/resuming", "courses/lesson", "courses/builder", "courses/grid", "scheduling/copying", "scheduling/moving", "support/desk", "support/inbox", "support/chat", "community/topic", "community/moderation", "community/reporting", "assessments/attempt"];

const appIsLoaded = {
  name: "app is loaded",
  setup({ onResolve }) {
    onResolve({ filter: /\/app\.js$/ }, ({ kind }) => (kind === "entry-point" ? undefined : { path: "./app.js", external: true }));
  },
};

const OPTIONS = {
  bundle: true,
  minify: true,
  // What draws light-dark() knows nesting and color-mix() too.
  target: ["chrome123", "firefox128", "safari17.5"],
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
};

const scripts = {
  ...OPTIONS,
  absWorkingDir: join(here, "..", "..", "static", "js"),
  entryPoints: SCRIPTS.map((name) => `./${name}.js`),
  entryNames: "[name]",
  outdir: dist("js"),
  plugins: [appIsLoaded],
  format: "esm",
  // What is imported when it is needed becomes a file of its own, under its own name. Names don't say what is in a file:
  // Django's manifest adds that.
  splitting: true,
  chunkNames: "[name]",
};

const sheets = {
  ...OPTIONS,
  absWorkingDir: here,
  entryPoints: ["node_modules/.cache/all.css", ...["app", "pages", "staff", "entrance", "prose", "teaching", "learning", "own", "inbox", "chat", "community", "moderation", "calendar", "quiz"].map((name) => `src/sheets/${name}.css`)],
  entryNames: "[name]",
  outdir: dist("css"),
  // Icons that a sheet draws itself.
  loader: { ".svg": "dataurl" },
  // Beside the sheets in theme/static already.
  external: ["*.woff2"],
};

for (const options of [scripts, sheets]) {
  rmSync(options.outdir, { recursive: true, force: true });
  const bundles = await context(options);
  if (process.argv.includes("--watch")) await bundles.watch();
  else {
    await bundles.rebuild();
    await bundles.dispose();
  }
}
